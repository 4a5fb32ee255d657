// Images made up by the input whose texts get longer, and images that refer to those texts: everything that
// referred to a text with the old path refers to the same text with the new one, and nothing else changes.
// What is said of the bytes afterwards rests on how they were made, and on none of the program's readers.
#include <algorithm>
#include <cstring>
#include <optional>

#include "fuzz/targets.hpp"
#include "jireloc/crc32c.hpp"
#include "jireloc/grown_set.hpp"
#include "payload/synthetic.hpp"
#include "support/chooser.hpp"

namespace jireloc::fuzz {
namespace {

constexpr uint64_t kWord = 8, kOwn = uint64_t{1} << 61, kOfFirst = uint64_t{5} << 61 | uint64_t{1} << 40;
const std::string kOld = "/home/u/.julia";
const std::string kSource = "/packages/P/abcde/src/P.jl";  // of a recorded source, below either place

std::string collapsed(std::string text) {
  const auto end = std::unique(text.begin(), text.end(), [](char a, char b) { return a == '/' && b == '/'; });
  text.erase(end, text.end());
  return text;
}

uint64_t word_at(const std::string& bytes, uint64_t at) {
  uint64_t value = 0;
  require(at <= bytes.size() && kWord <= bytes.size() - at, "what is followed lies in the payload");
  std::memcpy(&value, bytes.data() + at, kWord);
  return value;
}

// The text of the String whose length word is there.
std::string string_at(const std::string& bytes, uint64_t at) {
  const uint64_t tag = word_at(bytes, at - kWord), size = word_at(bytes, at);
  require(at % 16 == 0 && (tag == 0xA3 || tag == 0xA7), "a reference leads to a String");
  require(size < bytes.size() - at - kWord && bytes[at + kWord + size] == 0, "which ends with a NUL");
  return bytes.substr(at + kWord, size);
}

// A text, and what a move to `to` makes of it.
struct Text {
  std::string bytes;
  bool is_old = false;
  std::string moved(const std::string& to) const { return is_old ? to + bytes.substr(kOld.size()) : bytes; }
};

Text text(test::ByteChooser& choose) {
  static const std::vector<std::string> behind{"", "/a.csv", "/packages/Q/fghij/data.bin", kSource};
  static const std::vector<std::string> others{"", "x", "/usr/share/other", kOld + "-older/x", "/x" + kOld};
  if (choose.one_in(3)) return {choose.of(others), false};
  return {kOld + choose.of(behind), true};
}

// What the made-up image is to be, and what of it refers to what.
struct Made {
  test::StaticPayload payload;
  std::vector<Text> strings;        // in the const data
  std::vector<uint64_t> string_at;  // their places in the payload
  std::vector<Text> symbols;
  // Slots that refer: the word's place in sysdata (from the payload's start) or among the global variables,
  // and the number of the text, of this image or of the one that it requires.
  struct Slot {
    bool in_gvars = false;
    uint64_t at = 0;
    size_t text = 0;
    bool outside = false;
  };
  std::vector<Slot> slots;
};

std::string offsets(const std::vector<uint64_t>& positions) {
  std::string list;
  uint64_t before = 0;
  for (const uint64_t at : positions) {
    uint64_t difference = at - before;
    before = at;
    for (; difference >= 0x80; difference >>= 7) list += static_cast<char>(0x80 | (difference & 0x7F));
    list += static_cast<char>(difference);
  }
  return list + '\0';
}

// Sysdata is a row of words: references, and numbers that are too large to be the fields of a SubString (but
// for a few).
Made make(test::ByteChooser& choose, const Made* required) {
  Made made;
  const bool memory_lists = choose.one_in(2);
  made.payload.roots = memory_lists ? static_cast<int>(5 + choose.below(3)) : 7;
  for (uint64_t count = 1 + choose.below(5); count > 0; --count) made.strings.push_back(text(choose));
  for (uint64_t count = choose.below(4); count > 0; --count) made.symbols.push_back(text(choose));
  for (const Text& symbol : made.symbols) made.payload.symbols.push_back(symbol.bytes);
  const uint64_t words = choose.below(24);
  made.payload.sysdata = std::string(words * kWord, '\0');
  for (const Text& string : made.strings) {
    made.payload.add_string(string.bytes, memory_lists ? 0xA7 : 0xA3);
    made.string_at.push_back(made.payload.const_data_begin() + made.payload.const_data.size() -
                             string.bytes.size() - 1 - kWord);
  }
  const auto reference = [&](Made::Slot& slot) {
    slot.outside = required != nullptr && choose.one_in(2);
    const Made& target = slot.outside ? *required : made;
    slot.text = choose.below(target.strings.size());
    const uint64_t at = target.string_at[slot.text];
    made.slots.push_back(slot);
    return slot.outside ? kOfFirst | at / kWord : kOwn | (at - made.payload.const_data_begin()) / kWord;
  };
  std::vector<uint64_t> pointers;
  for (uint64_t k = 0; k < words; ++k) {
    const uint64_t at = kWord + k * kWord;
    uint64_t value = choose.one_in(16) ? choose.below(20) : ~choose.below(1000);
    if (choose.one_in(2)) {
      Made::Slot slot{false, at};
      value = reference(slot);
      pointers.push_back(at);
    }
    made.payload.sysdata.replace(k * kWord, kWord, test::word(value, kWord));
  }
  for (uint64_t count = choose.below(4); count > 0; --count) {
    Made::Slot slot{true, made.payload.gvars.size()};
    made.payload.gvars += test::word(reference(slot), kWord);
  }
  made.payload.relocations = offsets({}) + offsets(pointers);
  if (memory_lists) made.payload.relocations += std::string(2, '\0');
  made.payload.relocations += std::string(4 * kWord, '\0');
  return made;
}

void record_source(CacheFile& file) {
  Dependency source;
  source.path = kOld + kSource;
  file.dependencies.push_back(source);
  file.source_texts.push_back({source.path, {}});
}

// The payload taken apart, by what precedes each part: its size, and padding.
struct Parts {
  uint64_t const_data = 0;  // where it begins; where sysdata ends is known
  std::vector<std::string> symbols;
  std::string relocations, fptrs, tail;
  uint64_t gvars = 0;
};

Parts take_apart(const std::string& bytes, const Made& made) {
  Parts parts;
  uint64_t at = kWord + made.payload.sysdata.size();
  const auto next = [&](uint64_t alignment) {
    const uint64_t size = word_at(bytes, at), begin = (at + kWord + alignment - 1) / alignment * alignment;
    require(begin <= bytes.size() && size <= bytes.size() - begin, "a section lies in the payload");
    at = begin + size;
    return std::pair(begin, size);
  };
  parts.const_data = next(made.payload.const_alignment).first;
  const auto [symbols, symbols_size] = next(kWord);
  for (uint64_t from = symbols; from < symbols + symbols_size;) {
    uint32_t size = 0;
    std::memcpy(&size, bytes.data() + from, sizeof size);
    require(size < symbols + symbols_size - from - sizeof size, "a symbol lies in its section");
    parts.symbols.push_back(bytes.substr(from + sizeof size, size));
    from += sizeof size + size + 1;
  }
  const auto [relocations, relocations_size] = next(kWord);
  parts.relocations = bytes.substr(relocations, relocations_size);
  parts.gvars = next(kWord).first;
  const auto [fptrs, fptrs_size] = next(kWord);
  parts.fptrs = bytes.substr(fptrs, fptrs_size);
  parts.tail = bytes.substr((at + kWord - 1) / kWord * kWord);
  return parts;
}

// One image before and after.
struct Moved {
  const Made& made;
  std::string before, after;
};

class Judge {
 public:
  Judge(const Moved& image, const Moved* required, std::string to)
      : image_(image), required_(required), to_(std::move(to)) {}

