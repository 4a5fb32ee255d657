#include "cli/reasons.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace jireloc::cli {
namespace {

// In `words`, {} is the option; in the option of limits, which one.
struct OptionWords {
  Setting setting;
  std::string_view option, words;
};

constexpr OptionWords kOptionWords[] = {
    {Setting::none, "", ""},
    {Setting::alias, "--payload-alias=auto", "use an alias ({})"},
    {Setting::alias_folder, "--alias-dir", "{} names one"},
    {Setting::break_links, "--break-links", "or say {}"},
    {Setting::build_scripts, "--allow-build-scripts", "{} keeps it"},
    {Setting::depots, "--depot", "{}, JULIA_DEPOT_PATH"},
    {Setting::experimental, "--experimental", "{} rewrites it all the same"},
    {Setting::header_or_experimental, "--experimental",
     "{} rewrites it all the same, --payload=header-only its header"},
    {Setting::limit, "--limit {}=N", "{} allows more"},
    {Setting::map, "--map", "name such places with {}"},
    {Setting::maximal_size, "--max-size", "see {}"},
    {Setting::package_limits, "--max-package-size and --max-package-files", "{} allow more"},
    {Setting::pkgimages, "--pkgimages=no", "start Julia without {}"},
    {Setting::stays_or_moved, "--keep-path",
     "put it there, or say that it stays ({}) or has moved (--moved-path)"},
    {Setting::user, "--user", "as {} does"},
};

const OptionWords& words_of(Setting setting) {
  return *std::find_if(std::begin(kOptionWords), std::end(kOptionWords),
                       [&](const OptionWords& each) { return each.setting == setting; });
}

std::string options_for(Setting setting, const std::string& value) {
  const OptionWords& words = words_of(setting);
  return fmt::format(fmt::runtime(words.words), fmt::format(fmt::runtime(words.option), value));
}

struct Speller {
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(const fix::Choose& choice) const {
    return options_for(choice.setting, choice.value);
  }
  std::string operator()(const fix::TakeFileTimes& times) const {
    return "jireloc rewrite --mtime files" + (times.proven_by.empty()
                                                  ? ", where its content is proven"
                                                  : fmt::format(" (proven by {})", times.proven_by));
  }
  std::string operator()(const fix::MapPaths& map) const {
    return fmt::format("jireloc rewrite --map {}={}{}{}", map.from, map.to,
                       map.file_times ? " --mtime files" : "", map.with_payload ? ", with the payload" : "");
  }
  std::string operator()(const fix::ChangeEnvironment& change) const {
    const std::string options = options_for(change.setting, {});
    return options.empty() ? change.how : fmt::format("{} ({})", change.how, options);
  }
  std::string operator()(const fix::RestoreFile& restore) const { return restore.how; }
  std::string operator()(const fix::CompileAgain& again) const { return again.why; }
};

}  // namespace

std::string_view option_for(Setting setting) {
  return words_of(setting).option;
}

std::string spelled(const Fix& fix) {
  return std::visit(Speller(), fix);
}

std::string sentence(const Reason& reason) {
  std::string text = reason.offset ? fmt::format("offset {}: ", *reason.offset) : "";
  text += reason.message;
  if (std::holds_alternative<fix::Choose>(reason.fix)) text += "; " + spelled(reason.fix);
  return text;
}

std::string map_argument(const fix::MapPaths& map) {
  std::string text;
  for (const char c : map.from) text.append(c == '=' ? "\\" : "").append(1, c);
  return text.append("=").append(map.to);
}

void append_reason(JsonWriter& json, const Reason& reason) {
  json.begin_object().field("code", name(reason.code));
  if (const auto julia = julia_code(reason.code); !julia.empty()) json.field("julia_code", julia);
  json.field("message", reason.message);
  if (!reason.path.empty()) json.path("path", reason.path);
  if (reason.offset) json.count("offset", *reason.offset);
  if (!std::holds_alternative<std::monostate>(reason.fix))
    json.field("mend", jireloc::name(reason.fix)).field("mend_text", spelled(reason.fix));
  json.end_object();
}

void append_reasons(JsonWriter& json, std::string_view key, const std::vector<Reason>& reasons) {
  json.key(key).begin_array();
  for (const Reason& reason : reasons) append_reason(json, reason);
  json.end_array();
}

std::string code_table() {
  std::string table = "| code | meaning | Julia records |\n|---|---|---|\n";
  for (const Code code : codes())
    if (code != Code::none)
      table += fmt::format("| `{}` | {} | {} |\n", name(code), meaning(code), julia_code(code));
  return table;
}

}  // namespace jireloc::cli
