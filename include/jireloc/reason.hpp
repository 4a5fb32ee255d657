// Why something is as it is: one vocabulary for errors, rejections, obstacles and warnings of every part.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace jireloc {

// One condition has one code, whoever meets it. What each means: meaning().
enum class Code : uint8_t {
  none,
  // Files and calls
  io,
  not_a_cache_file,
  empty_file,
  truncated,
  bad_length,
  bad_offset,
  bad_value,
  foreign_byte_order,
  unknown_format,
  no_layout_fits,
  bad_checksum,
  unsupported,
  too_large,
  conflict,
  interrupted,
  usage,
  // Checksums and native libraries
  bad_file_checksum,
  bad_payload_checksum,
  bad_library_checksum,
  library_absent,
  library_mismatch,
  library_refused,
  // What Julia rejects an image for
  incompatible_header,
  empty_worklist,
  mismatched_flags,
  syntax_version_mismatch,
  requires_pkgimages,
  target_mismatch,
  for_different_pkgid,
  dep_missing_source,
  wrong_dep_version_loaded,
  wrong_julia_version,
  wrong_source,
  dep_uuid_changed,
  missing_sourcefile,
  nonresolveable_depot,
  source_mtime_change,
  include_dependency_mtime_change,
  include_dependency_fsize_change,
  include_dependency_fhash_change,
  preferences_hash_mismatch,
  // What Julia does not look at
  source_content_changed,
  modified_tree,
  old_paths_in_payload,
  constant_names_nothing,
  alias_broken,
  // Images that it needs, or that need it
  dependency_missing,
  dependency_wrong_build,
  dependency_stale,
  dependency_unknown,
  dependency_dropped,
  dependency_grown,
  dependent_outside,
  // Payloads
  compressed,
  bad_sections,
  too_long,
  not_enough_padding,
  cannot_grow,
  substring,
  code_not_droppable,
  residue,
  not_looked_into,
  // Rewriting
  unproven,
  unproven_absent,
  source_unknown,
  ambiguous_depot,
  experimental,
  metadata,
  constant_would_break,
  constant_unknown,
  constant_not_there_yet,
  // Depots
  stale,
  developed,
  outside_depots,
  package_dropped,
  package_unknown,
  target_unknown,
  unsound_at_target,
  not_a_slug,
  not_a_tree_hash,
  no_uuid,
  name_mismatch,
  build_script,
  untrusted_tree,
  unreadable_tree,
  unreadable_project,
  outside_tree,
  four_letter_slug,
  overlay_metacopy,
  overlay_redirect,
  overlay_whiteout,
  overlay_part,
  unproven_scratchspace,
  same_folder,
  being_compiled,
  in_progress,
  too_many,
  not_removed,
  temporary,
  temporary_of_julia,
  symbolic_link,
  not_a_file,
  orphan_library,
  pidfile,
  object_cache,
  alias_made,
};

// All of them, in this order.
std::span<const Code> codes() noexcept;
// "library-absent": stable, for machines.
std::string_view name(Code code) noexcept;
// "the native library beside the image is not there"
std::string_view meaning(Code code) noexcept;
// The word that Julia 1.12 itself records for it (base/loading.jl: record_reason), for every version:
// "missing ocachefile". Empty where Julia has none.
std::string_view julia_code(Code code) noexcept;

// What a caller may say or allow. A command line spells them as its options.
enum class Setting : uint8_t {
  none,
  alias,                   // a short link in place of a longer path
  alias_folder,            // where links are made
  break_links,             // of files with further names
  build_scripts,           // packages that have one
  depots,                  // the depot path
  experimental,            // layouts that no real image has shown
  header_or_experimental,  // those, or the header alone
  limit,                   // of work; the value names it
  map,                     // which place has become which
  maximal_size,            // of what is unpacked
  package_limits,          // size and number of files of a package
  pkgimages,               // Julia's own: native code is wanted
  stays_or_moved,          // what is known of a path that code names
  user,                    // whose rights are used
};

// What would help, as values.
namespace fix {

// The caller has to choose otherwise.
struct Choose {
  Setting setting = Setting::none;
  std::string value = {};
  bool operator==(const Choose&) const = default;
};
// A rewrite that takes the times of the files as they are.
struct TakeFileTimes {
  std::string proven_by = {};  // what proves their content; empty: that is still to be seen
  bool operator==(const TakeFileTimes&) const = default;
};
// A rewrite for the place that the sources have now.
struct MapPaths {
  std::string from, to;
  bool file_times = false;    // it has to take the times of the files, too
  bool with_payload = false;  // it is the payload that it is for
  bool operator==(const MapPaths&) const = default;
};
// Another environment, depot path or Julia.
struct ChangeEnvironment {
  std::string how;
  Setting setting = Setting::none;
  bool operator==(const ChangeEnvironment&) const = default;
};
// A file has to be put back: a native library, a source.
struct RestoreFile {
  std::string how;
  bool operator==(const RestoreFile&) const = default;
};
// Nothing but compiling helps.
struct CompileAgain {
  std::string why = {};
  bool damaged = false;  // no Julia takes the file, whatever its session
  bool operator==(const CompileAgain&) const = default;
};

}  // namespace fix

// From what is least to do to what is most.
using Fix = std::variant<std::monostate, fix::Choose, fix::TakeFileTimes, fix::MapPaths,
                         fix::ChangeEnvironment, fix::RestoreFile, fix::CompileAgain>;
// "none", "choose", "rewrite-mtime", "rewrite-map", "environment", "restore-file", "compile-again".
std::string_view name(const Fix& fix) noexcept;

struct Reason {
  Code code = Code::none;
  std::string message = {};  // a sentence with the paths and both values; it names no options
  std::string path = {};     // the file concerned; empty where that is the one that is spoken of
  Fix fix = {};
  std::optional<uint64_t> offset = {};  // in bytes from the start of that file
  bool operator==(const Reason&) const = default;
};

}  // namespace jireloc