  // Of texts with separators collapsed, which a way back may leave in them.
  void require_moved() const {
    const Parts before = take_apart(image_.before, image_.made),
                after = take_apart(image_.after, image_.made);
    require(after.const_data == before.const_data, "const data begins where it began");
    require(
        after.relocations == before.relocations && after.fptrs == before.fptrs && after.tail == before.tail,
        "what no text is part of stays the same");
    require_symbols(after);
    for (const Made::Slot& slot : image_.made.slots) require_slot(slot, before, after);
    require_other_words();
    require_other_strings();
  }

 private:
  void require_symbols(const Parts& after) const {
    const size_t count = image_.made.symbols.size();
    require(after.symbols.size() == count || after.symbols.size() == count + 1, "no symbol is lost");
    for (size_t k = 0; k < count; ++k)
      require(collapsed(after.symbols[k]) == image_.made.symbols[k].moved(to_),
              "each symbol has its new text: " + after.symbols[k]);
  }

  void require_slot(const Made::Slot& slot, const Parts& before, const Parts& after) const {
    const uint64_t old_value = word_at(image_.before, (slot.in_gvars ? before.gvars : 0) + slot.at);
    const uint64_t value = word_at(image_.after, (slot.in_gvars ? after.gvars : 0) + slot.at);
    const uint64_t mask = (uint64_t{1} << (slot.outside ? 40 : 61)) - 1;
    require((value & ~mask) == (old_value & ~mask), "a reference leads into the image that it led to");
    const Moved& target = slot.outside ? *required_ : image_;
    const uint64_t at = (value & mask) * kWord + (slot.outside ? 0 : after.const_data);
    const std::string text = string_at(target.after, at);
    require(collapsed(text) == target.made.strings[slot.text].moved(to_),
            "a reference leads to its text as it is to be: " + text);
  }

