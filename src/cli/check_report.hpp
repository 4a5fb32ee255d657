// How `jireloc check` says what it found.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/check_run.hpp"
#include "cli/command_line.hpp"
#include "cli/exit_status.hpp"

namespace jireloc::cli {

using CheckedImages = std::vector<std::unique_ptr<CheckedImage>>;

// 0: fresh, loads, nothing found; 1: stale, does not load, or a finding; 3: unreadable.
ExitStatus status_of(const ImageReport& report) noexcept;

// One object, without a newline.
std::string check_object(const ImageReport& report, const Common& common);

// For people: a line of counts, then the images grouped by cause. At most ten images a group unless `all`.
std::string check_text(const CheckedImages& images, bool all);

// The story of one package: its candidate files in the order in which that Julia tries them, and which it
// takes.
std::string explain_text(const CheckRun& run, const std::string& package);

}  // namespace jireloc::cli
