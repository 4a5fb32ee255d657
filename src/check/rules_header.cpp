// Rules about the image itself: prefix, worklist, flags, the package asked for.
#include <fmt/format.h>

#include <algorithm>

#include "bytes/reader.hpp"
#include "check/subject.hpp"
#include "format/fields.hpp"
#include "jireloc/error.hpp"
#include "jireloc/header_fields.hpp"

namespace jireloc::check {
namespace {

// What a Julia that was asked does not tell of itself.
bool may_be_untold(const HeaderField& field) {
  return field.key == "format" || field.key == "gc";
}

// In what two prefixes differ first, as jl_read_verify_header compares them; empty if in nothing.
// `only_version`: nothing else is known of `want`, and what is empty in it is not compared.
std::string describe_difference(const Prefix& have, const Prefix& want, bool only_version) {
  const auto wanted = julia_fields(want), there = julia_fields(have);
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].is_empty() && (only_version || may_be_untold(wanted[i]))) continue;
    const std::string has = there[i].shown(), wants = wanted[i].shown();
    if (has != wants)
      return fmt::format("it was made by another Julia: its {} is \"{}\", expected is \"{}\"", wanted[i].name,
                         has, wants);
  }
  return {};
}

std::string slug_of_path(const std::string& image_path) {
  const auto path = parse_cache_path(image_path);
  return path ? path->package_slug : std::string();
}

// jl_match_cache_flags (ji-format 6.4).
bool flags_match(uint8_t have, uint8_t want, const JuliaVersion& version, std::string_view image_version) {
  if (((have | want) & 1) == 0) return true;
  if (image_version.starts_with("1.9.0-beta1") || image_version.starts_with("1.9.0-beta2")) {
    return (have & 0x0f) == (want & 0x0f) && (have >> 4) >= (want >> 4);
  }
  const bool debug_may_exceed = version >= JuliaVersion{1, 11, 2, ""};
  const uint8_t exact = debug_may_exceed ? 0x39 : 0x3f;
  if ((have & exact) != (want & exact) || (have >> 6) < (want >> 6)) return false;
  return !debug_may_exceed || ((have >> 1) & 3) >= ((want >> 1) & 3);
}

}  // namespace

std::string prefix_bytes(const Prefix& prefix) {
  bytes::ByteWriter out;
  format::write_common_prefix(out, prefix);
  format::write_build_names(out, prefix);
  return std::move(out).take();
}

std::string describe_other_prefix(const ByteSource& source, const Prefix& want) {
  Prefix have;
  try {
    const std::string head = source.read_string(0, std::min<uint64_t>(source.size(), 4096));
    bytes::ByteReader in(head, 0, source.size());
    format::read_common_prefix(in, have);
  } catch (const Error&) {
    return {};
  }
  have.branch = want.branch;  // branch and commit come later in some layouts
  have.commit = want.commit;
  return describe_difference(have, want, true);
}

void check_prefix(Subject& subject) {
  const CacheFile& file = subject.file;
  if (const auto& expected = subject.context.expected.prefix) {
    const std::string sentence =
        describe_difference(file.prefix, *expected, subject.context.expected.only_version);
    if (sentence.empty() && subject.context.expected.only_version)
      subject.note(fmt::format(
          "of the Julia that is to load it only the version is given, {}: its commit, its options "
          "and the modules of its system image are not compared",
          expected->version));
    if (!sentence.empty()) {
      subject.reject(Code::incompatible_header, sentence, {}, fix::CompileAgain{"another Julia made it"});
      return;
    }
  }
  if (file.layout->prefix == PrefixForm::basic) return;
  if (file.checksum == 0 || file.pkgimage != 0) {
    subject.reject(
        Code::incompatible_header,
        file.checksum == 0 ? "its payload checksum is zero" : "it is the header of a native library", {},
        fix::CompileAgain{"the file is damaged", true});
  }
}

void check_worklist(Subject& subject) {
  if (!subject.file.worklist.empty()) return;
  subject.reject(Code::empty_worklist, "it provides no module", {}, fix::CompileAgain{"the file is empty"});
}

void check_flags(Subject& subject) {
  const auto& want = subject.context.expected.cache_flags;
  if (!want || subject.file.layout->prefix == PrefixForm::basic) return;
  const uint8_t have = subject.file.flags;
  if (flags_match(have, *want, subject.version, subject.file.prefix.version)) return;
  subject.reject(
      Code::mismatched_flags,
      fmt::format(
          "it was compiled with other options: its cache flags are {:#04x}, the session's are {:#04x}", have,
          *want),
      {}, fix::CompileAgain{"other options of Julia need other code"});
}

void check_package_id(Subject& subject) {
  const ModuleId& module = subject.report.module;
  const std::string slug = slug_of_path(subject.image_path);
  if (slug.empty() || module.name.empty() || slug == package_slug(module.uuid)) return;
  // Before 1.8 only the entry file tells: Julia would locate the other package's.
  const bool asks_for_id = subject.version >= JuliaVersion{1, 8, 0, "rc2"};
  subject.reject(asks_for_id ? Code::for_different_pkgid : Code::wrong_source,
                 fmt::format("its name is that of a package with slug {}, it provides {} with slug {}", slug,
                             module.name, package_slug(module.uuid)),
                 {}, fix::RestoreFile{"give the file the name that belongs to its package"});
}

}  // namespace jireloc::check
