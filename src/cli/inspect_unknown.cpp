#include "cli/inspect_unknown.hpp"

#include <fmt/format.h>

#include "cli/inspection.hpp"
#include "cli/places.hpp"
#include "cli/printable.hpp"
#include "cli/reasons.hpp"
#include "jireloc/support.hpp"

namespace jireloc::cli {

std::string unknown_format_text(const std::string& path, const ByteSource& source) {
  const Prefix prefix = read_common_fields(source);
  return fmt::format(
      "File: {}\n  {:<21} unknown, format {}; 'jireloc help --support' lists those that are known\n"
      "  {:<21} {}\n  {:<21} {} {}, {}-byte pointers\n",
      printable(paths::absolute(path)), "Layout:", prefix.format, "Julia:", printable(prefix.version),
      "System:", printable(prefix.uname), printable(prefix.arch), prefix.pointer_size);
}

std::string unknown_format_json(const std::string& path, const ByteSource& source, const Error& error) {
  const Prefix prefix = read_common_fields(source);
  JsonWriter json;
  json.begin_object().field("schema", inspect_schema).path("path", paths::absolute(path));
  json.field("status", "failed").key("reasons").begin_array();
  append_reason(json, error.reason());
  json.end_array().count("format", prefix.format).field("julia", prefix.version);
  json.field("uname", prefix.uname).field("arch", prefix.arch).count("pointer_size", prefix.pointer_size);
  return json.end_object().take();
}

}  // namespace jireloc::cli
