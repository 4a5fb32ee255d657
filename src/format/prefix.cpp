// The fields before the lists (write_header, jl_read_verify_header; ji-format 2.1 and 9).
#include <fmt/format.h>

#include "format/fields.hpp"

namespace jireloc::format {

void read_common_prefix(bytes::ByteReader& in, Prefix& prefix) {
  if (in.at_end()) in.fail(ErrorKind::empty_file, "the file is empty", 0);
  const std::string_view magic = in.peek(std::min<uint64_t>(in.remaining(), kMagic.size()), "magic");
  if (magic != kMagic.substr(0, magic.size()))
    in.fail(ErrorKind::not_a_cache_file, "not a Julia cache file: the magic is missing", 0);
  in.take(kMagic.size(), "magic");
  prefix.format = in.u16("format number");
  const uint64_t mark_at = in.offset();
  const uint16_t mark = in.u16("byte-order mark");
  if (mark == 0xFFFE)
    in.fail(ErrorKind::foreign_byte_order, "written on a machine of the other byte order", mark_at);
  if (mark != kByteOrderMark)
    in.fail(ErrorKind::bad_value, fmt::format("byte-order mark is {:04x}", mark), mark_at);
  const uint64_t pointer_at = in.offset();
  prefix.pointer_size = in.u8("pointer size");
  if (prefix.pointer_size != 4 && prefix.pointer_size != 8)
    in.fail(ErrorKind::bad_value, fmt::format("pointer size is {}", prefix.pointer_size), pointer_at);
  prefix.uname = in.c_string(kLongestPrefixText, "uname");
  prefix.arch = in.c_string(kLongestPrefixText, "architecture");
  prefix.version = in.c_string(kLongestPrefixText, "Julia version");
}

namespace {

void read_branch_and_commit(bytes::ByteReader& in, Prefix& prefix) {
  prefix.branch = in.c_string(kLongestPrefixText, "branch");
  prefix.commit = in.c_string(kLongestPrefixText, "commit");
}

void read_reordered_prefix(bytes::ByteReader& in, const Layout& layout, CacheFile& file) {
  if (layout.gc_name) file.prefix.gc = in.c_string(kLongestPrefixText, "garbage collector");
  const uint64_t flags_at = in.offset();
  file.prefix.image_flags = in.u32("image flags");
  if ((file.prefix.image_flags & 1) == 0)
    in.fail(ErrorKind::unsupported, "a system image, not a package image", flags_at);
  read_branch_and_commit(in, file.prefix);
  file.checksum = in.u32("checksum");
  file.datastartpos = in.u64("datastartpos");
  file.dataendpos = in.u64("dataendpos");
}

void read_extended_prefix(bytes::ByteReader& in, CacheFile& file) {
  read_branch_and_commit(in, file.prefix);
  file.pkgimage = in.u8("pkgimage byte");
  file.checksum = in.u64("checksum");
  file.datastartpos = in.u64("datastartpos");
  file.dataendpos = in.u64("dataendpos");
}

}  // namespace

void read_layout_prefix(bytes::ByteReader& in, const Layout& layout, CacheFile& file) {
  switch (layout.prefix) {
    case PrefixForm::basic:
      read_branch_and_commit(in, file.prefix);
      return;
    case PrefixForm::extended:
      read_extended_prefix(in, file);
      break;
    case PrefixForm::reordered:
      read_reordered_prefix(in, layout, file);
      break;
  }
  file.flags = in.u8("cache flags");
  if (layout.syntax_version) file.syntax_version = in.u8("syntax version");
}

void write_common_prefix(bytes::ByteWriter& out, const Prefix& prefix) {
  out.raw(kMagic);
  out.u16(prefix.format);
  out.u16(kByteOrderMark);
  out.u8(prefix.pointer_size);
  out.c_string(prefix.uname);
  out.c_string(prefix.arch);
  out.c_string(prefix.version);
}

void write_build_names(bytes::ByteWriter& out, const Prefix& prefix) {
  for (const Layout& layout : layouts())
    if (layout.format == prefix.format && layout.prefix == PrefixForm::reordered) return;
  out.c_string(prefix.branch);
  out.c_string(prefix.commit);
}

namespace {

void write_prefix(bytes::ByteWriter& out, const CacheFile& file) {
  const Prefix& prefix = file.prefix;
  const Layout& layout = *file.layout;
  write_common_prefix(out, prefix);
  if (layout.gc_name) out.c_string(prefix.gc);
  if (layout.prefix == PrefixForm::reordered) out.u32(prefix.image_flags);
  out.c_string(prefix.branch);
  out.c_string(prefix.commit);
  if (layout.prefix == PrefixForm::basic) return;
  if (layout.prefix == PrefixForm::reordered) {
    out.u32(static_cast<uint32_t>(file.checksum));
  } else {
    out.u8(file.pkgimage);
    out.u64(file.checksum);
  }
  out.u64(file.datastartpos);
  out.u64(file.dataendpos);
  out.u8(file.flags);
  if (layout.syntax_version) out.u8(file.syntax_version);
}

}  // namespace

void write_lists(bytes::ByteWriter& out, const CacheFile& file);

void write_header(bytes::ByteWriter& out, const CacheFile& file) {
  write_prefix(out, file);
  write_lists(out, file);
}

}  // namespace jireloc::format
