// The rules of stale_cachefile as people call them, and Julia's words for those who fall at them
// (base/loading.jl: stale_cachefile, any_includes_stale, _require_search_from_serialized).
#include "jireloc/candidates.hpp"

#include <algorithm>
#include <tuple>

#include "check/subject.hpp"

namespace jireloc {
namespace {

struct Words {
  Code code;
  std::string_view rule, says;
};

constexpr Words kWords[] = {
    {Code::incompatible_header, "header",
     "Rejecting cache file ... due to it containing an incompatible cache header"},
    {Code::empty_worklist, "worklist", ""},
    {Code::mismatched_flags, "flags", "Rejecting cache file ... since the flags are mismatched"},
    {Code::syntax_version_mismatch, "syntax version",
     "Rejecting cache file ... since it was parsed for a different Julia syntax version"},
    {Code::requires_pkgimages, "native code",
     "Rejecting cache file ... since it would require usage of pkgimage"},
    {Code::target_mismatch, "native code", "Unable to find compatible target in cached code image"},
    {Code::library_absent, "native code", "Rejecting cache file ... since pkgimage ... was not found"},
    {Code::for_different_pkgid, "package", "Rejecting cache file ... since it is for ... instead"},
    {Code::dep_missing_source, "required modules",
     "Rejecting cache file ... because dependency ... not found."},
    {Code::wrong_dep_version_loaded, "required modules",
     "Rejecting cache file ... because module ... is already loaded and incompatible."},
    {Code::wrong_julia_version, "required modules",
     "Rejecting cache file ... because it was made with a different julia version"},
    {Code::wrong_source, "entry file", "Rejecting cache file ... because it is for file ... not file ..."},
    {Code::dep_uuid_changed, "names of packages",
     "Rejecting cache file ... because uuid mapping for ... => ... has changed"},
    {Code::missing_sourcefile, "files", "Rejecting stale cache file ... because file ... does not exist"},
    {Code::nonresolveable_depot, "files",
     "Rejecting stale cache file ... because its depot could not be resolved"},
    {Code::source_mtime_change, "files",
     "Rejecting stale cache file ... (mtime ...) because file ... (mtime ...) has changed"},
    {Code::include_dependency_mtime_change, "files",
     "Rejecting stale cache file ... because mtime of include_dependency ... has changed"},
    {Code::include_dependency_fsize_change, "files",
     "Rejecting stale cache file ... because file size of ... has changed"},
    {Code::include_dependency_fhash_change, "files",
     "Rejecting stale cache file ... because hash of ... has changed"},
    {Code::bad_file_checksum, "checksum", "Rejecting cache file ... because it has an invalid checksum"},
    {Code::bad_library_checksum, "native code's checksum",
     "Rejecting cache file ... because ... has an invalid checksum"},
    {Code::preferences_hash_mismatch, "preferences",
     "Rejecting cache file ... because preferences hash does not match"},
    {Code::dependency_missing, "images of what it needs",
     "Rejecting cache file ... because required dependency ... is missing from the cache."},
    {Code::dependency_wrong_build, "images of what it needs",
     "Rejecting cache file ... because required dependency ... is missing from the cache."},
    {Code::dependency_stale, "images of what it needs",
     "Rejecting cache file ... because required dependency ... is missing from the cache."},
};

// Where earlier Julias said it otherwise.
struct OldWords {
  Code code;
  std::string_view before, says;
};
constexpr OldWords kOldWords[] = {
    {Code::incompatible_header, "1.6.0-DEV",
     "Rejecting cache file ... due to it containing an invalid cache header"},
    {Code::missing_sourcefile, "1.9.0-beta1",
     "Rejecting stale cache file ... (mtime ...) because file ... (mtime ...) has changed"},
    {Code::include_dependency_mtime_change, "1.11.0-DEV",
     "Rejecting stale cache file ... (mtime ...) because file ... (mtime ...) has changed"},
    {Code::dependency_missing, "1.9.0-DEV", "Required dependency ... failed to load from a cache file."},
    {Code::dependency_wrong_build, "1.9.0-DEV", "Required dependency ... failed to load from a cache file."},
    {Code::dependency_stale, "1.9.0-DEV", "Required dependency ... failed to load from a cache file."},
};

const Words* words_for(Code code) {
  const auto* found = std::find_if(std::begin(kWords), std::end(kWords),
                                   [&](const Words& words) { return words.code == code; });
  return found == std::end(kWords) ? nullptr : found;
}

}  // namespace

bool is_tried_before(const JuliaVersion& version, const CandidateFile& a, const CandidateFile& b) {
  if (version < JuliaVersion{1, 6, 0, ""})
    return std::tie(a.depot, a.recorded) < std::tie(b.depot, b.recorded);
  if (version >= JuliaVersion{1, 11, 0, ""} && a.has_native_code != b.has_native_code)
    return a.has_native_code;
  return a.mtime > b.mtime;
}

std::vector<std::string_view> rules_until(Code code, const JuliaVersion& version) {
  std::vector<std::string_view> rules = check::rule_names(version);
  rules.emplace_back("images of what it needs");
  const Words* words = words_for(code);
  const auto fell = words == nullptr ? rules.end() : std::find(rules.begin(), rules.end(), words->rule);
  if (fell != rules.end()) rules.erase(fell + 1, rules.end());
  return rules;
}

std::string_view words_of_julia(Code code, const JuliaVersion& version) {
  for (const OldWords& old : kOldWords)
    if (old.code == code && version < JuliaVersion::parse(std::string(old.before))) return old.says;
  const Words* words = words_for(code);
  return words == nullptr ? std::string_view() : words->says;
}

}  // namespace jireloc
