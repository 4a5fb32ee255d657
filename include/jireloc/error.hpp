// The one exception type of the library.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "jireloc/reason.hpp"

namespace jireloc {

// What went wrong, as errors carry it: those codes that say so of a file, a call or what was asked for.
using ErrorKind = Code;

// Carries what a user needs to act: the file, the byte offset where one is known, and a sentence.
// what() is one line: "FILE: offset N: SENTENCE" (parts that are unknown are left out).
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string message, std::string file = {}, std::optional<uint64_t> offset = {});
  Error(ErrorKind kind, std::string message, std::string file, std::optional<uint64_t> offset, Fix fix);
  explicit Error(Reason reason);
  // Copies are made in one place, and not by each file that throws.
  Error(const Error&);
  Error& operator=(const Error&);
  ~Error() override;

  ErrorKind kind() const noexcept { return reason_.code; }
  // The sentence alone, without file and offset.
  const std::string& message() const noexcept { return reason_.message; }
  // Path bytes as given; empty where no file is involved or not yet known.
  const std::string& file() const noexcept { return reason_.path; }
  // Byte offset from the start of the file.
  std::optional<uint64_t> offset() const noexcept { return reason_.offset; }
  // All of that, and what would help.
  const Reason& reason() const noexcept { return reason_; }
  // The same code and fix with another sentence, for where the file is named beside it.
  Reason retold(std::string sentence) const;
  // The errno of the failed call where kind() is io, else 0.
  int system_errno() const noexcept { return errno_; }

  // The same error, with the file named; used at the border where the name is known.
  Error in_file(std::string file) const;

  // An io error: "CALL: strerror(saved_errno)".
  static Error system(int saved_errno, std::string_view call, std::string file = {});

 private:
  Reason reason_;
  int errno_ = 0;
};

}  // namespace jireloc
