// Reading a cache file: the layout is chosen, the header parsed, the positions held against the file.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "bytes/reader.hpp"
#include "format/fields.hpp"
#include "format/select.hpp"
#include "format/source_text.hpp"
#include "jireloc/support.hpp"

namespace jireloc {
namespace {

using bytes::ByteReader;

constexpr uint64_t kFirstWindow = 8 << 10;
// More than any header (a million includes of 200 bytes); keeps a sparse file from being read into memory.
constexpr uint64_t kLargestHeader = uint64_t{512} << 20;
constexpr uint64_t kLargestEmbeddedHeader = uint64_t{32} << 20;  // holds no files, only required modules

bool is_absolute_somewhere(std::string_view path) {
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  return path.starts_with('/') || path.starts_with("@depot") || path.starts_with('\0') ||
         path.starts_with("\\\\") ||
         (path.size() >= 3 && letter(path[0]) && path[1] == ':' && (path[2] == '\\' || path[2] == '/'));
}

// What only the choice among layouts asks for: a wrong layout reads numbers as lengths and paths.
void require_plausible_paths(const CacheFile& file, uint64_t offset) {
  for (const Dependency& entry : file.dependencies)
    if (!is_absolute_somewhere(entry.path))
      throw Error(ErrorKind::bad_value, "a dependency path is not absolute", {}, offset);
}

void locate_payload(CacheFile& file) {
  const auto refuse = [](std::string message) { throw Error(ErrorKind::bad_offset, std::move(message)); };
  if (!file.layout->has_aligned_payload()) {
    if (file.srctextpos < file.header_end)
      refuse(fmt::format("srctextpos {} lies inside the header, which ends at {}", file.srctextpos,
                         file.header_end));
    file.payload = {file.header_end, file.srctextpos - file.header_end};
    return;
  }
  if (file.is_split() && !file.layout->payload_always_here) {
    if (file.datastartpos != 0 || file.dataendpos != 0)
      refuse(
          fmt::format("a split image has payload positions {} and {}", file.datastartpos, file.dataendpos));
    if (file.srctextpos != file.header_end)
      refuse(fmt::format("srctextpos is {}, the header ends at {}", file.srctextpos, file.header_end));
    file.payload = {file.header_end, 0};
    return;
  }
  if (file.datastartpos < file.header_end ||
      file.datastartpos - file.header_end >= file.layout->wide_alignment)
    refuse(fmt::format("datastartpos is {}, the header ends at {}", file.datastartpos, file.header_end));
  if (file.dataendpos <= file.datastartpos || file.dataendpos != file.srctextpos)
    refuse(fmt::format("datastartpos {}, dataendpos {} and srctextpos {} contradict each other",
                       file.datastartpos, file.dataendpos, file.srctextpos));
  file.payload = {file.datastartpos, file.dataendpos - file.datastartpos};
}

CacheFile read_as(ByteReader in, const Layout& layout, const Prefix& prefix) {
  CacheFile file;
  file.layout = &layout;
  file.prefix = prefix;
  format::read_layout_prefix(in, layout, file);
  format::read_lists(in, layout, file);
  locate_payload(file);
  return file;
}

// Tries every layout that the format number allows; exactly one must fit.
CacheFile choose_layout(const ByteReader& in, const Prefix& prefix,
                        const std::vector<const Layout*>& candidates) {
  if (candidates.size() == 1) return read_as(in, *candidates[0], prefix);
  std::optional<CacheFile> found;
  std::string why_not;
  for (const Layout* layout : candidates) {
    try {
      CacheFile file = read_as(in, *layout, prefix);
      require_plausible_paths(file, in.offset());
      // Without dependencies two layouts can read the same bytes alike: then nothing is guessed.
      if (found && !found->dependencies.empty())
        throw Error(ErrorKind::no_layout_fits, fmt::format("both layouts {} and {} fit a file of format {}",
                                                           found->layout->name, layout->name, prefix.format));
      if (!found) found = std::move(file);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::no_layout_fits) throw;
      why_not += fmt::format("{}{}: {}", why_not.empty() ? "" : "; ", layout->name, error.what());
    }
  }
  if (!found)
    throw Error(ErrorKind::no_layout_fits, fmt::format("format {} of Julia {} fits no known layout ({})",
                                                       prefix.format, prefix.version, why_not));
  return std::move(*found);
}

CacheFile parse_header(std::string_view window, uint64_t whole_size) {
  ByteReader in(window, 0, whole_size);
  Prefix prefix;
  format::read_common_prefix(in, prefix);
  if (!format::is_known_format(prefix.format))
    in.fail(ErrorKind::unknown_format,
            fmt::format("format {} of Julia {} is {} than this jireloc, which knows {}", prefix.format,
                        prefix.version, prefix.format > layouts().back().format ? "newer" : "older",
                        supported_range()),
            8);
  const auto candidates = format::candidates(prefix.format, prefix.version);
  if (candidates.empty())
    in.fail(ErrorKind::no_layout_fits,
            fmt::format("no layout is known for format {} of Julia {}", prefix.format, prefix.version), 8);
  return choose_layout(in, prefix, candidates);
}

// Calls parse(bytes, whole size) with as much of the source's head as it asks for, up to `largest` bytes: a
// header is some kilobytes, what follows it may be gigabytes.
template <typename Parse>
auto parse_head(const ByteSource& source, uint64_t largest, Parse parse) {
  if (const std::string_view all = source.in_memory(); !all.empty()) return parse(all, all.size());
  std::string window = source.read_string(0, std::min(source.size(), kFirstWindow));
  while (true) {
    try {
      return parse(window, source.size());
    } catch (const bytes::WindowTooSmall& needed) {
      if (needed.wanted_end > largest)
        throw Error(ErrorKind::too_large, fmt::format("the header is larger than {} MiB", largest >> 20));
      const uint64_t had = window.size();
      window.resize(std::min(source.size(), std::max<uint64_t>(needed.wanted_end, had * 4)));
      source.read(had, window.data() + had, window.size() - had);
    }
  }
}

}  // namespace

