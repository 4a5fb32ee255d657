#include "payload/exact_texts.hpp"

#include <algorithm>
#include <cstring>

#include "bytes/writer.hpp"
#include "payload/objects.hpp"
#include "payload/static_image.hpp"

namespace jireloc::payload {
namespace {

// What no compiler writes, so that free bytes can be told from those of others.
constexpr std::string_view kMark("\x01jr\x02", 4);
constexpr char kFill = '.';
constexpr uint64_t kSymbolFrame = 5;  // length and NUL
constexpr uint64_t kSmallestFiller = kSymbolFrame + kMark.size();

bool is_filler(std::string_view text) {
  return text.starts_with(kMark) && text.find_first_not_of(kFill, kMark.size()) == std::string_view::npos;
}

std::string filler(uint64_t size) {
  return std::string(kMark) + std::string(size - kMark.size(), kFill);
}

const Region* region_of(const OpenPayload& open, RegionKind kind) {
  const auto found = std::find_if(open.regions.begin(), open.regions.end(), [&](const Region& region) {
    return region.kind == kind && region.source == open.place->source && region.file == open.place->file;
  });
  return found == open.regions.end() ? nullptr : &*found;
}

// The section of symbols with other texts in it.
class Symbols {
 public:
  Symbols(const Region& region, const std::vector<GrownText>& texts)
      : region_(region), old_(region.source->read_string(region.extent.offset, region.extent.size)) {
    for (const GrownText& text : texts) texts_.emplace(text.text.offset - region.extent.offset, &text);
  }

  // Nothing where they do not fit. The first text takes what is free where that is too little for a symbol.
  std::optional<std::vector<BytePatch>> written() {
    const uint64_t needed = size();
    if (needed > old_.size()) return {};
    const uint64_t free = old_.size() - needed;
    bytes::ByteWriter out;
    write(out, free < kSmallestFiller ? free : 0);
    if (free >= kSmallestFiller) {
      out.u32(static_cast<uint32_t>(free - kSymbolFrame));
      out.c_string(filler(free - kSymbolFrame));
    }
    return differing(std::move(out).take());
  }

 private:
  // Calls use(offset of the text, text) for all but a filler at the end.
  template <typename Use>
  void for_each(const Use& use) const {
    for (uint64_t at = 0; at < old_.size();) {
      uint32_t size = 0;
      std::memcpy(&size, old_.data() + at, sizeof size);
      const uint64_t text = at + sizeof size;
      const std::string_view bytes = std::string_view(old_).substr(text, size);
      at = text + size + 1;
      if (at != old_.size() || !is_filler(bytes)) use(text, bytes);
    }
  }

  uint64_t size() const {
    uint64_t size = 0;
    for_each([&](uint64_t at, std::string_view bytes) {
      const auto found = texts_.find(at);
      size += kSymbolFrame + (found == texts_.end() ? bytes.size() : found->second->bytes.size());
    });
    return size;
  }

  void write(bytes::ByteWriter& out, uint64_t spare) const {
    for_each([&](uint64_t at, std::string_view bytes) {
      const auto found = texts_.find(at);
      if (found == texts_.end()) {
        out.u32(static_cast<uint32_t>(bytes.size()));
        out.c_string(bytes);
        return;
      }
      const std::string text = found->second->with_spare(spare);
      spare = 0;
      out.u32(static_cast<uint32_t>(text.size()));
      out.c_string(text);
    });
  }

  std::vector<BytePatch> differing(const std::string& now) const {
    const auto first = std::mismatch(old_.begin(), old_.end(), now.begin()).first - old_.begin();
    const auto last = std::mismatch(old_.rbegin(), old_.rend(), now.rbegin()).first - old_.rbegin();
    const auto begin = static_cast<uint64_t>(first);
    if (begin == old_.size()) return {};
    return {
        {region_.extent.offset + begin, now.substr(begin, now.size() - static_cast<uint64_t>(last) - begin)}};
  }

  const Region& region_;
  const std::string old_;
  std::map<uint64_t, const GrownText*> texts_;
};

// A String object in const data and what is free behind its text.
class StringObject {
 public:
  StringObject(const Region& region, const GrownText& text)
      : region_(region), text_(text), reader_(*region.source, region.extent) {
    end_ = text.text.end();
    const std::string_view behind = at_most(end_ + 1, kMark.size());
    if (behind == kMark) {
      end_ += 1 + kMark.size();
      while (reader_.holds(end_, 1) && reader_.byte(end_) == static_cast<unsigned char>(kFill)) ++end_;
      // Not as we write it: leave it alone.
      if (!reader_.holds(end_, 1) || reader_.byte(end_) != 0) end_ = text.text.end();
    }
    room_ = end_;
    // Objects begin at multiples of eight; the bytes before are nobody's.
    while (!ends_word(room_) && reader_.holds(room_ + 1, 1) && reader_.byte(room_ + 1) == 0) ++room_;
  }

