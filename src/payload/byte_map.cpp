#include "jireloc/byte_map.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/names.hpp"
#include "payload/regions.hpp"

namespace jireloc {
namespace {

// Parts from the start of a file on; what is left between two of them becomes a part too.
class PartList {
 public:
  PartList(std::string between, PartKind kind) : between_(std::move(between)), between_kind_(kind) {}

  // What lies before the end of the last part is left out.
  void add(PartKind kind, std::string part_name, Extent extent) {
    if (extent.size == 0 || extent.end() <= at_) return;
    fill_up_to(extent.offset);
    parts_.push_back({kind, std::move(part_name), {at_, extent.end() - at_}});
    at_ = extent.end();
  }
  void add_next(PartKind kind, std::string part_name, uint64_t size) {
    add(kind, std::move(part_name), {at_, size});
  }
  void fill_up_to(uint64_t offset) {
    if (offset <= at_) return;
    parts_.push_back({between_kind_, between_, {at_, offset - at_}});
    at_ = offset;
  }
  uint64_t end() const { return at_; }
  std::vector<BytePart> take() { return std::move(parts_); }

 private:
  const std::string between_;
  const PartKind between_kind_;
  uint64_t at_ = 0;
  std::vector<BytePart> parts_;
};

constexpr uint64_t kLength = 4, kWord = 8, kUuid = 16;  // as the lists have them (src/format/lists.cpp)

uint64_t size_of_modules(const CacheFile& file) {
  uint64_t size = kLength;
  for (const WorklistModule& module : file.worklist) size += kLength + module.name.size() + kUuid + kWord;
  return size;
}

uint64_t size_of_dependencies(const CacheFile& file) {
  const uint64_t tracked = file.layout->content_tracking ? kWord + 4 : 0;
  uint64_t size = kLength;
  for (const Dependency& entry : file.dependencies) {
    size += kLength + entry.path.size() + tracked + kWord + 4;
    if (entry.module_index == 0) continue;
    for (const std::string& submodule : entry.submodules) size += kLength + submodule.size();
    size += kLength;
  }
  return size;
}

uint64_t size_of_preferences(const CacheFile& file) {
  uint64_t size = 0;
  switch (file.layout->preferences) {
    case PreferencesForm::none:
      break;
    case PreferencesForm::list:
      for (const std::string& preference : file.preferences.names) size += kLength + preference.size();
      size += kLength + kWord;
      break;
    case PreferencesForm::blob:
      size = kLength + file.preferences.blob.size();
      break;
  }
  return size;
}

uint64_t size_of_required(const CacheFile& file) {
  const uint64_t id = file.layout->wide_build_ids ? 2 * kWord : kWord;
  uint64_t size = kLength;
  for (const RequiredModule& module : file.required_modules)
    size += kLength + module.name.size() + kUuid + id;
  return size;
}

void add_header(const CacheFile& file, PartList& parts) {
  const uint64_t targets = file.layout->has_clone_targets() ? kLength + file.clone_targets.size() : 0;
  const uint64_t modules = size_of_modules(file), dependencies = size_of_dependencies(file);
  const uint64_t preferences = size_of_preferences(file), required = size_of_required(file);
  const uint64_t lists = modules + kWord + dependencies + preferences + kWord + required + targets;
  parts.add(PartKind::header, "build of Julia that wrote it", {0, file.header_end - lists});
  parts.add_next(PartKind::header, "modules provided", modules);
  parts.add_next(PartKind::padding, "size of the dependency block", kWord);
  parts.add_next(PartKind::file_names, "dependency list", dependencies);
  parts.add_next(PartKind::header, "preferences", preferences);
  parts.add_next(PartKind::padding, "where the source texts begin", kWord);
  parts.add_next(PartKind::header, "modules that must be loaded", required);
  parts.add_next(PartKind::header, "processors compiled for", targets);
}

void add_tail(const CacheFile& file, PartList& parts) {
  for (const SourceText& source : file.source_texts)
    parts.add(PartKind::source, source.path, {parts.end(), source.text.end() - parts.end()});
  const uint64_t trailer = file.layout->trailer_size();
  parts.add(PartKind::padding, "end of the source texts",
            {parts.end(), file.file_size - trailer - parts.end()});
  if (trailer == 8) parts.add_next(PartKind::checksum, "checksum of the native library", 4);
  parts.add_next(PartKind::checksum, "checksum of the file", 4);
}

constexpr std::string_view kNoSection = "(no section)";  // as the regions have it
constexpr std::string_view kBetweenSections = "headers, tables, gaps";

PartKind kind_of(const payload::Region& region) {
  if (region.kind == payload::RegionKind::debug_info) return PartKind::debug_info;
  if (region.file == PayloadFile::image || region.payload_begin != 0 || region.name == "payload")
    return PartKind::payload;
  if (region.name == "embedded header") return PartKind::header;
  return region.name == kNoSection ? PartKind::padding : PartKind::code;
}

std::string shown_name(const payload::Region& region) {
  return region.name == kNoSection ? std::string(kBetweenSections) : region.name;
}

// What of a file the open payload tells; the packed bytes as one part.
void add_regions(const payload::OpenPayload& open, PayloadFile which, const ByteSource& file,
                 PartList& parts) {
  std::vector<BytePart> found;
  for (const payload::Region& region : open.regions)
    if (region.file == which && region.source == &file)
      found.push_back({kind_of(region), shown_name(region), region.extent});
  if (open.packed && open.packed->file == which)
    found.push_back({PartKind::payload, "compressed payload", open.packed->extent});
  std::stable_sort(found.begin(), found.end(),
                   [](const BytePart& a, const BytePart& b) { return a.extent.offset < b.extent.offset; });
  for (BytePart& part : found) parts.add(part.kind, std::move(part.name), part.extent);
}

}  // namespace

std::string_view name(PartKind kind) noexcept {
  using enum PartKind;
  constexpr Named<PartKind> kNames[] = {
      {header, "header"},  {file_names, "file-names"}, {source, "source"},   {payload, "payload"},
      {code, "code"},      {debug_info, "debug-info"}, {padding, "padding"}, {checksum, "checksum"},
      {unknown, "unknown"}};
  return name_in(kNames, kind);
}

ByteMap byte_map(const PayloadInput& input, const PayloadOptions& options) {
  const payload::Opened open(input, options);
  const CacheFile& file = input.file;
  ByteMap map;
  PartList image("sizes of sections, and padding", PartKind::padding);
  add_header(file, image);
  if (!file.padding.empty()) image.add_next(PartKind::padding, "padding", file.padding.size());
  add_regions(*open, PayloadFile::image, input.image, image);
  image.fill_up_to(file.payload.end());
  add_tail(file, image);
  map.image = image.take();
  if (input.library != nullptr) {
    PartList library("sizes of sections, and padding", PartKind::padding);
    add_regions(*open, PayloadFile::library, *input.library, library);
    const bool is_known = library.end() != 0;
    library.add_next(is_known ? PartKind::padding : PartKind::unknown,
                     is_known ? std::string(kBetweenSections) : "not looked into",
                     input.library->size() - library.end());
    map.library = library.take();
  }
  if (open->obstacle) map.notes.push_back(open->obstacle->message);
  return map;
}

}  // namespace jireloc
