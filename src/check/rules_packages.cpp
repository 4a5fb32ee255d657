// Rules about other packages: required modules, and names that stand for them.
#include <fmt/format.h>

#include <algorithm>

#include "check/environments.hpp"
#include "check/image_graph.hpp"
#include "check/standard_libraries.hpp"
#include "check/subject.hpp"

namespace jireloc::check {
namespace {

bool same_build(const RequiredModule& a, const RequiredModule& b) noexcept {
  return a.build_id_hi == b.build_id_hi && a.build_id_lo == b.build_id_lo;
}

// The part of the rule that needs the modules of a system image; true if the module was judged by it. Images
// of another build differ in all of them: the first is said, the others are counted.
bool judge_loaded(Subject& subject, const RequiredModule& required, const ModuleId& id, int& others) {
  const auto& loaded = subject.context.expected.system_modules;
  const auto found = loaded.find(id);
  if (found == loaded.end()) return false;
  if (same_build(found->second, required) || ++others > 1) return true;
  const bool other_julia = id.name == "Core" && subject.version >= JuliaVersion::parse("1.11.0-DEV");
  subject.reject(other_julia ? Code::wrong_julia_version : Code::wrong_dep_version_loaded,
                 fmt::format("it needs {} with build id {}, this Julia's has {}", id.name,
                             build_text(required), build_text(found->second)),
                 {}, fix::CompileAgain{"it was compiled with another build of Julia"});
  return true;
}

// locate_package looks for a file of that name in the standard library's folder, and the system calls throw
// on it.
bool makes_julia_throw(const std::string& name) {
  constexpr size_t longest = 255 - 3;  // of a file name, without ".jl"
  return name.find('\0') != std::string::npos || name.size() > longest;
}

// Whether locate_package would find a required module that is not loaded; nothing where that can't be told.
std::optional<bool> source_is_found(const Subject& subject, const ModuleId& id, bool asked_for) {
  const CheckContext& context = subject.context;
  if (is_standard_library(id.name)) return true;
  const auto located = locate_source(id, subject.version, context);
  if (located) return !located->empty();
  // Without a UUID only the modules of a system image are required, some of them leftovers of its making.
  if (id.uuid.is_nil() || context.system_modules.contains(id)) {
    return context.expected.system_modules.empty() ? std::optional<bool>() : false;
  }
  return asked_for ? std::optional<bool>(false) : std::nullopt;
}

bool has_manifest(const CheckContext& context) {
  return context.load_path &&
         std::any_of(context.load_path->environments.begin(), context.load_path->environments.end(),
                     [](const Environment& environment) { return environment.manifest.has_value(); });
}

}  // namespace

void check_required_modules(Subject& subject) {
  const CheckContext& context = subject.context;
  // An image that the environment does not ask for needs no package of it either.
  const bool asked_for =
      has_manifest(context) && locate_source(subject.report.module, subject.version, context).has_value();
  int others = 0;
  for (const RequiredModule& required : subject.file.required_modules) {
    const ModuleId id{required.name, required.uuid};
    if (judge_loaded(subject, required, id, others)) continue;
    if (makes_julia_throw(id.name)) {
      subject.reject(Code::dep_missing_source,
                     "the name of a module that it needs is none, on which Julia throws", {},
                     fix::CompileAgain{"the file is damaged", true});
      subject.throws = true;
      return;
    }
    if (source_is_found(subject, id, asked_for).value_or(true)) continue;
    subject.reject(
        Code::dep_missing_source,
        fmt::format("the source of {} [{}], which it needs, was not found", id.name, id.uuid.text()), {},
        fix::ChangeEnvironment{
            fmt::format("install {}, or name the depot and project that have it", id.name)});
  }
}

namespace {

// A name that stands for another package now, and how often the image asks for it: each submodule that says
// `using` has an entry of its own.
struct ChangedName {
  const WorklistModule* from;
  std::string name;
  Uuid recorded;
  std::optional<Uuid> now;
  int count = 1;
  bool is_same(const ChangedName& other) const {
    return from == other.from && name == other.name && recorded == other.recorded;
  }
};

std::vector<ChangedName> changed_names(const Subject& subject) {
  std::vector<ChangedName> changed;
  for (const Dependency& dependency : subject.file.dependencies) {
    if (!dependency.is_require() || dependency.module_index < 1) continue;
    const auto index = static_cast<size_t>(dependency.module_index);
    if (index > subject.file.worklist.size()) continue;
    const WorklistModule& from = subject.file.worklist[index - 1];
    const std::string name(dependency.require_name());
    const auto now = identify_package({from.name, from.uuid}, name, subject.version, subject.context);
    if (!now || *now == dependency.require_uuid()) continue;
    const ChangedName found{&from, name, dependency.require_uuid(), *now};
    const auto known = std::find_if(changed.begin(), changed.end(),
                                    [&](const ChangedName& other) { return other.is_same(found); });
    if (known == changed.end())
      changed.push_back(found);
    else
      ++known->count;
  }
  return changed;
}

}  // namespace

void check_requires(Subject& subject) {
  for (const ChangedName& changed : changed_names(subject)) {
    const std::string times = changed.count > 1 ? fmt::format(" ({} times)", changed.count) : "";
    subject.reject(
        Code::dep_uuid_changed,
        fmt::format("{} in {} stood for {} and stands for {} now{}", changed.name, changed.from->name,
                    changed.recorded.text(), changed.now ? changed.now->text() : "nothing", times),
        {}, fix::CompileAgain{"another package goes by that name now"});
  }
}

}  // namespace jireloc::check
