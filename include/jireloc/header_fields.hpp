// The single fields of a header, each described once: for people, for JSON, and for comparing two of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/cache_file.hpp"

namespace jireloc {

struct HeaderField {
  enum class Form : uint8_t {
    text,      // raw bytes
    number,    // decimal for people and programs
    bits,      // hexadecimal for people
    checksum,  // 16 hexadecimal digits for both
  };
  std::string_view name;  // in a sentence: "operating system"
  std::string_view key;   // in JSON: "uname"
  Form form = Form::text;
  std::string_view text = {};  // where it is one; lies in what the field is of
  uint64_t number = 0;         // where it is none
  unsigned digits = 2;         // of Form::bits

  // For people. The raw bytes of a text.
  std::string shown() const;
  bool is_empty() const noexcept { return text.empty() && number == 0; }
};

// The fields that jl_read_verify_header (src/staticdata_utils.c) compares with the Julia that reads, in the
// order of the file; also those that the image's layout has not.
std::vector<HeaderField> julia_fields(const Prefix& prefix);

// Those of an image.
struct HeaderFields {
  std::vector<HeaderField> prefix;  // the build that wrote it, as far as the layout tells
  std::vector<HeaderField> rest;
};
HeaderFields header_fields(const CacheFile& file);

}  // namespace jireloc
