// The parts of a cache file's header, each read and written side by side (ji-format 2).
#pragma once

#include "bytes/reader.hpp"
#include "bytes/writer.hpp"
#include "jireloc/cache_file.hpp"

namespace jireloc::format {

inline constexpr std::string_view kMagic{"\xFB\x6A\x6C\x69\x0D\x0A\x1A\x0A", 8};
inline constexpr uint16_t kByteOrderMark = 0xFEFF;
// No build of Julia has longer names; a limit keeps a damaged file from being read whole for a NUL.
inline constexpr uint64_t kLongestPrefixText = 4096;

// What all layouts share: magic, format, byte-order mark, pointer size, uname, arch, version.
void read_common_prefix(bytes::ByteReader& in, Prefix& prefix);
void write_common_prefix(bytes::ByteWriter& out, const Prefix& prefix);
// Branch and commit of the layouts that have them directly behind, as all did up to 1.14.0-DEV.2884; later
// ones have fields before them that differ from image to image. Nothing is written then.
void write_build_names(bytes::ByteWriter& out, const Prefix& prefix);
// The rest of the fields before the lists, as `layout` has them.
void read_layout_prefix(bytes::ByteReader& in, const Layout& layout, CacheFile& file);
// Worklist, counted block, required modules, clone targets; sets header_end.
void read_lists(bytes::ByteReader& in, const Layout& layout, CacheFile& file);
std::vector<RequiredModule> read_required_modules(bytes::ByteReader& in, bool wide_build_ids);

// Writes the header up to the clone targets, with the positions as they stand in `file`.
void write_header(bytes::ByteWriter& out, const CacheFile& file);

}  // namespace jireloc::format
