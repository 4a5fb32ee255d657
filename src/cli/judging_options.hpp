// How images are to be judged: options of every command that judges as `check` does.
#pragma once

#include <algorithm>
#include <array>

#include "cli/command_line.hpp"

namespace jireloc::cli {

inline constexpr Option cpu_row = {
    "cpu", 0, "NAME",
    "the processor that is to run native code, as julia -C takes it with features (haswell,+aes,-avx2), or "
    "native: this machine's, the default with --julia"};

inline constexpr Option cpu_of_row = {
    "cpu-of", 0, "IMAGE",
    "the processor of the machine that compiled IMAGE without JULIA_CPU_TARGET; may be repeated, one for "
    "each Julia"};

inline constexpr Option judging_options[] = {
    {"julia", 0, "PATH",
     "the Julia that is to load them, run once for its version, flags and modules; the folder of one that "
     "cannot run here is read instead. Default: the one that made most images of a compiled/vX.Y"},
    {"julia-version", 0, "X.Y.Z", "the same where no Julia is at hand: as far as its version tells"},
    cpu_row,
    cpu_of_row,
    {"source-for", 0, "NAME=FILE", "the entry file that Julia would find for package NAME; may be repeated"},
    {"content", 0, "",
     "also hold sources against the texts stored in images and package folders against their slugs, and look "
     "for old paths in the code"},
    {"no-checksums", 0, "", "do not read files whole: their checksums are not judged"},
};

// Those, with what a command has of its own.
template <size_t A, size_t B>
constexpr std::array<Option, A + B> joined(const Option (&first)[A], const Option (&second)[B]) {
  std::array<Option, A + B> options{};
  std::copy(first, first + A, options.begin());
  std::copy(second, second + B, options.begin() + A);
  return options;
}

// The command line of `jireloc check` that asks for the same judgement of the same images.
CommandLine as_check(const CommandLine& line);

}  // namespace jireloc::cli
