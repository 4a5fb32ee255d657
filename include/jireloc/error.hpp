// The one exception type of the library, and the kinds of things that go wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace jireloc {

// What went wrong. Each kind has a stable code (see code()) that machine-readable output carries.
enum class ErrorKind {
  io,                  // a system call failed; the message names the call and its errno text
  not_a_cache_file,    // the magic is not there
  empty_file,          // zero bytes: a leftover
  truncated,           // the file ends inside a field, or before the end that a recorded length promises
  bad_length,          // a recorded length is negative or contradicts another field
  bad_offset,          // a recorded position points outside the file or to the wrong place
  bad_value,           // a field holds a value that no Julia writes
  foreign_byte_order,  // written on a machine of the other byte order
  unknown_format,      // a format number that this version of jireloc does not know
  no_layout_fits,      // a known format number, but the structure fits no known layout of it
  bad_checksum,        // a checksum does not hold
  unsupported,         // understood, but not done (the message says what to do instead)
  too_large,           // a configured limit is exceeded
  conflict,            // something else is at the target
  interrupted,         // a signal asked to stop
  usage,               // the caller's arguments contradict each other
};

// The stable, lower-case code of a kind, for example "bad_length".
std::string_view code(ErrorKind kind) noexcept;

// Carries what a user needs to act: the file, the byte offset where one is known, and a sentence.
// what() is one line: "FILE: offset N: SENTENCE" (parts that are unknown are left out).
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string message, std::string file = {}, std::optional<uint64_t> offset = {});

  ErrorKind kind() const noexcept { return kind_; }
  // The sentence alone, without file and offset.
  const std::string& message() const noexcept { return message_; }
  // Path bytes as given; empty where no file is involved or not yet known.
  const std::string& file() const noexcept { return file_; }
  // Byte offset from the start of the file.
  std::optional<uint64_t> offset() const noexcept { return offset_; }
  // The errno of the failed call where kind() is io, else 0.
  int system_errno() const noexcept { return errno_; }

  // The same error, with the file named; used at the border where the name is known.
  Error in_file(std::string file) const;

  // An io error: "CALL: strerror(saved_errno)".
  static Error system(int saved_errno, std::string_view call, std::string file = {});

 private:
  ErrorKind kind_;
  std::string message_;
  std::string file_;
  std::optional<uint64_t> offset_;
  int errno_ = 0;
};

}  // namespace jireloc
