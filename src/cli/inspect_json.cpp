// `inspect --json`. The keys are documented in README.md here; every value of Julia's own parsers is among
// them.
#include <fmt/format.h>

#include "cli/inspection.hpp"
#include "cli/json.hpp"
#include "cli/places.hpp"
#include "cli/reasons.hpp"
#include "jireloc/header_fields.hpp"
#include "jireloc/processor.hpp"

namespace jireloc::cli {
namespace {

void write_uuid(JsonWriter& json, const Uuid& uuid) {
  json.key("uuid");
  uuid.is_nil() ? json.null() : json.string(uuid.text());
}

void write_module(JsonWriter& json, std::string_view key, const CacheFile& file,
                  const Dependency& dependency) {
  json.key(key);
  const WorklistModule* module = top_module(file, dependency);
  if (module == nullptr) {
    json.null();
    return;
  }
  json.begin_object().path("name", module->name);
  write_uuid(json, module->uuid);
  json.end_object();
}

void write_resolved(JsonWriter& json, const std::optional<std::vector<std::string>>& resolved, size_t index) {
  if (!resolved) return;
  const std::string& path = (*resolved)[index];
  path.empty() ? json.key("resolved").null() : json.path("resolved", path);
}

void write_flags(JsonWriter& json, const CacheFile& file) {
  const CacheFlags flags = decode_cache_flags(file.flags, file.prefix.version);
  json.key("flags_decoded").begin_object();
  json.flag("use_pkgimages", flags.use_pkgimages)
      .count("debug_level", static_cast<uint64_t>(flags.debug_level));
  json.count("check_bounds", static_cast<uint64_t>(flags.check_bounds)).flag("inline", flags.inline_);
  json.count("opt_level", static_cast<uint64_t>(flags.opt_level)).end_object();
}

void write_field(JsonWriter& json, const HeaderField& field) {
  switch (field.form) {
    case HeaderField::Form::text:
      json.path(field.key, field.text);
      break;
    case HeaderField::Form::number:
    case HeaderField::Form::bits:
      json.count(field.key, field.number);
      break;
    case HeaderField::Form::checksum:
      json.key(field.key).hex64(field.number);
      break;
  }
}

void write_layout(JsonWriter& json, const Layout& layout) {
  json.field("layout", layout.name).field("layout_versions", layout.versions);
  json.field("verified", name(layout.verified));
}

void write_payload(JsonWriter& json, const Inspection& inspection) {
  const CacheFile& file = inspection.file;
  json.flag("split", file.is_split()).key("payload");
  if (file.payload.size == 0) {
    json.null();
    return;
  }
  json.begin_object().count("offset", file.payload.offset).count("size", file.payload.size);
  if (inspection.checksums) {
    json.key("crc32c").hex32(inspection.checksums->payload_crc);
    json.key("checksum_ok");
    const std::optional<bool> ok = inspection.checksums->payload_crc_ok;
    ok ? json.boolean(*ok) : json.null();
    json.field("xxh3_128", inspection.checksums->payload_digest);
  }
  json.end_object();
}

void write_header(JsonWriter& json, const Inspection& inspection, const HeaderFields& fields) {
  const CacheFile& file = inspection.file;
  for (const HeaderField& field : fields.rest) {
    write_field(json, field);
    if (field.key == "flags") write_flags(json, file);
  }
  write_payload(json, inspection);
  if (inspection.header_only) return;
  if (!inspection.tail_problem) {
    if (file.layout->wide_build_ids) json.key("so_crc").hex32(file.so_crc);
    json.key("file_crc").hex32(file.file_crc);
  }
  if (inspection.checksums) json.flag("file_crc_ok", inspection.checksums->file_crc_ok);
}

void write_offsets(JsonWriter& json, const CacheFile& file) {
  json.count("file_size", file.file_size)
      .count("header_end", file.header_end)
      .count("padding", file.padding.size());
  if (file.layout->has_aligned_payload()) {
    json.count("datastartpos", file.datastartpos).count("dataendpos", file.dataendpos);
  }
  json.count("srctextpos", file.srctextpos);
}

void write_modules(JsonWriter& json, const CacheFile& file) {
  json.key("modules").begin_array();
  for (const WorklistModule& module : file.worklist) {
    json.begin_object().path("name", module.name);
    write_uuid(json, module.uuid);
    json.key("build_id").hex64(module.build_id);
    if (file.layout->wide_build_ids) {
      json.field("full_build_id", hex64(file.build_id_hi()) + hex64(module.build_id));
    }
    json.end_object();
  }
  json.end_array();
}

void write_include(JsonWriter& json, const Inspection& inspection, size_t index) {
  const CacheFile& file = inspection.file;
  const Dependency& dependency = file.dependencies[index];
  json.begin_object().count("index", index + 1).path("path", dependency.path);
  write_resolved(json, inspection.resolved_dependencies, index);
  if (file.layout->content_tracking) {
    json.key("fsize").hex64(dependency.fsize).key("hash").hex32(dependency.hash);
  }
  json.real_field("mtime", dependency.mtime);
  json.key("module_index").number(dependency.module_index);
  write_module(json, "module", file, dependency);
  json.strings("modpath", dependency.submodules);
  if (!inspection.has_text.empty()) json.flag("source_text", inspection.has_text[index]);
  json.end_object();
}

void write_dependencies(JsonWriter& json, const Inspection& inspection) {
  const CacheFile& file = inspection.file;
  json.key("includes").begin_array();
  for (size_t i = 0; i < file.dependencies.size(); ++i) {
    if (!file.dependencies[i].is_require()) write_include(json, inspection, i);
  }
  json.end_array().key("requires").begin_array();
  for (size_t i = 0; i < file.dependencies.size(); ++i) {
    const Dependency& dependency = file.dependencies[i];
    if (!dependency.is_require()) continue;
    json.begin_object().count("index", i + 1).key("module_index").number(dependency.module_index);
    write_module(json, "from", file, dependency);
    json.key("to").begin_object().path("name", dependency.require_name());
    write_uuid(json, dependency.require_uuid());
    json.end_object();
    json.strings("modpath", dependency.submodules);
    // Julia writes zeros here; anything else is worth seeing.
    if (file.layout->content_tracking) {
      json.key("fsize").hex64(dependency.fsize).key("hash").hex32(dependency.hash);
    }
    json.real_field("mtime", dependency.mtime).end_object();
  }
  json.end_array();
}

void write_required(JsonWriter& json, const CacheFile& file) {
  json.key("required_modules").begin_array();
  for (const RequiredModule& module : file.required_modules) {
    json.begin_object().path("name", module.name);
    write_uuid(json, module.uuid);
    const std::string high = file.layout->wide_build_ids ? hex64(module.build_id_hi) : "";
    json.field("build_id", high + hex64(module.build_id_lo)).end_object();
  }
  json.end_array();
}

void write_preferences(JsonWriter& json, const CacheFile& file) {
  if (file.layout->preferences == PreferencesForm::blob) json.path("prefs", file.preferences.blob);
  if (file.layout->preferences != PreferencesForm::list) return;
  json.strings("prefs", file.preferences.names).key("prefs_hash").hex64(file.preferences.hash);
}

void write_numbers(JsonWriter& json, std::string_view key, const std::vector<uint32_t>& numbers) {
  json.key(key).begin_array();
  for (uint32_t number : numbers) json.hex32(number);
  json.end_array();
}

void write_targets(JsonWriter& json, const Inspection& inspection) {
  if (!inspection.file.layout->has_clone_targets()) return;
  json.key("clone_targets").bytes(inspection.file.clone_targets).key("targets").begin_array();
  for (const CloneTarget& target : inspection.targets) {
    json.begin_object().path("name", target.name).path("extra_features", target.extra_features);
    json.key("flags").hex32(target.flags);
    if (target.base) json.key("base").number(*target.base);
    write_numbers(json, "features_enabled", target.features_enabled);
    write_numbers(json, "features_disabled", target.features_disabled);
    const FeatureNames names = feature_names(inspection.file.prefix, target);
    json.strings("enabled", names.enabled).strings("disabled", names.disabled);
    if (!names.source.empty()) json.field("names_from", names.source);
    json.end_object();
  }
  json.end_array();
}

void write_sources(JsonWriter& json, const Inspection& inspection) {
  const CacheFile& file = inspection.file;
  json.key("source_texts").begin_array();
  for (size_t i = 0; i < file.source_texts.size(); ++i) {
    const SourceText& source = file.source_texts[i];
    json.begin_object().path("path", source.path);
    write_resolved(json, inspection.resolved_sources, i);
    json.count("offset", source.text.offset).count("length", source.text.size);
    json.key("crc32c").hex32(text_crc(file, source));
    if (!inspection.extracted_to.empty()) json.path("extracted_to", inspection.extracted_to[i]);
    json.end_object();
  }
  json.end_array();
}

void write_native(JsonWriter& json, const NativeCheck& native) {
  json.key("native_library")
      .begin_object()
      .path("path", paths::absolute(native.path))
      .count("size", native.size);
  json.key("crc32c").hex32(native.crc).flag("so_crc_ok", native.so_crc_ok);
  if (native.embedded) {
    json.key("header_checksum").hex64(native.embedded->checksum);
    json.count("datastartpos", native.embedded->datastartpos)
        .count("dataendpos", native.embedded->dataendpos);
    json.count("pkgimage", native.embedded->pkgimage).count("flags", native.embedded->flags);
    json.field("payload_xxh3_128", native.payload_digest);
  }
  json.key("problems").begin_array();
  for (const Reason& problem : native.problems) json.string(problem.message);
  json.end_array().end_object();
}

void write_reasons(JsonWriter& json, const std::vector<Error>& problems) {
  json.field("status", problems.empty() ? "ok" : "damaged").key("reasons").begin_array();
  for (const Error& problem : problems) append_reason(json, problem.reason());
  json.end_array();
}

}  // namespace

std::string inspection_json(const Inspection& inspection, unsigned sections, const Common& common) {
  const CacheFile& file = inspection.file;
  JsonWriter json;
  json.begin_object().field("schema", inspect_schema);
  add_place(json, common, inspection.path);
  write_reasons(json, inspection.problems());
  write_layout(json, *file.layout);
  const HeaderFields fields = header_fields(file);
  for (const HeaderField& field : fields.prefix) write_field(json, field);
  if ((sections & section_header) != 0) write_header(json, inspection, fields);
  if ((sections & section_offsets) != 0) write_offsets(json, file);
  if ((sections & section_modules) != 0) write_modules(json, file);
  if ((sections & section_dependencies) != 0) write_dependencies(json, inspection);
  if ((sections & section_required) != 0) write_required(json, file);
  if ((sections & section_preferences) != 0) write_preferences(json, file);
  if ((sections & section_targets) != 0) write_targets(json, inspection);
  const bool have_sources = !inspection.header_only && !inspection.tail_problem;
  if ((sections & section_sources) != 0 && have_sources) write_sources(json, inspection);
  if (inspection.native) write_native(json, *inspection.native);
  json.end_object();
  return json.take();
}

}  // namespace jireloc::cli
