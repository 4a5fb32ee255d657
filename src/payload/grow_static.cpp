// Growth in a static-data payload (Julia >= 1.10). Objects of an image are found by their place, in other
// images too, so none may move: a String that gets longer is appended behind the const data, and every
// reference to the old one is bent. Symbols are found by number, so their section is written anew.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "bytes/writer.hpp"
#include "jireloc/crc32c.hpp"
#include "jireloc/grown_set.hpp"
#include "payload/grow.hpp"
#include "payload/objects.hpp"
#include "payload/relaid_payload.hpp"
#include "payload/static_code.hpp"
#include "payload/static_image.hpp"

namespace jireloc::payload {
namespace {

constexpr uint64_t kNumberMask = (uint64_t{1} << kTagShift) - 1;
constexpr uint64_t kWordMask = (uint64_t{1} << kDependencyShift) - 1;

Reason cannot(Code code, std::string message) {
  return {code, std::move(message)};
}

// A reference to a String, wherever it is.
struct Reference {
  uint64_t at = 0;  // the word that refers
  const MovedString* string = nullptr;
  uint64_t value = 0;  // what the word shall be
};

class Grower {
 public:
  explicit Grower(const GrowthTask& task)
      : task_(task),
        place_(*task.open.place),
        image_(read_static_image(whole_payload(), *task.input.file.layout)) {}

  GrowthResult grow() {
    if (image_.has_link_ids)
      return {
          {},
          cannot(Code::cannot_grow, "it refers to other images through lists that growth does not follow")};
    if (task_.open.pointer_size != kWord)
      return {{}, cannot(Code::cannot_grow, "texts grow in payloads of 64 bits only")};
    for (const BytePatch& patch : task_.patches)
      if (patch.offset >= place_.extent.offset && patch.offset < place_.extent.end())
        relaid_.change(patch.offset - place_.extent.offset, patch.bytes);
    append_strings();
    find_moved_elsewhere();
    if (auto obstacle = bend_references()) return {{}, std::move(obstacle)};
    if (constants_ && !task_.options.keep_code) {
      if (auto obstacle = drop_code()) return {{}, std::move(obstacle)};
    }
    blank_old_texts();
    return finish();
  }

 private:
  // The payload where it lies in memory already, or read into `owned_`.
  std::string_view whole_payload() {
    const std::string_view all = place_.source->in_memory();
    if (all.size() >= place_.extent.end()) return all.substr(place_.extent.offset, place_.extent.size);
    owned_ = place_.source->read_string(place_.extent.offset, place_.extent.size);
    return owned_;
  }

  // Behind the old ones: object at 0 mod 16, its type's tag before it.
  void append_strings() {
    const uint64_t old_end = image_.const_data.end();
    uint64_t end = old_end;
    for (const GrownText& text : task_.texts) {
      if (text.kind != FrameKind::string) {
        ++growth_.names;
        continue;
      }
      ++(text.is_name ? growth_.names : growth_.constants);
      constants_ |= !text.is_name;
      const uint64_t from = text.text.offset - place_.extent.offset - kWord;
      const uint64_t to = round_up(end + kWord, kStringAlignment);
      growth_.moved.push_back({from, to, text.text.size, text.is_name});
      appended_.zeros(to - kWord - end);
      appended_.u64(image_.word(from - kWord));
      appended_.u64(text.bytes.size());
      appended_.c_string(text.bytes);
      end = old_end + appended_.size();
    }
    if (growth_.moved.empty()) return;
    // The section's size stays a multiple of 4, and its end is free, as Julia leaves it.
    appended_.zeros(round_up(end, kWord) - end + 12);
  }

  // The required modules of this image that have grown, by their number in references.
  void find_moved_elsewhere() {
    const auto& required = task_.input.file.required_modules;
    if (task_.options.grown == nullptr) return;
    for (size_t k = 0; k < required.size(); ++k)
      if (const GrownSet::Entry* entry = task_.options.grown->find(required[k]))
        elsewhere_.emplace(k + 1, entry);
  }

  // The word's reference, if it leads to a String that has moved.
  Reference follow(uint64_t at) const {
    const uint64_t value = image_.word(at), number = value & kNumberMask;
    if (value >> kTagShift == kConstDataTag) {
      const uint64_t position = image_.const_data.offset + number * kWord;
      const auto& moved = growth_.moved;  // ascending, as the texts are
      const auto found = std::partition_point(moved.begin(), moved.end(),
                                              [&](const MovedString& each) { return each.from < position; });
      if (found == moved.end() || found->from != position) return {};
      return {at, &*found, kConstDataTag << kTagShift | (found->to - image_.const_data.offset) / kWord};
    }
    if (value >> kTagShift != kLinkedTag) return {};
    const auto entry = elsewhere_.find(number >> kDependencyShift);
    if (entry == elsewhere_.end()) return {};
    const MovedString* string = entry->second->find((number & kWordMask) * kWord);
    if (string == nullptr) return {};
    return {at, string, (value & ~kWordMask) | string->to / kWord};
  }

  // A SubString keeps the offset and length of what it shows, which may end anywhere in a longer text.
  bool looks_like_substring(const Reference& reference) const {
    const uint64_t offset_at = reference.at + kWord, count_at = offset_at + kWord;
    if (count_at + kWord > image_.sysdata.end() || image_.is_pointer(offset_at) ||
        image_.is_pointer(count_at))
      return false;
    const uint64_t offset = image_.word(offset_at), count = image_.word(count_at);
    const uint64_t size = reference.string->size;
    return count > 0 && offset <= size && count <= size - offset;
  }

