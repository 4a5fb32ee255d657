// How `jireloc check` says what it found.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/check_causes.hpp"
#include "cli/check_run.hpp"
#include "cli/command_line.hpp"
#include "cli/exit_status.hpp"
#include "cli/screen.hpp"

namespace jireloc::cli {

// 0: fresh, loads, nothing found; 1: stale, does not load, or a finding; 3: unreadable.
ExitStatus status_of(const ImageReport& report) noexcept;
// The worst of all inputs.
ExitStatus status_of(const CheckRun& check) noexcept;

// One object, without a newline.
std::string check_object(const ImageReport& report, const Common& common);

// For people: a line of counts, then the causes, with what would mend each; on one screen, but with --verbose
// with all images.
std::string check_text(const CheckedImages& images, const CommandLine& line, const Screen& screen);

// The paths of the images with this cause ("CODE" or "CODE:MEND"), a line each as they are; empty: there is
// none.
std::string cause_list(const CheckedImages& images, std::string_view name);

}  // namespace jireloc::cli
