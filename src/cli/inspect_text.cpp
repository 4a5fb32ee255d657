// `inspect` for people.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "cli/hyperlink.hpp"
#include "cli/inspection.hpp"
#include "cli/printable.hpp"
#include "cli/screen.hpp"
#include "cli/text_table.hpp"
#include "jireloc/header_fields.hpp"
#include "jireloc/processor.hpp"

namespace jireloc::cli {
namespace {

class TextWriter {
 public:
  TextWriter(const Inspection& inspection, bool color)
      : inspection_(inspection), file_(inspection.file), color_(color) {}

  std::string take() { return std::move(out_); }
  void heading(std::string_view text) { out_ += bold(text, color_) + "\n"; }
  void name() { heading("File: " + linked(inspection_.path, color_)); }

  void header();
  void modules();
  void dependencies();
  void required();
  void preferences();
  void targets();
  void sources();
  void offsets();
  void native();
  void problems();

 private:
  void line(std::string_view label, std::string_view value) { out_ += labelled(label, value); }
  std::string verdict(bool holds) const { return holds ? "holds" : red("does not hold", color_); }
  void field_lines(const std::vector<HeaderField>& fields);
  void payload_lines();
  void includes();
  void requires_entries();

  const Inspection& inspection_;
  const CacheFile& file_;
  bool color_;
  std::string out_;
};

std::string uuid_text(const Uuid& uuid) {
  return uuid.is_nil() ? "-" : uuid.text();
}

// A heading, and below it words in lines of at most 100 columns.
std::string list_of(std::string_view heading, const std::vector<std::string>& words) {
  constexpr size_t kWidest = 100;
  if (words.empty()) return fmt::format("  {} (nothing)\n", heading);
  return fmt::format("  {}\n{}", heading,
                     wrapped(std::string(4, ' '), fmt::format("{}", fmt::join(words, " ")), 4, kWidest));
}

std::string flags_text(const CacheFile& file) {
  const CacheFlags flags = decode_cache_flags(file.flags, file.prefix.version);
  constexpr std::string_view bounds[] = {"default", "yes", "no", "3"};
  return fmt::format(
      "0x{:02x}: pkgimages={}, debug level {}, check-bounds={}, inline={}, optimization level {}", flags.raw,
      flags.use_pkgimages ? "yes" : "no", flags.debug_level,
      bounds[static_cast<size_t>(flags.check_bounds) & 3], flags.inline_ ? "yes" : "no", flags.opt_level);
}

void TextWriter::payload_lines() {
  if (file_.layout->prefix != PrefixForm::basic) line("Payload checksum", hex64(file_.checksum));
  if (file_.payload.size == 0) {
    line("Payload", "in the native library");
    return;
  }
  std::string payload = fmt::format("{} bytes at {}", file_.payload.size, file_.payload.offset);
  if (inspection_.checksums) {
    const std::optional<bool> ok = inspection_.checksums->payload_crc_ok;
    if (ok) payload += ", checksum " + verdict(*ok);
    line("Payload", payload);
    line("Payload digest", "XXH3-128 " + inspection_.checksums->payload_digest);
  } else {
    line("Payload", payload);
  }
}

// What shares a line with others, or stands with the payload, is left out here.
void TextWriter::field_lines(const std::vector<HeaderField>& fields) {
  constexpr std::string_view elsewhere[] = {"format", "julia", "branch",       "commit",
                                            "uname",  "arch",  "pointer_size", "header_checksum"};
  for (const HeaderField& field : fields) {
    if (std::find(std::begin(elsewhere), std::end(elsewhere), field.key) != std::end(elsewhere)) continue;
    std::string label(field.name);
    label[0] = static_cast<char>(label[0] - 'a' + 'A');
    line(label, field.key == "flags" ? flags_text(file_) : printable(field.shown()));
  }
}

void TextWriter::header() {
  const Prefix& prefix = file_.prefix;
  const Layout& layout = *file_.layout;
  line("Layout", fmt::format("{}, format {} (Julia {}), verified: {}", layout.name, prefix.format,
                             layout.versions, jireloc::name(layout.verified)));
  std::string julia = printable(prefix.version);
  if (!prefix.branch.empty()) julia += ", branch " + printable(prefix.branch);
  if (!prefix.commit.empty()) julia += ", commit " + printable(prefix.commit);
  line("Julia", julia);
  line("System", fmt::format("{} {}, {}-byte pointers", printable(prefix.uname), printable(prefix.arch),
                             prefix.pointer_size));
  const HeaderFields fields = header_fields(file_);
  field_lines(fields.prefix);
  field_lines(fields.rest);
  if (layout.wide_build_ids) line("Native library", file_.is_split() ? "yes, beside this file" : "no");
  payload_lines();
  if (inspection_.header_only || inspection_.tail_problem) return;
  if (file_.is_split()) line("Library's checksum", hex32(file_.so_crc));
  std::string crc = hex32(file_.file_crc);
  if (inspection_.checksums) crc += ", " + verdict(inspection_.checksums->file_crc_ok);
  line("File checksum", crc);
}

void TextWriter::offsets() {
  heading("Offsets:");
  line("Header ends", fmt::format("{}", file_.header_end));
  if (!file_.padding.empty()) line("Padding", fmt::format("{} bytes", file_.padding.size()));
  if (file_.layout->has_aligned_payload()) {
    line("Data starts", fmt::format("{}", file_.datastartpos));
    line("Data ends", fmt::format("{}", file_.dataendpos));
  }
  line("Source texts start", fmt::format("{}", file_.srctextpos));
  line("File size", fmt::format("{}", file_.file_size));
}

void TextWriter::modules() {
  heading(fmt::format("Modules provided: {}", file_.worklist.size()));
  if (file_.worklist.empty()) return;
  TextTable table({"Build id", "UUID", "Name"});
  for (const WorklistModule& module : file_.worklist) {
    const std::string high = file_.layout->wide_build_ids ? hex64(file_.build_id_hi()) : "";
    table.add({high + hex64(module.build_id), uuid_text(module.uuid), printable(module.name)});
  }
  out_ += table.text();
}

void TextWriter::includes() {
  TextTable table({">Size", "CRC-32C", "Modified", "Kind", "Module", "Path"});
  std::string resolved_note;
  for (size_t i = 0; i < file_.dependencies.size(); ++i) {
    const Dependency& entry = file_.dependencies[i];
    if (entry.is_require()) continue;
    const bool tracked = file_.layout->content_tracking && !(entry.mtime >= 0);
    const std::string size = tracked ? fmt::format("{}", entry.fsize) : "";
    const std::string modified = tracked            ? "(by content)"
                                 : entry.mtime == 0 ? "(absent)"
                                                    : date_text(entry.mtime);
    const std::string kind = inspection_.has_text.empty() ? "" : inspection_.has_text[i] ? "source" : "file";
    table.add({size, tracked ? hex32(entry.hash) : "", modified, kind, printable(module_path(file_, entry)),
               printable(entry.path)});
    if (!inspection_.resolved_dependencies || !entry.is_depot_relative()) continue;
    const std::string& path = (*inspection_.resolved_dependencies)[i];
    table.add({"", "", "", "", "", path.empty() ? "  = (in no depot)" : "  = " + printable(path)});
  }
  if (!table.empty()) out_ += table.text();
}

void TextWriter::requires_entries() {
  TextTable table({"UUID", "Package", "Required by"});
  for (const Dependency& entry : file_.dependencies) {
    if (!entry.is_require()) continue;
    table.add({uuid_text(entry.require_uuid()), printable(entry.require_name()),
               printable(module_path(file_, entry))});
  }
  if (!table.empty()) out_ += table.text();
}

void TextWriter::dependencies() {
  size_t required = 0;
  for (const Dependency& entry : file_.dependencies) required += entry.is_require() ? 1 : 0;
  heading(fmt::format("Files: {}", file_.dependencies.size() - required));
  includes();
  heading(fmt::format("Packages required: {}", required));
  requires_entries();
}

void TextWriter::required() {
  heading(fmt::format("Modules that must be loaded: {}", file_.required_modules.size()));
  if (file_.required_modules.empty()) return;
  TextTable table({"Build id", "UUID", "Name"});
  for (const RequiredModule& module : file_.required_modules) {
    const std::string high = file_.layout->wide_build_ids ? hex64(module.build_id_hi) : "";
    table.add({high + hex64(module.build_id_lo), uuid_text(module.uuid), printable(module.name)});
  }
  out_ += table.text();
}

void TextWriter::preferences() {
  const Preferences& preferences = file_.preferences;
  if (file_.layout->preferences == PreferencesForm::none) return;
  if (file_.layout->preferences == PreferencesForm::list) {
    heading(fmt::format("Preferences: {}, hash {}", preferences.names.size(), hex64(preferences.hash)));
    for (const std::string& name : preferences.names) out_ += "  " + printable(name) + "\n";
    return;
  }
  heading(fmt::format("Preferences: {} bytes of TOML", preferences.blob.size()));
  std::string_view rest = preferences.blob;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    out_ += "  " + printable_text(rest.substr(0, end)) + "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void TextWriter::targets() {
  if (!file_.layout->has_clone_targets()) return;
  heading(fmt::format("Processors compiled for: {}", inspection_.targets.size()));
  TextTable table({"Name", "Flags", ">Features on", ">Features off", "Extra"});
  const auto bits = [](const std::vector<uint32_t>& words) {
    int count = 0;
    for (uint32_t word : words) count += std::popcount(word);
    return fmt::format("{}", count);
  };
  for (const CloneTarget& target : inspection_.targets) {
    table.add({printable(target.name), fmt::format("0x{:08x}", target.flags), bits(target.features_enabled),
               bits(target.features_disabled), printable(target.extra_features)});
  }
  if (!table.empty()) out_ += table.text();
  for (const CloneTarget& target : inspection_.targets) {
    const FeatureNames names = feature_names(file_.prefix, target);
    out_ += list_of(fmt::format("{} with:", printable(target.name)), names.enabled);
    out_ += list_of(fmt::format("{} without:", printable(target.name)), names.disabled);
    if (names.source.empty())
      line("Names of features", "not known for this Julia and architecture: WORD:BIT");
  }
}

void TextWriter::sources() {
  if (inspection_.header_only || inspection_.tail_problem) return;
  heading(fmt::format("Source texts: {}", file_.source_texts.size()));
  TextTable table({">Offset", ">Size", "CRC-32C", "Path"});
  for (size_t i = 0; i < file_.source_texts.size(); ++i) {
    const SourceText& source = file_.source_texts[i];
    table.add({fmt::format("{}", source.text.offset), fmt::format("{}", source.text.size),
               hex32(text_crc(file_, source)), printable(source.path)});
    if (!inspection_.extracted_to.empty())
      table.add({"", "", "", "  -> " + printable(inspection_.extracted_to[i])});
  }
  if (!table.empty()) out_ += table.text();
}

void TextWriter::native() {
  if (!inspection_.native) return;
  const NativeCheck& check = *inspection_.native;
  heading("Native library: " + printable(check.path));
  line("Size", fmt::format("{}", check.size));
  line("Checksum", hex32(check.crc) + ", " + verdict(check.so_crc_ok));
  if (!check.embedded) return;
  line("Embedded header", fmt::format("payload checksum {}", hex64(check.embedded->checksum)));
  line("Payload", fmt::format("{} bytes", check.embedded->dataendpos - check.embedded->datastartpos));
  line("Payload digest", "XXH3-128 " + check.payload_digest);
}

void TextWriter::problems() {
  for (const Error& problem : inspection_.problems()) {
    out_ += red("  ! " + printable(problem.message()), color_) + "\n";
  }
}

}  // namespace

std::string inspection_text(const Inspection& inspection, unsigned sections, bool color) {
  TextWriter writer(inspection, color);
  writer.name();
  if ((sections & section_header) != 0) writer.header();
  if ((sections & section_modules) != 0) writer.modules();
  if ((sections & section_dependencies) != 0) writer.dependencies();
  if ((sections & section_required) != 0) writer.required();
  if ((sections & section_preferences) != 0) writer.preferences();
  if ((sections & section_targets) != 0) writer.targets();
  if ((sections & section_sources) != 0) writer.sources();
  if ((sections & section_offsets) != 0) writer.offsets();
  writer.native();
  writer.problems();
  return writer.take() + "\n";
}

}  // namespace jireloc::cli