  std::optional<Reason> bend_references() {
    std::vector<Reference> found;
    const auto look_at = [&](uint64_t at) {
      if (const Reference reference = follow(at); reference.string != nullptr) found.push_back(reference);
    };
    for (const uint64_t at : image_.pointers) look_at(at);
    const size_t in_sysdata = found.size();
    for (uint64_t at = image_.gvars.offset; at + kWord <= image_.gvars.end(); at += kWord) look_at(at);
    for (uint64_t k = 0; k < image_.root_count; ++k)
      if (follow(image_.roots + k * kWord).string != nullptr)
        return cannot(Code::cannot_grow, "a root of the payload is a text that would have to grow");
    for (size_t k = 0; k < in_sysdata; ++k)
      if (looks_like_substring(found[k]))
        return cannot(
            Code::substring,
            "a part of a text that would have to grow is used by itself (a SubString, or a plain struct "
            "that looks like one)");
    for (const Reference& reference : found) {
      relaid_.change_word(reference.at, reference.value);
      constants_ |= !reference.string->is_name;
    }
    bent_ = found.size();
    return std::nullopt;
  }

  std::optional<Reason> drop_code() {
    const auto worlds = find_static_code(image_);
    if (!worlds)
      return cannot(
          Code::code_not_droppable,
          "path constants would have to grow, and the code that may have folded their old length cannot "
          "be told from other objects");
    for (const uint64_t at : *worlds) {
      growth_.dropped_code += image_.word(at) != 0;
      relaid_.change_word(at, 0);
    }
    return std::nullopt;
  }

  // Nothing refers to them any more; no scan shall find the old path in them.
  void blank_old_texts() {
    for (const MovedString& string : growth_.moved)
      relaid_.change(string.from + kWord, std::string(string.size, '\0'));
  }

  std::map<uint64_t, const std::string*> grown_symbols() const {
    std::map<uint64_t, const std::string*> grown;
    for (const GrownText& text : task_.texts)
      if (text.kind == FrameKind::symbol) grown.emplace(text.text.offset - place_.extent.offset, &text.bytes);
    return grown;
  }

  // Where nothing was appended the identity stays, and free bytes keep the checksum. Where something was, the
  // image must not be taken for the old one: what is compiled against it may refer to the new objects.
  std::optional<Reason> settle_checksum(std::string& payload) {
    const uint32_t crc = crc32c::value(payload), recorded = *place_.checksum;
    if (!growth_.moved.empty()) {
      const uint64_t high = task_.input.file.checksum & ~uint64_t{0xFFFFFFFF};
      growth_.checksum = high | crc;
      if (crc == recorded || crc == 0)
        return cannot(Code::cannot_grow, "its new checksum would be the old one, or none, by chance");
      return std::nullopt;
    }
    const auto solution = crc32c::solve(crc ^ recorded, payload.size(), relaid_.padding());
    if (!solution)
      return cannot(Code::not_enough_padding,
                    "the payload's checksum cannot be kept: too few bytes in it are free");
    auto next = solution->values.begin();
    for (const crc32c::FreeBytes& padding : relaid_.padding())
      for (uint64_t k = 0; k < padding.size; ++k) payload[padding.offset + k] = static_cast<char>(*next++);
    if (crc32c::value(payload) != recorded)
      throw Error(ErrorKind::bad_checksum, "the chosen padding does not keep the payload's checksum",
                  place_.source->name());
    return std::nullopt;
  }

  GrowthResult finish() {
    std::string payload = relaid_.take(std::move(appended_).take(), grown_symbols());
    if (auto obstacle = settle_checksum(payload)) return {{}, std::move(obstacle)};
    growth_.file = place_.file;
    growth_.payload_size = payload.size();
    growth_.old_payload_size = place_.extent.size;
    if (place_.file == PayloadFile::image)
      growth_.image_payload_crc = static_cast<uint32_t>(growth_.checksum.value_or(*place_.checksum));
    return {std::move(growth_), {}, std::move(payload)};
  }

  const GrowthTask& task_;
  const PayloadPlace& place_;
  std::string owned_;
  StaticImage image_;
  RelaidPayload relaid_{image_};
  PayloadGrowth growth_;
  std::map<uint64_t, const GrownSet::Entry*> elsewhere_;
  bytes::ByteWriter appended_;
  bool constants_ = false;  // a constant has grown, here or where this image refers to it
  size_t bent_ = 0;
};

// There Strings lie in sysdata, and other lists tell what refers to what.
bool is_of_1_9(const CacheFile& file) {
  try {
    const JuliaVersion version = JuliaVersion::parse(file.prefix.version);
    return version.major == 1 && version.minor == 9;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

GrowthResult grow_static_data(const GrowthTask& task) {
  if (is_of_1_9(task.input.file))
    return {{}, cannot(Code::cannot_grow, "texts do not grow in images of Julia 1.9"), {}};
  GrowthResult result;
  try {
    result = Grower(task).grow();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::io || error.kind() == ErrorKind::bad_checksum) throw;
    return {{}, cannot(Code::cannot_grow, error.message()), {}};
  }
  if (!result.growth) return result;
  if (result.growth->file == PayloadFile::library) return grow_library(task, std::move(result));
  const Extent payload = task.open.place->extent;
  result.growth->image.push_back({payload.offset, payload.size, std::move(result.payload)});
  for (const BytePatch& patch : task.elsewhere)
    result.growth->library.push_back({patch.offset, patch.bytes.size(), patch.bytes});
  if (task.input.library != nullptr) return tell_library(task, std::move(result));
  return result;
}

}  // namespace jireloc::payload
