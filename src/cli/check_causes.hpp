// The images of a check by what speaks against them, and what would mend them all.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/check_run.hpp"
#include "cli/command_line.hpp"

namespace jireloc::cli {

using CheckedImages = std::vector<std::unique_ptr<CheckedImage>>;

struct Cause {
  struct Image {
    const CheckedImage* image;
    const Reason* reason;  // the one that Julia would log
  };
  Code code = Code::none;  // of these reasons
  Verdict verdict = Verdict::fresh;
  bool named = true;  // false: images of the depot path that were not named, on which others wait
  Fix fix;            // what mends each of these images: the farthest-reaching of all its reasons'
  std::vector<fix::MapPaths> maps;  // for a rewrite, of all of them
  bool file_times = false;          // it takes the times of files, too
  std::vector<Image> images;
  std::set<std::string> lacking;  // packages of which they need an image that is not there
  uint64_t waiting = 0;           // images that are fresh and do not load for these
  bool is_rewritten() const {
    return std::holds_alternative<fix::MapPaths>(fix) || std::holds_alternative<fix::TakeFileTimes>(fix);
  }
};

// Those that most images go back to first.
std::vector<Cause> causes_of(const CheckedImages& images);

// "CODE:FIX", as --list takes it.
std::string name_of(const Cause& cause);

// The longest folder that all the images lie in; the file itself where there is one.
std::string common_place(const Cause& cause);

// The command that mends all of them, fit to be pasted into a shell; empty: no command does.
std::string mend_command(const Cause& cause, const CheckedImages& images, const CommandLine& line);
// What it takes where no command does it alone.
std::string mend_sentence(const Cause& cause);

// `julia` as this check was asked of it, compiling what is stale in the project; for images that belong in
// this depot. Empty where Julia sees other places (--mount, --root).
std::string compile_command(const CommandLine& line, std::string_view depot, std::string_view what);

}  // namespace jireloc::cli
