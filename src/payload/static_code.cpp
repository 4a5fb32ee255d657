#include "payload/static_code.hpp"

#include <algorithm>
#include <initializer_list>
#include <map>

namespace jireloc::payload {
namespace {

constexpr uint64_t kForever = ~uint64_t{0}, kRevalidate = 1;  // WORLD_AGE_REVALIDATION_SENTINEL

// Fields of a CodeInstance (src/julia.h) that are words, and some that always refer to something.
struct CodeFields {
  uint64_t min_world, max_world;
  std::initializer_list<uint64_t> references;
};
constexpr std::initializer_list<uint64_t> kReferences_1_10 = {0, 32}, kReferences_1_11 = {0, 8, 40, 48};

CodeFields fields_of(const StaticImage& image) {
  // 1.10: definition, next, worlds, return type; 1.11 and later: definition, owner, next, worlds, types.
  if (!image.has_memory_lists) return {16, 24, kReferences_1_10};
  return {24, 32, kReferences_1_11};
}

// What jl_write_values (src/staticdata.c) puts there: valid, valid if its edges are, or not valid at all; and
// what dropping makes of each.
bool has_worlds(uint64_t min_world, uint64_t max_world) {
  if (max_world == kForever) return min_world == 1 || min_world == 0;
  if (max_world == kRevalidate) return min_world == kForever;
  return max_world == 0 && (min_world <= 1 || min_world == kForever);
}

bool has_fields(const StaticImage& image, uint64_t object, const CodeFields& fields) {
  if (object + fields.max_world + 8 > image.sysdata.end()) return false;
  for (const uint64_t field : fields.references)
    if (!image.is_pointer(object + field)) return false;
  for (const uint64_t field : {fields.min_world, fields.max_world})
    if (image.is_pointer(object + field) || image.is_tag(object + field)) return false;
  return true;
}

}  // namespace

// Objects of one type have one type tag, and that of CodeInstance is among the objects that are looked at
// once more when an image is loaded (jl_restore_system_image_from_stream_).
std::optional<std::vector<uint64_t>> find_static_code(const StaticImage& image) {
  const CodeFields fields = fields_of(image);
  std::map<uint64_t, std::vector<uint64_t>> by_type;
  for (const uint64_t object : image.fixups) by_type[image.word(object - 8)].push_back(object);
  std::vector<uint64_t> worlds;
  for (const auto& [tag, objects] : by_type) {
    const bool may_be_code = std::all_of(objects.begin(), objects.end(),
                                         [&](uint64_t object) { return has_fields(image, object, fields); });
    if (!may_be_code) continue;
    const bool is_code = std::all_of(objects.begin(), objects.end(), [&](uint64_t object) {
      return has_worlds(image.word(object + fields.min_world), image.word(object + fields.max_world));
    });
    if (!is_code || !worlds.empty()) return std::nullopt;
    for (const uint64_t object : objects) worlds.push_back(object + fields.max_world);
  }
  return worlds;
}

}  // namespace jireloc::payload
