// The rule about compile-time preferences: a hash up to 1.12, the observed values themselves from 1.13 on.
#include <fmt/format.h>

#include "check/environments.hpp"
#include "check/julia_hash.hpp"
#include "check/subject.hpp"
#include "jireloc/disproof.hpp"
#include "jireloc/error.hpp"

namespace jireloc::check {
namespace {

constexpr uint64_t early_start = 0x6e65726566657250;  // "Preferen": 1.6.0-DEV.1346 to 1.6.0-beta1

// get_uuid_name: the name under which the environment's project knows a package.
std::optional<std::string> name_in(const ProjectFile& project, const Uuid& uuid) {
  if (project.uuid == uuid) return project.name;
  for (const auto* names : {&project.deps, &project.weakdeps, &project.extras}) {
    for (const auto& [name, known] : *names) {
      if (known == uuid) return name;
    }
  }
  return std::nullopt;
}

// collect_preferences.
TomlTable preferences_in(const Environment& environment, const Uuid& uuid) {
  require_readable(environment);
  if (!environment.project) return {};
  const auto name = name_in(*environment.project, uuid);
  const auto found = name ? environment.preferences.find(*name) : environment.preferences.end();
  if (found == environment.preferences.end()) return {};
  const auto* table = std::get_if<TomlTable>(&found->second.value);
  return table == nullptr ? TomlTable() : *table;
}

// get_preferences: those of the first environment win; of it alone the workspaces above count too (1.12 and
// later), each less than what it holds.
TomlTable preferences_of(const LoadPath& load_path, const Uuid& uuid) {
  TomlTable merged;
  const auto& environments = load_path.environments;
  for (auto environment = environments.rbegin(); environment != environments.rend(); ++environment) {
    if (&*environment == &environments.front()) {
      for (auto root = environment->workspaces.rbegin(); root != environment->workspaces.rend(); ++root)
        merged = merge_preferences(std::move(merged), preferences_in(*root, uuid));
    }
    merged = merge_preferences(std::move(merged), preferences_in(*environment, uuid));
  }
  return merged;
}

struct Hashed {
  uint64_t value = 0;
  std::optional<std::string> unknown;  // a preference of a type whose hash only Julia computes
};

Hashed hash_of(const std::vector<std::string>& names, const TomlTable& now, uint64_t start) {
  Hashed result{start, {}};
  for (const std::string& name : names) {
    const auto found = now.find(name);
    if (found == now.end()) continue;
    const auto next = hash_value(found->second, result.value);
    if (!next) return {0, name};
    result.value = *next;
  }
  return result;
}

// Names, and which of them are not set: values may come from a file of somebody else's, behind a symbolic
// link.
std::string listing(const std::vector<std::string>& names, const TomlTable& now) {
  std::string text;
  for (const std::string& name : names)
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", name, now.contains(name) ? "" : " (not set)");
  return text.empty() ? "(none)" : text;
}

// 1.6.0, 1.6.1 and the development of 1.7: get_preferences_hash asserts that values are strings.
bool only_strings(const JuliaVersion& version) {
  return (version >= JuliaVersion::parse("1.6.0-DEV") && version < JuliaVersion{1, 6, 2, ""}) ||
         (version >= JuliaVersion::parse("1.7.0-DEV") && version < JuliaVersion{1, 7, 0, "rc1"});
}

bool throws_on_type(const std::vector<std::string>& names, const TomlTable& now) {
  for (const std::string& name : names) {
    const auto found = now.find(name);
    if (found != now.end() && !std::holds_alternative<std::string>(found->second.value)) return true;
  }
  return false;
}

void reject_changed(Subject& subject, std::string message) {
  subject.reject(
      Code::preferences_hash_mismatch, std::move(message), {},
      fix::ChangeEnvironment{"give the package the preferences it was compiled with, or compile it again"});
}

void check_observed(Subject& subject, const LoadPath& load_path, const Uuid& uuid,
                    const TomlTable& observed) {
  const TomlTable now = preferences_of(load_path, uuid);
  for (const auto& [key, value] : observed) {
    const auto found = now.find(key);
    if (found != now.end() && found->second == value) continue;
    reject_changed(subject, fmt::format("the preference {} of {} was {} and is {}", key, uuid.text(),
                                        value.text(), found == now.end() ? "not set" : "another now"));
  }
}

void check_unset(Subject& subject, const LoadPath& load_path, const Uuid& uuid, const TomlArray& keys) {
  const TomlTable now = preferences_of(load_path, uuid);
  for (const TomlValue& item : keys) {
    const auto* key = std::get_if<std::string>(&item.value);
    if (key == nullptr || !now.contains(*key)) continue;
    reject_changed(subject, fmt::format("the preference {} of {} was not set and is set", *key, uuid.text()));
  }
}

Uuid uuid_of(const std::string& text) {
  const auto uuid = Uuid::parse(text);
  if (!uuid) throw Error(ErrorKind::bad_value, fmt::format("\"{}\" is no UUID", text));
  return *uuid;
}

// stale_prefs.
void compare_blob(Subject& subject, const LoadPath& load_path) {
  const TomlTable blob = parse_toml(subject.file.preferences.blob, "preferences", kProjectLimits);
  for (const auto& [uuid, observed] : blob) {
    const auto* table = std::get_if<TomlTable>(&observed.value);
    if (table == nullptr)
      throw Error(ErrorKind::bad_value, "a preference stands outside any package's table");
    if (uuid != "unset") {
      check_observed(subject, load_path, uuid_of(uuid), *table);
      continue;
    }
    for (const auto& [package, keys] : *table) {
      if (const auto* list = std::get_if<TomlArray>(&keys.value)) {
        check_unset(subject, load_path, uuid_of(package), *list);
      }
    }
  }
}

}  // namespace

void check_preferences_hash(Subject& subject) {
  const Preferences& recorded = subject.file.preferences;
  if (subject.file.layout->preferences != PreferencesForm::list || recorded.names.empty()) return;
  const auto& load_path = subject.context.load_path;
  if (!load_path) {
    subject.note(fmt::format("the preferences {} are not compared: no environment is given",
                             fmt::join(recorded.names, ", ")));
    return;
  }
  const TomlTable now = preferences_of(*load_path, subject.report.module.uuid);
  if (only_strings(subject.version) && throws_on_type(recorded.names, now)) {
    reject_changed(subject, fmt::format("Julia {} throws on a preference that is no text: {}",
                                        subject.file.prefix.version, listing(recorded.names, now)));
    subject.throws = true;
    return;
  }
  // From 1.13 on Base.hash is another function.
  const bool computable = subject.version < JuliaVersion::parse("1.13.0-DEV");
  const Hashed hashed = hash_of(recorded.names, now, 0);
  if (!computable || hashed.unknown) {
    subject.note(fmt::format("only Julia can compare the hash of these preferences: {}",
                             listing(recorded.names, now)));
    return;
  }
  if (hashed.value == recorded.hash) return;
  const bool early = subject.version < JuliaVersion{1, 6, 0, "rc1"};
  if (early && hash_of(recorded.names, now, early_start).value == recorded.hash) return;
  reject_changed(subject,
                 fmt::format("the hash of its preferences is not {:016x}, which is recorded; they are: {}",
                             recorded.hash, listing(recorded.names, now)));
}

void check_preferences_blob(Subject& subject) {
  const Preferences& recorded = subject.file.preferences;
  if (subject.file.layout->preferences != PreferencesForm::blob || recorded.blob.empty()) return;
  if (!subject.context.load_path) {
    subject.note("its observed preferences are not compared: no environment is given");
    return;
  }
  try {
    compare_blob(subject, *subject.context.load_path);
  } catch (const Error& problem) {
    if (!is_disproof(problem.kind())) throw;
    reject_changed(subject,
                   "its recorded preferences cannot be read, on which Julia throws: " + problem.message());
    subject.throws = true;
  }
}

}  // namespace jireloc::check
