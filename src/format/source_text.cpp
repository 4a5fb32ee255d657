#include "format/source_text.hpp"

#include <fmt/format.h>

#include "bytes/reader.hpp"
#include "bytes/writer.hpp"
#include "format/fields.hpp"

namespace jireloc {

namespace format {
namespace {
// Source texts are program text; what is larger is a sparse or hostile file.
constexpr uint64_t kLargestSection = uint64_t{512} << 20;
constexpr size_t kManyTexts = 32;  // fewer are searched as fast without an index
}  // namespace

// Keys point into source_section, which outlives them and does not move when the value is copied.
void number_texts(CacheFile& file) {
  file.text_numbers.reset();
  if (file.source_texts.size() < kManyTexts) return;
  auto numbers = std::make_shared<std::unordered_map<std::string_view, size_t>>();
  numbers->reserve(file.source_texts.size());
  const std::string_view section = *file.source_section;
  for (size_t i = 0; i < file.source_texts.size(); ++i) {
    const SourceText& source = file.source_texts[i];
    // The name lies before the text, with the text's 64-bit length between.
    const uint64_t name_end = source.text.offset - sizeof(uint64_t) - file.srctextpos;
    numbers->emplace(section.substr(name_end - source.path.size(), source.path.size()), i);
  }
  file.text_numbers = std::move(numbers);
}

void read_source_section(const ByteSource& source, CacheFile& file) {
  const uint64_t trailer = file.layout->trailer_size();
  if (file.srctextpos > source.size() || source.size() - file.srctextpos < trailer)
    throw Error(ErrorKind::bad_offset, fmt::format("the source texts begin at {} of a file of {} bytes",
                                                   file.srctextpos, source.size()));
  const uint64_t size = source.size() - file.srctextpos;
  if (size > kLargestSection)
    throw Error(ErrorKind::too_large,
                fmt::format("{} bytes of source texts; at most {} MiB are read", size, kLargestSection >> 20),
                {}, file.srctextpos);
  file.source_section = std::make_shared<const std::string>(source.read_string(file.srctextpos, size));
  bytes::ByteReader in(*file.source_section, file.srctextpos);
  while (const uint32_t path_size = in.length("source path length")) {
    SourceText& text = file.source_texts.emplace_back();
    text.path = in.take(path_size, "source path");
    const uint64_t text_size = in.u64("source text length");
    text.text = {in.offset(), text_size};
    in.take(text_size, "source text");
  }
  if (in.remaining() != trailer)
    in.fail(ErrorKind::bad_length,
            fmt::format("{} bytes behind the source texts where {} belong", in.remaining(), trailer),
            in.offset());
  if (trailer == 8) file.so_crc = in.u32("native library checksum");
  file.file_crc = in.u32("file checksum");
  number_texts(file);
}

}  // namespace format

std::string_view CacheFile::text(const SourceText& source) const {
  return std::string_view(*source_section).substr(source.text.offset - srctextpos, source.text.size);
}

const SourceText* CacheFile::find_source_text(std::string_view path) const {
  if (text_numbers) {
    const auto found = text_numbers->find(path);
    return found == text_numbers->end() ? nullptr : &source_texts[found->second];
  }
  for (const SourceText& source : source_texts)
    if (source.path == path) return &source;
  return nullptr;
}

namespace {

std::string encode_texts(const CacheFile& file, const std::vector<std::string>& paths) {
  bytes::ByteWriter out;
  for (size_t i = 0; i < file.source_texts.size(); ++i) {
    const std::string_view text = file.text(file.source_texts[i]);
    out.counted(paths[i]);
    out.u64(text.size());
    out.raw(text);
  }
  out.i32(0);
  return std::move(out).take();
}

// JL_CACHE_BYTE_ALIGNMENT of the Julia that wrote the file.
uint64_t payload_alignment(const CacheFile& file) {
  const bool wide =
      (file.prefix.uname == "Darwin" && (file.prefix.arch == "aarch64" || file.prefix.arch == "arm64")) ||
      file.prefix.arch.starts_with("ppc64") || file.prefix.arch.starts_with("powerpc64");
  const Layout& layout = *file.layout;
  return wide && file.datastartpos % layout.wide_alignment == 0 ? layout.wide_alignment : layout.alignment;
}

}  // namespace

void place(CacheFile& file, const std::vector<std::string>& new_source_paths) {
  bytes::ByteWriter header;
  format::write_header(header, file);
  file.header_end = header.size();
  const uint64_t payload_size = file.payload.size;
  const bool aligned = file.layout->has_aligned_payload() && payload_size != 0;
  const uint64_t alignment = aligned ? payload_alignment(file) : 1;
  const uint64_t padding = (alignment - file.header_end % alignment) % alignment;
  file.padding.assign(padding, '\0');
  file.payload = {file.header_end + padding, payload_size};
  if (aligned) {
    file.datastartpos = file.payload.offset;
    file.dataendpos = file.payload.end();
  }
  std::string section = encode_texts(file, new_source_paths);
  file.srctextpos = file.payload.end();
  uint64_t at = file.srctextpos;
  for (size_t i = 0; i < file.source_texts.size(); ++i) {
    SourceText& source = file.source_texts[i];
    source.path = new_source_paths[i];
    at += sizeof(int32_t) + source.path.size() + sizeof(uint64_t);
    source.text.offset = at;
    at += source.text.size;
  }
  section.append(file.layout->trailer_size(), '\0');
  file.source_section = std::make_shared<const std::string>(std::move(section));
  file.file_size = file.srctextpos + file.source_section->size();
  format::number_texts(file);
}

}  // namespace jireloc
