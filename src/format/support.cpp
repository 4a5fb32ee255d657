#include "jireloc/support.hpp"

#include <fmt/format.h>

#include "bytes/reader.hpp"
#include "format/fields.hpp"

namespace jireloc {
namespace {

std::string_view what_was_tried(const Layout& layout) {
  switch (layout.verified) {
    case Verified::corpus:
      return "real images, loaded by the real Julia after relocation";
    case Verified::container:
      return "the same fields, in the same order, as a layout with real images";
    case Verified::structure:
      return "built from the specification alone";
  }
  return "";
}

std::string_view what_is_done(const Layout& layout) {
  return layout.verified == Verified::structure ? "read; rewritten only as an experiment"
                                                : "read and rewritten";
}

}  // namespace

std::string supported_range() {
  const Layout &first = layouts().front(), &last = layouts().back();
  return fmt::format("formats {} to {} (Julia {} to {})", first.format, last.format, first.versions,
                     last.versions);
}

std::string support_table() {
  std::string table = "| Julia | format | layout | tried | what is done |\n|---|---|---|---|---|\n";
  for (const Layout& layout : layouts())
    table += fmt::format("| {} | {} | {} | {} | {} |\n", layout.versions, layout.format, layout.name,
                         what_was_tried(layout), what_is_done(layout));
  return table;
}

Prefix read_common_fields(const ByteSource& source) {
  constexpr uint64_t kMost = 64 << 10;  // more than three texts of the greatest length
  const std::string head = source.read_string(0, std::min(source.size(), kMost));
  bytes::ByteReader in(head);
  Prefix prefix;
  try {
    format::read_common_prefix(in, prefix);
  } catch (const Error& error) {
    throw error.in_file(source.name());
  }
  return prefix;
}

}  // namespace jireloc
