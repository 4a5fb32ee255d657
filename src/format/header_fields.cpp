#include "jireloc/header_fields.hpp"

#include <fmt/format.h>

namespace jireloc {
namespace {

using Form = HeaderField::Form;

}  // namespace

std::string HeaderField::shown() const {
  switch (form) {
    case Form::text:
      break;
    case Form::number:
      return std::to_string(number);
    case Form::bits:
      return fmt::format("0x{:0{}x}", number, digits);
    case Form::checksum:
      return hex64(number);
  }
  return std::string(text);
}

std::vector<HeaderField> julia_fields(const Prefix& prefix) {
  return {{"format", "format", Form::number, {}, prefix.format},
          {"pointer size", "pointer_size", Form::number, {}, prefix.pointer_size},
          {"operating system", "uname", Form::text, prefix.uname},
          {"architecture", "arch", Form::text, prefix.arch},
          {"Julia version", "julia", Form::text, prefix.version},
          {"garbage collector", "gc", Form::text, prefix.gc},
          {"branch", "branch", Form::text, prefix.branch},
          {"commit", "commit", Form::text, prefix.commit}};
}

HeaderFields header_fields(const CacheFile& file) {
  const Layout& layout = *file.layout;
  HeaderFields fields{julia_fields(file.prefix), {}};
  if (!layout.gc_name)
    std::erase_if(fields.prefix, [](const HeaderField& field) { return field.key == "gc"; });
  if (layout.prefix == PrefixForm::reordered)
    fields.prefix.push_back({"image flags", "image_flags", Form::bits, {}, file.prefix.image_flags, 8});
  if (layout.prefix == PrefixForm::basic) return fields;
  fields.rest.push_back({"cache flags", "flags", Form::bits, {}, file.flags});
  if (layout.syntax_version)
    fields.rest.push_back({"syntax version", "syntax_version", Form::number, {}, file.syntax_version});
  fields.rest.push_back({"payload checksum", "header_checksum", Form::checksum, {}, file.checksum});
  return fields;
}

}  // namespace jireloc
