// The lists behind the prefix (write_worklist_for_header, write_dependency_list, write_mod_list;
// ji-format 2.3).
#include <fmt/format.h>

#include "format/fields.hpp"

namespace jireloc::format {
namespace {

constexpr uint64_t kRequirePrologue = 17;  // NUL and the 16 bytes of the UUID

std::vector<WorklistModule> read_worklist(bytes::ByteReader& in) {
  std::vector<WorklistModule> list;
  while (const uint32_t size = in.length("module name length")) {
    WorklistModule& module = list.emplace_back();
    module.name = in.take(size, "module name");
    module.uuid.hi = in.u64("module uuid");
    module.uuid.lo = in.u64("module uuid");
    module.build_id = in.u64("module build id");
  }
  return list;
}

void write_worklist(bytes::ByteWriter& out, const std::vector<WorklistModule>& list) {
  for (const WorklistModule& module : list) {
    out.counted(module.name);
    out.u64(module.uuid.hi);
    out.u64(module.uuid.lo);
    out.u64(module.build_id);
  }
  out.i32(0);
}

std::vector<Dependency> read_dependencies(bytes::ByteReader& in, const Layout& layout, size_t module_count) {
  std::vector<Dependency> list;
  while (true) {
    const uint64_t at = in.offset();
    const uint32_t size = in.length("dependency path length");
    if (size == 0) return list;
    Dependency& entry = list.emplace_back();
    entry.path = in.take(size, "dependency path");
    if (entry.is_require() && size <= kRequirePrologue)
      in.fail(ErrorKind::bad_length, fmt::format("a require entry of {} bytes has no name", size), at);
    if (layout.content_tracking) {
      entry.fsize = in.u64("dependency fsize");
      entry.hash = in.u32("dependency hash");
    }
    entry.mtime = in.f64("dependency mtime");
    const uint64_t index_at = in.offset();
    entry.module_index = in.i32("module index");
    if (entry.module_index < 0 || static_cast<size_t>(entry.module_index) > module_count)
      in.fail(ErrorKind::bad_value,
              fmt::format("module index {} where the file has {} modules", entry.module_index, module_count),
              index_at);
    if (entry.module_index == 0) continue;
    while (const uint32_t name_size = in.length("sub-module name length"))
      entry.submodules.emplace_back(in.take(name_size, "sub-module name"));
  }
}

void write_dependencies(bytes::ByteWriter& out, const Layout& layout, const std::vector<Dependency>& list) {
  for (const Dependency& entry : list) {
    out.counted(entry.path);
    if (layout.content_tracking) {
      out.u64(entry.fsize);
      out.u32(entry.hash);
    }
    out.f64(entry.mtime);
    out.i32(entry.module_index);
    if (entry.module_index == 0) continue;
    for (const std::string& name : entry.submodules) out.counted(name);
    out.i32(0);
  }
  out.i32(0);
}

Preferences read_preferences(bytes::ByteReader& in, PreferencesForm form) {
  Preferences preferences;
  switch (form) {
    case PreferencesForm::none:
      break;
    case PreferencesForm::list:
      while (const uint32_t size = in.length("preference name length"))
        preferences.names.emplace_back(in.take(size, "preference name"));
      preferences.hash = in.u64("preferences hash");
      break;
    case PreferencesForm::blob:
      preferences.blob = in.counted("preferences text");
      break;
  }
  return preferences;
}

void write_preferences(bytes::ByteWriter& out, PreferencesForm form, const Preferences& preferences) {
  switch (form) {
    case PreferencesForm::none:
      break;
    case PreferencesForm::list:
      for (const std::string& name : preferences.names) out.counted(name);
      out.i32(0);
      out.u64(preferences.hash);
      break;
    case PreferencesForm::blob:
      out.counted(preferences.blob);
      break;
  }
}

void write_required_modules(bytes::ByteWriter& out, bool wide_build_ids,
                            const std::vector<RequiredModule>& list) {
  for (const RequiredModule& module : list) {
    out.counted(module.name);
    out.u64(module.uuid.hi);
    out.u64(module.uuid.lo);
    if (wide_build_ids) out.u64(module.build_id_hi);
    out.u64(module.build_id_lo);
  }
  out.i32(0);
}

}  // namespace

std::vector<RequiredModule> read_required_modules(bytes::ByteReader& in, bool wide_build_ids) {
  std::vector<RequiredModule> list;
  while (const uint32_t size = in.length("required module name length")) {
    RequiredModule& module = list.emplace_back();
    module.name = in.take(size, "required module name");
    module.uuid.hi = in.u64("required module uuid");
    module.uuid.lo = in.u64("required module uuid");
    if (wide_build_ids) module.build_id_hi = in.u64("required module build id");
    module.build_id_lo = in.u64("required module build id");
  }
  return list;
}

void read_lists(bytes::ByteReader& in, const Layout& layout, CacheFile& file) {
  file.worklist = read_worklist(in);
  const uint64_t total = in.u64("size of the dependency block");
  bytes::ByteReader block = in.sub(total, "dependency block");
  file.dependencies = read_dependencies(block, layout, file.worklist.size());
  file.preferences = read_preferences(block, layout.preferences);
  file.srctextpos = block.u64("srctextpos");
  if (!block.at_end())
    block.fail(ErrorKind::bad_length,
               fmt::format("the dependency block has {} bytes too many", block.remaining()), block.offset());
  file.required_modules = read_required_modules(in, layout.wide_build_ids);
  if (layout.has_clone_targets()) file.clone_targets = in.counted("clone targets");
  file.header_end = in.offset();
}

void write_lists(bytes::ByteWriter& out, const CacheFile& file) {
  const Layout& layout = *file.layout;
  write_worklist(out, file.worklist);
  const uint64_t total_at = out.size();
  out.u64(0);
  write_dependencies(out, layout, file.dependencies);
  write_preferences(out, layout.preferences, file.preferences);
  out.u64(file.srctextpos);
  out.patch_u64(total_at, out.size() - total_at - sizeof(uint64_t));
  write_required_modules(out, layout.wide_build_ids, file.required_modules);
  if (layout.has_clone_targets()) out.counted(file.clone_targets);
}

}  // namespace jireloc::format
