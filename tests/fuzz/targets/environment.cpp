// Project, Manifest and preferences files, and the TOML beneath them.
#include "jireloc/environment.hpp"

#include "fuzz/targets.hpp"
#include "jireloc/error.hpp"

namespace jireloc::fuzz {
namespace {

bool has_nan(const TomlValue& value) {
  if (const auto* number = std::get_if<double>(&value.value)) return *number != *number;
  if (const auto* array = std::get_if<TomlArray>(&value.value)) {
    for (const TomlValue& element : *array)
      if (has_nan(element)) return true;
  }
  if (const auto* table = std::get_if<TomlTable>(&value.value)) {
    for (const auto& [name, element] : *table)
      if (has_nan(element)) return true;
  }
  return false;
}

void check_toml(std::string_view text) {
  const TomlTable table = parse_toml(text, "input");
  const TomlValue value{table};
  if (has_nan(value)) return;
  require(value == value, "a value equals itself");
  TomlTable again;
  try {
    again = parse_toml("x = " + value.text(), "written");
  } catch (const Error& error) {
    // One level more than the text had may be one too many.
    require(error.kind() == ErrorKind::too_large, "what is written as TOML is TOML: " + error.message());
    return;
  }
  require(again.at("x") == value, "what is written as TOML is read as the same value");
  require(TomlValue{merge_preferences(table, {})} == value, "merging nothing over preferences keeps them");
}

void check_manifest(std::string_view text) {
  const Manifest manifest = parse_manifest(text, "/e/Manifest.toml");
  for (const ManifestEntry& entry : manifest.entries) {
    require(manifest.find(entry.uuid) != nullptr, "an entry is found by its UUID");
    for (const auto& [name, uuid] : entry.deps) manifest.dependency(entry.uuid, name);
  }
}

template <typename Read>
void ignoring_errors(Read read) {
  try {
    read();
  } catch (const Error& error) {
    require(!error.message().empty(), "an error has a sentence");
  }
}

}  // namespace

void environment(std::string_view data) {
  ignoring_errors([&] { check_toml(data); });
  ignoring_errors([&] { check_manifest(data); });
  ignoring_errors([&] { parse_project(data, "/e/Project.toml"); });
}

}  // namespace jireloc::fuzz