CacheFile format::read_header_as(const ByteSource& source, const Layout& layout) {
  return parse_head(source, kLargestHeader, [&](std::string_view window, uint64_t whole_size) {
    ByteReader in(window, 0, whole_size);
    Prefix prefix;
    format::read_common_prefix(in, prefix);
    return read_as(in, layout, prefix);
  });
}

namespace {

CacheFile read_header(const ByteSource& source) {
  return parse_head(source, kLargestHeader, parse_header);
}

EmbeddedHeader parse_embedded_header(std::string_view head, uint64_t whole_size, const Layout& layout) {
  ByteReader in(head, 0, whole_size);
  CacheFile file;
  file.layout = &layout;
  format::read_common_prefix(in, file.prefix);
  if (file.prefix.format != layout.format)
    in.fail(ErrorKind::bad_value,
            fmt::format("the library's format is {}, its .ji has {}", file.prefix.format, layout.format), 8);
  format::read_layout_prefix(in, layout, file);
  EmbeddedHeader header;
  header.required_modules = format::read_required_modules(in, layout.wide_build_ids);
  header.header_end = in.offset();
  header.prefix = std::move(file.prefix);
  header.checksum = file.checksum;
  header.datastartpos = file.datastartpos;
  header.dataendpos = file.dataendpos;
  header.pkgimage = file.pkgimage;
  header.flags = file.flags;
  header.syntax_version = file.syntax_version;
  if (header.datastartpos < header.header_end || header.dataendpos <= header.datastartpos ||
      header.dataendpos > whole_size)
    in.fail(ErrorKind::bad_offset, "the payload's positions in the library's header contradict each other",
            0);
  return header;
}

}  // namespace

CacheFile read_cache_file(const ByteSource& source, const ReadOptions& options) {
  try {
    CacheFile file = read_header(source);
    file.file_size = source.size();
    const uint64_t padding = file.payload.offset - file.header_end;
    if (padding != 0) file.padding = source.read_string(file.header_end, padding);
    if (options.depth == ReadDepth::header) return file;
    try {
      format::read_source_section(source, file);
    } catch (const Error& error) {
      // A read that failed says nothing of the file.
      if (options.tail_problem == nullptr || error.kind() == ErrorKind::io) throw;
      *options.tail_problem = error.in_file(source.name());
    }
    return file;
  } catch (const Error& error) {
    throw error.in_file(source.name());
  }
}

bool has_magic(const ByteSource& source) {
  return source.size() >= format::kMagic.size() &&
         source.read_string(0, format::kMagic.size()) == format::kMagic;
}

EmbeddedHeader read_embedded_header(const ByteSource& image_data, const Layout& layout) {
  try {
    return parse_head(image_data, kLargestEmbeddedHeader, [&](std::string_view head, uint64_t whole_size) {
      return parse_embedded_header(head, whole_size, layout);
    });
  } catch (const Error& error) {
    throw error.in_file(image_data.name());
  }
}

}  // namespace jireloc
