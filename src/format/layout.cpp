#include "jireloc/layout.hpp"

#include <array>
#include <charconv>

#include "format/select.hpp"
#include "jireloc/error.hpp"

namespace jireloc {
namespace {

constexpr Layout header_a(std::string_view name, uint16_t format, Verified verified,
                          std::string_view versions) {
  return {.name = name,
          .format = format,
          .prefix = PrefixForm::basic,
          .gc_name = false,
          .syntax_version = false,
          .content_tracking = false,
          .preferences = PreferencesForm::none,
          .wide_build_ids = false,
          .aligned_payload = false,
          .payload_always_here = false,
          .verified = verified,
          .versions = versions};
}

constexpr Layout with_preference_list(Layout base, std::string_view name, std::string_view versions) {
  base.name = name;
  base.preferences = PreferencesForm::list;
  base.verified = Verified::corpus;
  base.versions = versions;
  return base;
}

constexpr Layout pkgimage_era(std::string_view name, uint16_t format, bool content_tracking,
                              bool syntax_version, PreferencesForm preferences, Verified verified,
                              std::string_view versions) {
  return {.name = name,
          .format = format,
          .prefix = PrefixForm::extended,
          .gc_name = false,
          .syntax_version = syntax_version,
          .content_tracking = content_tracking,
          .preferences = preferences,
          .wide_build_ids = true,
          .aligned_payload = true,
          .payload_always_here = false,
          .verified = verified,
          .versions = versions};
}

constexpr Layout reordered_era(std::string_view name, uint16_t format, bool gc_name, Verified verified,
                               std::string_view versions) {
  Layout layout = pkgimage_era(name, format, true, true, PreferencesForm::blob, verified, versions);
  layout.prefix = PrefixForm::reordered;
  layout.gc_name = gc_name;
  layout.payload_always_here = true;
  return layout;
}

constexpr Layout kV11a = header_a("V11a", 11, Verified::corpus, "1.5");

constexpr std::array kLayouts = {
    header_a("V6", 6, Verified::container, "1.0.0"),
    header_a("V7", 7, Verified::container, "1.0.1 - 1.1"),
    header_a("V8", 8, Verified::container, "1.2"),
    header_a("V9", 9, Verified::container, "1.3"),
    header_a("V10", 10, Verified::container, "1.4"),
    kV11a,
    with_preference_list(kV11a, "V11b", "1.6 - 1.8, 1.9.0-alpha1"),
    pkgimage_era("V12a", 12, false, false, PreferencesForm::list, Verified::corpus, "1.9.0-beta1 - 1.10"),
    pkgimage_era("V12b", 12, true, false, PreferencesForm::list, Verified::corpus,
                 "1.11 - 1.12, 1.13 alphas and betas"),
    pkgimage_era("V12c", 12, true, false, PreferencesForm::blob, Verified::corpus,
                 "1.13.0-rc1 and later 1.13"),
    pkgimage_era("V13a", 13, true, true, PreferencesForm::list, Verified::container,
                 "1.14.0-DEV.1303 - .1853"),
    pkgimage_era("V13b", 13, true, true, PreferencesForm::blob, Verified::corpus, "1.14.0-DEV.1854 - .2884"),
    reordered_era("V14", 14, false, Verified::container, "1.14.0-DEV.2885 - .2889"),
    reordered_era("V15", 15, true, Verified::corpus, "1.14.0-DEV.2890 and later"),
};

// Which of several layouts of one format number a released version has; development builds and 1.13.0-beta3
// do not say, since their version text lacks the build's counter.
bool written_by(const Layout& layout, const JuliaVersion& version) {
  const auto from = [&](std::string_view text) { return version >= JuliaVersion::parse(text); };
  if (layout.name == "V11a") return !from("1.6.0-alpha1");
  if (layout.name == "V11b") return from("1.6.0-alpha1");
  if (layout.name == "V12a") return from("1.9.0-beta1") && !from("1.11.0-alpha1");
  if (layout.name == "V12b") return from("1.11.0-alpha1") && !from("1.13.0-rc1");
  if (layout.name == "V12c") return from("1.13.0-rc1");
  return true;
}

bool tells_by_structure_only(const JuliaVersion& version) {
  return version.is_dev() || version == JuliaVersion{1, 13, 0, "beta3"};
}

}  // namespace

std::span<const Layout> layouts() noexcept {
  return kLayouts;
}

std::string_view name(Verified verified) noexcept {
  switch (verified) {
    case Verified::corpus:
      return "corpus";
    case Verified::container:
      return "container";
    case Verified::structure:
      return "structure";
  }
  return "unknown";
}

namespace format {

bool is_known_format(uint16_t number) noexcept {
  for (const Layout& layout : kLayouts)
    if (layout.format == number) return true;
  return false;
}

std::vector<const Layout*> candidates(uint16_t number, std::string_view version_text) {
  const JuliaVersion version = JuliaVersion::parse(version_text);
  std::vector<const Layout*> found;
  for (const Layout& layout : kLayouts)
    if (layout.format == number && (tells_by_structure_only(version) || written_by(layout, version)))
      found.push_back(&layout);
  return found;
}

}  // namespace format

JuliaVersion JuliaVersion::parse(std::string_view text) {
  JuliaVersion version;
  const char* at = text.data();
  const char* const end = at + text.size();
  int* const parts[] = {&version.major, &version.minor, &version.patch};
  for (int i = 0; i < 3; ++i) {
    if (i > 0) {
      if (at == end || *at != '.') break;
      ++at;
    }
    const auto [next, error] = std::from_chars(at, end, *parts[i]);
    if (error != std::errc() || *parts[i] < 0) {
      throw Error(ErrorKind::bad_value, "not a Julia version: \"" + std::string(text.substr(0, 40)) + "\"");
    }
    at = next;
  }
  const std::string_view rest(at, static_cast<size_t>(end - at));
  if (!rest.empty() && rest[0] != '-' && rest[0] != '+')
    throw Error(ErrorKind::bad_value, "not a Julia version: \"" + std::string(text.substr(0, 40)) + "\"");
  if (rest.starts_with('-')) version.prerelease = std::string(rest.substr(1, rest.find('+') - 1));
  return version;
}

bool JuliaVersion::is_dev() const noexcept {
  return prerelease == "DEV" || prerelease.starts_with("DEV.");
}

namespace {
// "rc10" after "rc2": the letters first, then the number behind them, as Julia splits identifiers
// (base/version.jl).
std::pair<std::string_view, long> split_identifier(std::string_view text) {
  const size_t digits = text.find_first_of("0123456789");
  if (digits == std::string_view::npos) return {text, -1};
  long number = 0;
  std::from_chars(text.data() + digits, text.data() + text.size(), number);
  return {text.substr(0, digits), number};
}
}  // namespace

std::strong_ordering JuliaVersion::operator<=>(const JuliaVersion& other) const {
  if (auto order = major <=> other.major; order != 0) return order;
  if (auto order = minor <=> other.minor; order != 0) return order;
  if (auto order = patch <=> other.patch; order != 0) return order;
  if (prerelease.empty() != other.prerelease.empty())
    return prerelease.empty() ? std::strong_ordering::greater : std::strong_ordering::less;
  const auto mine = split_identifier(prerelease), theirs = split_identifier(other.prerelease);
  if (auto order = mine.first.compare(theirs.first) <=> 0; order != 0) return order;
  return mine.second <=> theirs.second;
}

bool JuliaVersion::operator==(const JuliaVersion& other) const {
  return (*this <=> other) == 0;
}

}  // namespace jireloc
