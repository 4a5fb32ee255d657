// Payloads and images made by hand, for what no real image shows.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "jireloc/payload.hpp"
#include "support/layouts.hpp"

namespace jireloc::test {

// A static-data payload as the writer of 1.9 and later lays it out.
struct StaticPayload {
  unsigned pointer_size = 8;
  std::string sysdata;     // is filled up to a multiple of 4
  std::string const_data;  // see add_string()
  std::vector<std::string> symbols;
  std::string relocations = std::string(3, '\0');
  std::string gvars;
  int roots = 5;            // 7 comes with an empty list of ccallables
  bool ccallables = false;  // so do fewer
  uint64_t const_alignment = 64;

  // Appends a String object. Its length word comes to lie at 0 mod 16 of the payload only if sysdata is
  // complete.
  void add_string(const std::string& text, uint64_t tag = 0xA7);
  // Fills sysdata up so that no padding is before const data (and so that const data begins aligned).
  void close_the_gap_before_const_data();
  std::string bytes() const;
  uint64_t const_data_begin() const;
};

std::string word(uint64_t value, unsigned size);

// An image that is nothing but its payload, with no files recorded but those given.
struct SyntheticImage {
  SyntheticImage(std::string payload, std::string_view layout, unsigned pointer_size = 8);
  SyntheticImage(const SyntheticImage&) = delete;

  CacheFile file;
  std::string bytes, library_bytes;
  std::unique_ptr<ByteSource> image, library;

  PayloadInput input() const { return {file, *image, library.get()}; }
  void set_library(std::string content);
  // The payload after a plan.
  std::string after(const PayloadPlan& plan) const;
};

}  // namespace jireloc::test
