// A static-data payload put together anew: with longer const data and symbols, and words changed.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "jireloc/crc32c.hpp"
#include "jireloc/payload.hpp"
#include "payload/static_image.hpp"

namespace jireloc::payload {

class RelaidPayload {
 public:
  explicit RelaidPayload(const StaticImage& image) : image_(image) {}

  // Written over what is there; offsets as in the old payload. Later changes win.
  void change(uint64_t at, std::string bytes) { changes_.push_back({at, std::move(bytes)}); }
  void change_word(uint64_t at, uint64_t value) {
    change(at, std::string(reinterpret_cast<const char*>(&value), sizeof value));
  }

  // `appended` comes behind the const data, and `symbols`, by the offset of their text in the old payload,
  // have other texts; all else is copied. Throws Error (bad_value) where the result would not come apart as
  // it was put together. To be called once.
  std::string take(std::string_view appended, const std::map<uint64_t, const std::string*>& symbols);

  // Of what was taken: the bytes between sections, which no reader looks at.
  const std::vector<crc32c::FreeBytes>& padding() const { return padding_; }

 private:
  struct Copied {
    Extent from;  // of the old payload
    uint64_t to;  // in the new one
  };

  std::string new_symbols(const std::map<uint64_t, const std::string*>& texts) const;
  void add_section(uint64_t alignment, const Extent& section, std::string_view more = {});
  void add_size(uint64_t size, uint64_t alignment);
  void pad(uint64_t alignment);
  void copy(const Extent& section);
  void make_changes();
  void require_sound() const;

  const StaticImage& image_;
  std::vector<BytePatch> changes_;
  std::vector<Copied> copied_;
  std::vector<crc32c::FreeBytes> padding_;
  std::string out_;
};

}  // namespace jireloc::payload
