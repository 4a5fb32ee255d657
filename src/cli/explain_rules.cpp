// The rules of stale_cachefile as people call them, and Julia's words for those who fall at them
// (base/loading.jl: stale_cachefile, any_includes_stale, _require_search_from_serialized).
#include <algorithm>

#include "cli/explain.hpp"

namespace jireloc::cli {
namespace {

struct Step {
  std::string_view rule, since;
};

constexpr Step kSteps[] = {
    {"header", ""},
    {"worklist", "1.8.0-rc2"},
    {"flags", "1.9.0-DEV"},
    {"syntax version", "1.14.0-DEV"},
    {"native code", "1.9.0-DEV"},
    {"package", ""},
    {"required modules", ""},
    {"entry file", ""},
    {"names of packages", ""},
    {"files", ""},
    {"checksum", ""},
    {"native code's checksum", "1.9.0-DEV"},
    {"preferences", "1.6.0-DEV"},
    {"images of what it needs", ""},
};

struct Words {
  std::string_view code, rule, says;
};

constexpr Words kWords[] = {
    {"incompatible header", "header",
     "Rejecting cache file ... due to it containing an incompatible cache header"},
    {"empty worklist", "worklist", ""},
    {"mismatched flags", "flags", "Rejecting cache file ... since the flags are mismatched"},
    {"syntax version mismatch", "syntax version",
     "Rejecting cache file ... since it was parsed for a different Julia syntax version"},
    {"requires pkgimages", "native code",
     "Rejecting cache file ... since it would require usage of pkgimage"},
    {"target mismatch", "native code", "Unable to find compatible target in cached code image"},
    {"missing ocachefile", "native code", "Rejecting cache file ... since pkgimage ... was not found"},
    {"for different pkgid", "package", "Rejecting cache file ... since it is for ... instead"},
    {"dep missing source", "required modules", "Rejecting cache file ... because dependency ... not found."},
    {"wrong dep version loaded", "required modules",
     "Rejecting cache file ... because module ... is already loaded and incompatible."},
    {"wrong julia version", "required modules",
     "Rejecting cache file ... because it was made with a different julia version"},
    {"wrong source", "entry file", "Rejecting cache file ... because it is for file ... not file ..."},
    {"dep uuid changed", "names of packages",
     "Rejecting cache file ... because uuid mapping for ... => ... has changed"},
    {"missing sourcefile", "files", "Rejecting stale cache file ... because file ... does not exist"},
    {"nonresolveable depot", "files",
     "Rejecting stale cache file ... because its depot could not be resolved"},
    {"source mtime change", "files",
     "Rejecting stale cache file ... (mtime ...) because file ... (mtime ...) has changed"},
    {"include_dependency mtime change", "files",
     "Rejecting stale cache file ... because mtime of include_dependency ... has changed"},
    {"include_dependency fsize change", "files",
     "Rejecting stale cache file ... because file size of ... has changed"},
    {"include_dependency fhash change", "files",
     "Rejecting stale cache file ... because hash of ... has changed"},
    {"invalid checksum", "checksum", "Rejecting cache file ... because it has an invalid checksum"},
    {"ocachefile invalid checksum", "native code's checksum",
     "Rejecting cache file ... because ... has an invalid checksum"},
    {"preferences hash mismatch", "preferences",
     "Rejecting cache file ... because preferences hash does not match"},
    {"dep image missing", "images of what it needs",
     "Rejecting cache file ... because required dependency ... is missing from the cache."},
    {"wrong dep buildid", "images of what it needs",
     "Rejecting cache file ... because required dependency ... is missing from the cache."},
    {"dep stale", "images of what it needs",
     "Rejecting cache file ... because required dependency ... is missing from the cache."},
};

// Where earlier Julias said it otherwise.
struct OldWords {
  std::string_view code, before, says;
};
constexpr OldWords kOldWords[] = {
    {"incompatible header", "1.6.0-DEV",
     "Rejecting cache file ... due to it containing an invalid cache header"},
    {"missing sourcefile", "1.9.0-beta1",
     "Rejecting stale cache file ... (mtime ...) because file ... (mtime ...) has changed"},
    {"include_dependency mtime change", "1.11.0-DEV",
     "Rejecting stale cache file ... (mtime ...) because file ... (mtime ...) has changed"},
    {"dep image missing", "1.9.0-DEV", "Required dependency ... failed to load from a cache file."},
    {"wrong dep buildid", "1.9.0-DEV", "Required dependency ... failed to load from a cache file."},
    {"dep stale", "1.9.0-DEV", "Required dependency ... failed to load from a cache file."},
};

const Words* words_for(std::string_view code) {
  const auto* found = std::find_if(std::begin(kWords), std::end(kWords),
                                   [&](const Words& words) { return words.code == code; });
  return found == std::end(kWords) ? nullptr : found;
}

}  // namespace

std::vector<std::string_view> rules_until(std::string_view code, const JuliaVersion& version) {
  const Words* words = words_for(code);
  std::vector<std::string_view> rules;
  for (const Step& step : kSteps) {
    const bool is_it = words != nullptr && step.rule == words->rule;
    if (!is_it && !step.since.empty() && version < JuliaVersion::parse(std::string(step.since))) continue;
    rules.push_back(step.rule);
    if (is_it) break;
  }
  return rules;
}

std::string_view words_of_julia(std::string_view code, const JuliaVersion& version) {
  for (const OldWords& old : kOldWords)
    if (old.code == code && version < JuliaVersion::parse(std::string(old.before))) return old.says;
  const Words* words = words_for(code);
  return words == nullptr ? std::string_view() : words->says;
}

}  // namespace jireloc::cli
