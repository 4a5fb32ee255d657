#include "jireloc/reason.hpp"

#include <array>

#include "base/inline_text.hpp"

namespace jireloc {
namespace {

struct Row {
  Code code;
  InlineText<32> name;
  InlineText<72> meaning;
  InlineText<40> julia = {};
};

constexpr Row kRows[] = {
    {Code::none, "none", "nothing is wrong"},
    {Code::io, "io", "a system call failed; the message names it"},
    {Code::not_a_cache_file, "not-a-cache-file", "the file does not begin as a cache file does"},
    {Code::empty_file, "empty-file", "the file has no bytes: Julia's touch leaves such beside a removal"},
    {Code::truncated, "truncated", "the file ends before what it promises"},
    {Code::bad_length, "bad-length", "a recorded length is negative or contradicts another field"},
    {Code::bad_offset, "bad-offset", "a recorded position points outside the file or to the wrong place"},
    {Code::bad_value, "bad-value", "a field holds a value that no Julia writes"},
    {Code::foreign_byte_order, "foreign-byte-order", "written on a machine of the other byte order"},
    {Code::unknown_format, "unknown-format", "a format that this version of jireloc does not know"},
    {Code::no_layout_fits, "no-layout-fits", "a known format, but no layout of it fits"},
    {Code::bad_checksum, "bad-checksum", "what jireloc itself wrote does not have its checksum"},
    {Code::unsupported, "unsupported", "understood, but not done; the message says what to do instead"},
    {Code::too_large, "too-large", "a limit is exceeded"},
    {Code::conflict, "conflict", "something else is at the target, or was changed meanwhile"},
    {Code::interrupted, "interrupted", "a signal asked to stop"},
    {Code::usage, "usage", "what was asked for contradicts itself"},
    {Code::bad_file_checksum, "bad-file-checksum", "the cache file is damaged: its checksum does not hold",
     "invalid checksum"},
    {Code::bad_payload_checksum, "bad-payload-checksum",
     "the payload is damaged: its checksum does not hold"},
    {Code::bad_library_checksum, "bad-library-checksum",
     "the native library beside the image is damaged, or was changed", "ocachefile invalid checksum"},
    {Code::library_absent, "library-absent", "the native library beside the image is not there",
     "missing ocachefile"},
    {Code::library_mismatch, "library-mismatch", "the native library is that of another image"},
    {Code::library_refused, "library-refused", "the native library cannot be looked into or changed"},
    {Code::incompatible_header, "incompatible-header", "another Julia made it, or it is damaged",
     "incompatible header"},
    {Code::empty_worklist, "empty-worklist", "it holds no module"},
    {Code::mismatched_flags, "mismatched-flags", "compiled with other options of Julia", "mismatched flags"},
    {Code::syntax_version_mismatch, "syntax-version-mismatch",
     "compiled for another version of Julia's syntax"},
    {Code::requires_pkgimages, "requires-pkgimages", "native code, which the session has switched off",
     "requires pkgimages"},
    {Code::target_mismatch, "target-mismatch", "compiled for other processors", "target mismatch"},
    {Code::for_different_pkgid, "for-different-pkgid", "it has the name of another package's image",
     "for different pkgid"},
    {Code::dep_missing_source, "dep-missing-source", "the source of a package that it needs was not found",
     "dep missing source"},
    {Code::wrong_dep_version_loaded, "wrong-dep-version-loaded", "compiled with another build of Julia",
     "wrong dep version loaded"},
    {Code::wrong_julia_version, "wrong-julia-version", "compiled with another build of Julia",
     "wrong julia version"},
    {Code::wrong_source, "wrong-source", "compiled from another place than where Julia finds the package now",
     "wrong source"},
    {Code::dep_uuid_changed, "dep-uuid-changed", "a name in its code stands for another package now",
     "dep uuid changed"},
    {Code::missing_sourcefile, "missing-sourcefile", "a file that it was compiled from is gone",
     "missing sourcefile"},
    {Code::nonresolveable_depot, "nonresolveable-depot", "no depot holds a file that it was compiled from",
     "nonresolveable depot"},
    {Code::source_mtime_change, "source-mtime-change", "a source has another time than when it was compiled"},
    {Code::include_dependency_mtime_change, "include-dependency-mtime-change",
     "a file that it depends on has another time", "include_dependency mtime change"},
    {Code::include_dependency_fsize_change, "include-dependency-fsize-change",
     "a file that it was compiled from has changed", "include_dependency fsize change"},
    {Code::include_dependency_fhash_change, "include-dependency-fhash-change",
     "a file that it was compiled from has changed", "include_dependency fhash change"},
    {Code::preferences_hash_mismatch, "preferences-hash-mismatch", "compiled with other preferences",
     "preferences hash mismatch"},
    {Code::source_content_changed, "source-content-changed",
     "Julia takes it, but a source is not the one that was compiled"},
    {Code::modified_tree, "modified-tree", "the folder was changed after its installation"},
    {Code::old_paths_in_payload, "old-paths-in-payload",
     "Julia takes it, but its code opens files at an old place"},
    {Code::constant_names_nothing, "constant-names-nothing",
     "Julia takes it, but its code names files that are not there"},
    {Code::alias_broken, "alias-broken", "code goes through a link that leads elsewhere"},
    {Code::dependency_missing, "dependency-missing", "there is no image of a package that it needs"},
    {Code::dependency_wrong_build, "dependency-wrong-build",
     "it needs another build of a package than there is"},
    {Code::dependency_stale, "dependency-stale", "the image of a package that it needs does not load"},
    {Code::dependency_unknown, "dependency-unknown", "whether what it needs is there could not be looked at"},
    {Code::dependency_dropped, "dependency-dropped", "an image that it needs is not cached"},
    {Code::dependency_grown, "dependency-grown", "an image that it needs has a new build id"},
    {Code::dependent_outside, "dependent-outside", "an image that is not given asks for the old build id"},
    {Code::compressed, "compressed", "its code is compressed, and cannot be packed again where it lies"},
    {Code::bad_sections, "bad-sections", "the parts of its payload cannot be told apart"},
    {Code::too_long, "too-long", "the new path has no room in its code"},
    {Code::not_enough_padding, "not-enough-padding", "the checksum of its code cannot be kept"},
    {Code::cannot_grow, "cannot-grow", "a text in its code would have to grow, and cannot"},
    {Code::substring, "substring", "a part of a text that would have to grow is used by itself"},
    {Code::code_not_droppable, "code-not-droppable",
     "code that may have folded an old length cannot be dropped"},
    {Code::residue, "residue", "its code will still name the old place"},
    {Code::not_looked_into, "not-looked-into", "a part was not looked into"},
    {Code::unproven, "unproven", "a source cannot be proven to be the one that was compiled"},
    {Code::unproven_absent, "unproven-absent", "a source is not at its new place, so nothing proves it"},
    {Code::source_unknown, "source-unknown", "a source could not be looked at"},
    {Code::ambiguous_depot, "ambiguous-depot", "it was compiled below several places"},
    {Code::experimental, "experimental", "of a kind that was never tried on a real image"},
    {Code::metadata, "metadata", "a time, owner or attribute could not be kept"},
    {Code::constant_would_break, "constant-would-break",
     "its code names files that would not be at the target"},
    {Code::constant_unknown, "constant-unknown", "whether its code finds what it names cannot be told"},
    {Code::constant_not_there_yet, "constant-not-there-yet",
     "what its code names is not at the new place yet"},
    {Code::stale, "stale", "Julia would not accept it at the target"},
    {Code::developed, "developed", "compiled from a checkout, not from an installed package"},
    {Code::outside_depots, "outside-depots", "a source lies outside of both depots"},
    {Code::package_dropped, "package-dropped", "its package is not cached"},
    {Code::package_unknown, "package-unknown", "its package could not be looked at"},
    {Code::target_unknown, "target-unknown", "whether the target has it could not be looked at"},
    {Code::unsound_at_target, "unsound-at-target", "the target has it, but not sound"},
    {Code::not_a_slug, "not-a-slug", "the folder's name is no version slug"},
    {Code::not_a_tree_hash, "not-a-tree-hash", "the folder's name is no git tree hash"},
    {Code::no_uuid, "no-uuid", "it has no project file with a UUID"},
    {Code::name_mismatch, "name-mismatch", "its project file has another name"},
    {Code::build_script, "build-script", "a deps/build.jl may have made files for this machine only"},
    {Code::untrusted_tree, "untrusted-tree", "in no trusted manifest or registry"},
    {Code::unreadable_tree, "unreadable-tree", "its tree cannot be hashed"},
    {Code::unreadable_project, "unreadable-project", "its project file cannot be read"},
    {Code::outside_tree, "outside-tree", "the tree hash does not speak of all that is in it"},
    {Code::four_letter_slug, "four-letter-slug", "an old, short folder name that is soon forged"},
    {Code::overlay_metacopy, "overlay-metacopy", "part of an overlay: the content lies in a layer below"},
    {Code::overlay_redirect, "overlay-redirect", "part of an overlay: the rest lies elsewhere below"},
    {Code::overlay_whiteout, "overlay-whiteout", "part of an overlay: it deletes what lies below"},
    {Code::overlay_part, "overlay-part", "part of an overlay: only what was changed"},
    {Code::unproven_scratchspace, "unproven-scratchspace", "nothing proves what a scratch space holds"},
    {Code::same_folder, "same-folder", "both depots have one and the same folder"},
    {Code::being_compiled, "being-compiled", "somebody compiles there"},
    {Code::in_progress, "in-progress", "it is young, and may be somebody's work in progress"},
    {Code::too_many, "too-many", "one of the oldest beyond the number that was asked for"},
    {Code::not_removed, "not-removed", "it stays in the source"},
    {Code::temporary, "temporary", "left behind by a run of jireloc that was killed"},
    {Code::temporary_of_julia, "temporary-of-julia", "left behind by a compilation that was killed"},
    {Code::symbolic_link, "symbolic-link", "a symbolic link where a folder belongs"},
    {Code::not_a_file, "not-a-file", "neither a file nor a folder"},
    {Code::orphan_library, "orphan-library", "a native library without its cache file"},
    {Code::pidfile, "pidfile", "the lock of a compilation that has ended"},
    {Code::object_cache, "object-cache", "a store of native objects that running Julias fill for themselves"},
    {Code::alias_made, "alias-made", "a link was made that images rest on"},
};

constexpr auto kCodes = [] {
  std::array<Code, std::size(kRows)> all{};
  for (size_t i = 0; i < all.size(); ++i) all[i] = kRows[i].code;
  return all;
}();
constexpr bool is_in_order() {
  for (size_t i = 0; i < std::size(kRows); ++i)
    if (kRows[i].code != static_cast<Code>(i)) return false;
  return kRows[std::size(kRows) - 1].code == Code::alias_made;
}
static_assert(is_in_order(), "a row for each code, in the order of the enumeration");

const Row& row(Code code) noexcept {
  return kRows[static_cast<size_t>(code)];
}

}  // namespace

std::span<const Code> codes() noexcept {
  return kCodes;
}
std::string_view name(Code code) noexcept {
  return row(code).name;
}
std::string_view meaning(Code code) noexcept {
  return row(code).meaning;
}
std::string_view julia_code(Code code) noexcept {
  return row(code).julia;
}

std::string_view name(const Fix& fix) noexcept {
  constexpr std::string_view kNames[] = {"none",        "choose",       "rewrite-mtime", "rewrite-map",
                                         "environment", "restore-file", "compile-again"};
  static_assert(std::size(kNames) == std::variant_size_v<Fix>);
  return kNames[fix.index()];
}

}  // namespace jireloc
