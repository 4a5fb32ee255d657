#include "cli/reasons.hpp"

#include <fmt/format.h>

namespace jireloc::cli {
namespace {

std::string options_for(Setting setting, const std::string& value) {
  switch (setting) {
    case Setting::none:
      return {};
    case Setting::alias:
      return "use an alias (--payload-alias=auto)";
    case Setting::alias_folder:
      return "--alias-dir names one";
    case Setting::break_links:
      return "or say --break-links";
    case Setting::build_scripts:
      return "--allow-build-scripts keeps it";
    case Setting::depots:
      return "--depot, JULIA_DEPOT_PATH";
    case Setting::experimental:
      return "--experimental rewrites it all the same";
    case Setting::header_or_experimental:
      return "--experimental rewrites it all the same, --payload=header-only its header";
    case Setting::limit:
      return fmt::format("--limit {}=N allows more", value);
    case Setting::map:
      return "name such places with --map";
    case Setting::maximal_size:
      return "see --max-size";
    case Setting::package_limits:
      return "--max-package-size and --max-package-files allow more";
    case Setting::pkgimages:
      return "start Julia without --pkgimages=no";
    case Setting::stays_or_moved:
      return "put it there, or say that it stays (--keep-path) or has moved (--moved-path)";
    case Setting::user:
      return "as --user does";
  }
  return {};
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