  // Nothing where it does not fit, or what becomes free could not be told from other bytes.
  std::optional<BytePatch> written() const {
    const std::string& text = text_.bytes;
    const uint64_t end = text_.text.offset + text.size();  // of the NUL
    if (end > room_) return {};
    bytes::ByteWriter out;
    out.u64(text.size());
    out.c_string(text);
    if (end < end_) {
      const uint64_t free = end_ - end;
      if (word_of(end) == word_of(end_))
        out.zeros(free);
      else if (free - 1 >= kMark.size())
        out.c_string(filler(free - 1));
      else
        return {};
    }
    return BytePatch{text_.text.offset - kWord, std::move(out).take()};
  }

 private:
  uint64_t word_of(uint64_t at) const { return (at - region_.payload_begin) / kWord; }
  bool ends_word(uint64_t at) const { return word_of(at + 1) != word_of(at); }
  std::string_view at_most(uint64_t at, uint64_t size) {
    return reader_.holds(at, size) ? reader_.view(at, size) : std::string_view();
  }

  const Region& region_;
  const GrownText& text_;
  bytes::RandomReader reader_;
  uint64_t end_ = 0;   // of the NUL that ended the text before it was ever written so
  uint64_t room_ = 0;  // the last place that a NUL may take
};

// The objects of which sysdata seems to hold a SubString: a reference and two numbers that lie inside.
std::set<uint64_t> shown_in_part(const Region& sysdata, const Region& const_data,
                                 const std::map<uint64_t, uint64_t>& sizes) {
  std::set<uint64_t> found;
  const auto look_at = [&](const char* words) {
    uint64_t value[3];
    std::memcpy(value, words, sizeof value);
    if (value[0] >> kTagShift != kConstDataTag) return;
    const uint64_t object = const_data.extent.offset + (value[0] & ((uint64_t{1} << kTagShift) - 1)) * kWord;
    const auto size = sizes.find(object);
    if (size != sizes.end() && value[2] > 0 && value[1] <= size->second &&
        value[2] <= size->second - value[1])
      found.insert(object);
  };
  bytes::for_each_window(*sysdata.source, sysdata.extent, 3 * kWord, [&](const bytes::Window& window) {
    const uint64_t past = (window.fresh_begin - sysdata.payload_begin) % kWord;
    const uint64_t end = window.offset + window.bytes.size();
    for (uint64_t at = window.fresh_begin + (past == 0 ? 0 : kWord - past);
         at < window.fresh_end && at + 3 * kWord <= end; at += kWord)
      look_at(window.bytes.data() + (at - window.offset));
  });
  return found;
}

}  // namespace

ExactTexts write_exactly(const OpenPayload& open, const std::vector<Occurrence>& occurrences,
                         const std::set<uint64_t>& texts, const Targets& targets) {
  ExactTexts result;
  std::vector<GrownText> symbols, strings;
  for (GrownText& text : grown_texts(occurrences, texts, targets, *open.place))
    (text.kind == FrameKind::symbol ? symbols : strings).push_back(std::move(text));
  const Region* section = region_of(open, RegionKind::symbols);
  if (section != nullptr && !symbols.empty()) {
    if (auto patches = Symbols(*section, symbols).written()) {
      result.patches = std::move(*patches);
      for (const GrownText& text : symbols) result.settled.insert(text.text.offset);
    }
  }
  const Region *sysdata = region_of(open, RegionKind::sysdata),
               *const_data = region_of(open, RegionKind::const_data);
  if (sysdata == nullptr || const_data == nullptr || strings.empty() || open.pointer_size != kWord)
    return result;
  std::map<uint64_t, uint64_t> sizes;
  for (const GrownText& text : strings) sizes.emplace(text.text.offset - kWord, text.text.size);
  const std::set<uint64_t> in_part = shown_in_part(*sysdata, *const_data, sizes);
  for (const GrownText& text : strings) {
    const Extent& place = text.text;
    if (place.offset < const_data->extent.offset || place.end() >= const_data->extent.end()) continue;
    if (in_part.contains(place.offset - kWord)) continue;
    if (auto patch = StringObject(*const_data, text).written()) {
      result.patches.push_back(std::move(*patch));
      result.settled.insert(place.offset);
    }
  }
  return result;
}

}  // namespace jireloc::payload
