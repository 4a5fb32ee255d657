// One image under judgement, and what the rules share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "check/version_range.hpp"
#include "jireloc/check.hpp"

namespace jireloc::check {

// A file of the dependency list with its place in this session's depots.
struct Include {
  const Dependency* dependency = nullptr;
  std::string path;                       // as stale_cachefile sees it: @depot resolved where it can be
  bool is_source = false;                 // has a stored text: was include()d
  std::optional<FileStatus> status = {};  // once it was asked for
};

struct Subject {
  const CacheFile& file;
  const ByteSource& source;
  const std::string& image_path;
  const CheckContext& context;
  JuliaVersion version;  // of the Julia whose rules hold
  ImageReport& report;
  std::vector<Include> includes;
  std::optional<Error> tail_problem;
  // Julia throws at this point instead of rejecting; what it rejected before keeps its place.
  bool throws = false;
  // Of the last map that would mend something, see set_map in mend.cpp.
  struct {
    std::string from, to, problem;
    bool other_times = false;
  } judged_map = {};

  void reject(Code code, std::string message, std::string path = {}, Fix fix = fix::CompileAgain{});
  // What could not be looked at.
  void leave_open(const Error& problem);
  void note(std::string sentence) { report.notes.push_back(std::move(sentence)); }
  std::string actual(const std::string& path) const { return context.view->actual(path); }
  // Throws Error (io) where it cannot be told.
  FileStatus status(const std::string& path) const { return context.view->known_status(path); }
  const FileStatus& status(Include& include) const {
    if (!include.status) include.status = status(include.path);
    return *include.status;
  }
  // Null where the image has none, or where it is no file.
  std::shared_ptr<const ByteSource> open_library() const {
    const std::string& path = report.native_library;
    if (context.library != nullptr && !path.empty()) return {std::shared_ptr<void>(), context.library};
    return !path.empty() && status(path).is_file() ? open_file(actual(path)) : nullptr;
  }
};

// Julia's fixup_stdlib_path: the path below this session's Sys.STDLIB of a standard library's file recorded
// on the machine that built Julia. Empty where it is none or STDLIB is not known.
std::string fixup_stdlib_path(const std::string& path, const std::string& stdlib);

// Resolves "@depot" in all files of the list (parse_cache_header, ji-format 5.2).
std::vector<Include> resolve_includes(const CacheFile& file, const CheckContext& context);

// A read-only file below a depot's packages/ that Julia 1.14 takes for unchanged once its size is the
// recorded one (any_includes_stale).
bool is_trusted_unread(const Subject& subject, const std::string& path);

// What each version tolerates between a file's mtime and the recorded one (ji-format 6.2).
bool mtime_accepted(double file_time, double recorded, const JuliaVersion& version);

// Seconds as Julia prints them, enough digits to tell two apart.
std::string seconds(double value);

// True where the parser of that Julia throws on this header (base/loading.jl: parse_cache_header), false
// where it gets through, with whatever values.
bool julia_throws_on_header(const ByteSource& source, const Layout& layout);
// The first bytes up to and with the commit, as a Julia of that prefix writes them, up to what all images of
// it have in common.
std::string prefix_bytes(const Prefix& prefix);

// The first field in which the prefix of a file that could not be read differs from the expected one, as a
// sentence; empty where none is known to differ.
std::string describe_other_prefix(const ByteSource& source, const Prefix& want);

// The rules, in the order of stale_cachefile.
void check_prefix(Subject& subject);
void check_worklist(Subject& subject);
void check_flags(Subject& subject);
void check_syntax_version(Subject& subject);
void check_pkgimages_wanted(Subject& subject);
void check_clone_targets(Subject& subject);
void check_native_library(Subject& subject);
void check_package_id(Subject& subject);
void check_required_modules(Subject& subject);
void check_entry_file(Subject& subject);
void check_requires(Subject& subject);
void check_mtimes_only(Subject& subject);
void check_existence_and_mtimes(Subject& subject);
void check_tracked_content(Subject& subject);
void check_file_checksum(Subject& subject);
void check_library_checksum(Subject& subject);
void check_preferences_hash(Subject& subject);
void check_preferences_blob(Subject& subject);

// What those of a version are called, in their order; several in a row with one name are one.
std::vector<std::string_view> rule_names(const JuliaVersion& version);

// Beyond Julia: fills report.findings.
void compare_contents(Subject& subject);
void find_old_paths(Subject& subject);
void find_broken_aliases(Subject& subject);

// What would mend a file with another mtime, one that is elsewhere, and an image made for another place.
void mend_mtime(Subject& subject, Reason& reason, const Include& include);
void mend_missing(Subject& subject, Reason& reason, const Include& include);
void mend_place(Subject& subject, Reason& reason, const std::string& recorded, const std::string& located);

}  // namespace jireloc::check
