#include "payload/grown_text.hpp"

#include <algorithm>

#include "payload/path_pattern.hpp"

namespace jireloc::payload {
namespace {

// The new path takes the place of the old one and of the separators behind it, of which one stays.
std::string replaced(std::string text, const std::vector<const Occurrence*>& inside, const Targets& targets) {
  for (auto each = inside.rbegin(); each != inside.rend(); ++each) {
    const Occurrence& occurrence = **each;
    std::string bytes = targets.at(occurrence.path).written;
    if (occurrence.run != 0) bytes += occurrence.run_separator;
    text.replace(occurrence.offset - occurrence.text_offset, occurrence.size, bytes);
  }
  return text;
}

// Behind the first path, or before its last component where the text ends at it (see spell).
uint64_t spare_place(const Occurrence& first, const Targets& targets) {
  const std::string& path = targets.at(first.path).written;
  const uint64_t begin = first.offset - first.text_offset;
  if (first.run != 0) return begin + path.size();
  return begin + path.find_last_of(paths::separators(path)) + 1;
}

}  // namespace

std::vector<GrownText> grown_texts(const std::vector<Occurrence>& occurrences,
                                   const std::set<uint64_t>& offsets, const Targets& targets,
                                   const PayloadPlace& place) {
  std::map<uint64_t, std::vector<const Occurrence*>> by_text;
  for (const Occurrence& occurrence : occurrences) {
    if (occurrence.file == place.file && occurrence.left.empty() && offsets.contains(occurrence.text_offset))
      by_text[occurrence.text_offset].push_back(&occurrence);
  }
  std::vector<GrownText> texts;
  for (const auto& [offset, inside] : by_text) {
    GrownText& text = texts.emplace_back();
    const Occurrence& first = *inside[0];
    text.text = {offset, first.text_size};
    text.kind = first.kind == OccurrenceKind::source_location ? FrameKind::symbol : FrameKind::string;
    text.is_name = std::all_of(inside.begin(), inside.end(), [](const Occurrence* occurrence) {
      return occurrence->kind == OccurrenceKind::recorded_source;
    });
    text.bytes = replaced(place.source->read_string(offset, first.text_size), inside, targets);
    text.spare_at = spare_place(first, targets);
    text.separator = first.run != 0 ? first.run_separator : is_windows_path(first.path) ? '\\' : '/';
  }
  return texts;
}

std::vector<BytePatch> without_texts(std::vector<BytePatch> patches, const std::vector<GrownText>& texts) {
  std::erase_if(patches, [&](const BytePatch& patch) {
    const auto behind = std::partition_point(
        texts.begin(), texts.end(), [&](const GrownText& text) { return text.text.end() <= patch.offset; });
    return behind != texts.end() && patch.offset >= behind->text.offset;
  });
  std::sort(patches.begin(), patches.end(),
            [](const BytePatch& a, const BytePatch& b) { return a.offset < b.offset; });
  return patches;
}

}  // namespace jireloc::payload