  bool refers(uint64_t at) const {
    return std::any_of(image_.made.slots.begin(), image_.made.slots.end(),
                       [&](const Made::Slot& slot) { return !slot.in_gvars && slot.at == at; });
  }

  void require_other_words() const {
    for (uint64_t at = 0; at < kWord + image_.made.payload.sysdata.size(); at += kWord)
      if (!refers(at))
        require(word_at(image_.after, at) == word_at(image_.before, at), "a number stays what it was");
  }

  void require_other_strings() const {
    for (size_t k = 0; k < image_.made.strings.size(); ++k)
      if (!image_.made.strings[k].is_old)
        require(string_at(image_.after, image_.made.string_at[k]) == image_.made.strings[k].bytes,
                "a text that does not move stays where it was");
  }

  const Moved& image_;
  const Moved* required_;
  const std::string to_;
};

std::string as_planned(const test::SyntheticImage& image, const PayloadPlan& plan) {
  if (!plan.growth) return image.after(plan);
  const auto after = spliced_source(*image.image, image.file.payload, plan.growth->image);
  return after->read_string(0, after->size());
}

PayloadPlan plan_move(const test::SyntheticImage& image, const std::string& from, const std::string& to,
                      const GrownSet& grown) {
  PayloadOptions options;
  options.growth = Growth::all;
  options.grown = &grown;
  return plan_payload(image.input(), std::vector<PayloadMap>{{from, to, {}}}, options);
}

void require_identity(const PayloadPlan& plan, const std::string& before, const std::string& after) {
  const bool appended = plan.growth && !plan.growth->moved.empty();
  require((crc32c::value(after) == crc32c::value(before)) != appended,
          "the identity is another one just where a text was appended");
  if (!plan.growth) return;
  require(plan.growth->payload_size == after.size(), "the payload has the size that the plan says");
  require(plan.growth->image_payload_crc == crc32c::value(after), "and the checksum");
  require(plan.growth->checksum.has_value() == appended, "the plan says if the identity is another one");
  if (appended)
    require(static_cast<uint32_t>(*plan.growth->checksum) == crc32c::value(after), "which is the payload's");
}

// Nothing where there is an obstacle, which leaves everything alone.
std::optional<std::string> grow(const test::SyntheticImage& image, const std::string& to, GrownSet& grown) {
  const PayloadPlan plan = plan_move(image, kOld, to, grown);
  require(!plan.obstacle || !plan.changes_anything(), "an obstacle leaves the payload alone");
  if (plan.obstacle) return {};
  std::string after = as_planned(image, plan);
  require(as_planned(image, plan_move(image, kOld, to, grown)) == after, "the same gives the same bytes");
  require_identity(plan, image.bytes, after);
  if (plan.growth) grown.add(image.file, *plan.growth);
  return after;
}

// Texts that have grown get shorter where they lie, and are then what they were but for spare separators.
void go_back(const Moved& image, const std::string& to) {
  const test::SyntheticImage grown(image.after, "V12b");
  const GrownSet none;
  const PayloadPlan plan = plan_move(grown, to, kOld, none);
  if (plan.obstacle) return;
  const std::string after = as_planned(grown, plan);
  require_identity(plan, image.after, after);
  Judge({image.made, image.before, after}, nullptr, kOld).require_moved();
}

}  // namespace

void growth(std::string_view data) {
  test::ByteChooser choose(data);
  const std::string to = "/usr/share/julia/" + std::string(choose.below(choose.one_in(8) ? 2000 : 40), 'd');
  const Made parent = make(choose, nullptr), child = make(choose, &parent);
  test::SyntheticImage parent_image(parent.payload.bytes(), "V12b"),
      child_image(child.payload.bytes(), "V12b");
  record_source(parent_image.file);
  record_source(child_image.file);
  parent_image.file.worklist.push_back({"Parent", {1, 2}, 3});
  child_image.file.required_modules.push_back({"Parent", {1, 2}, parent_image.file.build_id_hi(), 3});
  const std::string place = to.ends_with('/') ? to.substr(0, to.size() - 1) : to;
  GrownSet grown;
  const auto parent_after = grow(parent_image, place, grown);
  if (!parent_after) return;
  const Moved moved_parent{parent, parent_image.bytes, *parent_after};
  Judge(moved_parent, nullptr, place).require_moved();
  const auto child_after = grow(child_image, place, grown);
  if (child_after) Judge({child, child_image.bytes, *child_after}, &moved_parent, place).require_moved();
  go_back(moved_parent, place);
}

}  // namespace jireloc::fuzz
