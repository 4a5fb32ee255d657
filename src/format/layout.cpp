#include "jireloc/layout.hpp"

#include <array>

#include "base/names.hpp"
#include "format/select.hpp"

namespace jireloc {
namespace {

// As src/staticdata.c has written them: 1.9 - 1.11 (and 1.12.0-DEV until November 2024); development builds
// of 1.12 and 1.13 until March 2025; 1.12 (and 1.13.0-DEV until September 2025); 1.13 and later.
constexpr std::array kAnyRoots = {RootsForm{7, true}, RootsForm{6, true}, RootsForm{6, false},
                                  RootsForm{5, false}};
constexpr std::span<const RootsForm> kSevenRoots(kAnyRoots.data(), 1), kFiveRoots(&kAnyRoots.back(), 1);

// clang-format off: what belongs together stands in one line
constexpr std::array kLayouts = {
    Layout{.name = "V6", .format = 6, .versions = "1.0.0", .verified = Verified::container},
    Layout{.name = "V7", .format = 7, .versions = "1.0.1 - 1.1", .verified = Verified::container},
    Layout{.name = "V8", .format = 8, .versions = "1.2", .verified = Verified::container},
    Layout{.name = "V9", .format = 9, .versions = "1.3", .verified = Verified::container},
    Layout{.name = "V10", .format = 10, .versions = "1.4", .verified = Verified::container},
    Layout{.name = "V11a", .format = 11, .before = "1.6.0-alpha1",
           .versions = "1.5", .verified = Verified::corpus},
    Layout{.name = "V11b", .format = 11, .from = "1.6.0-alpha1",
           .versions = "1.6 - 1.8, 1.9.0-alpha1", .verified = Verified::corpus,
           .preferences = PreferencesForm::list},
    Layout{.name = "V12a", .format = 12, .from = "1.9.0-beta1", .before = "1.11.0-alpha1",
           .versions = "1.9.0-beta1 - 1.10", .verified = Verified::corpus,
           .prefix = PrefixForm::extended, .preferences = PreferencesForm::list, .wide_build_ids = true,
           .alignment = 64, .wide_alignment = 64, .roots = kSevenRoots},
    Layout{.name = "V12b", .format = 12, .from = "1.11.0-alpha1", .before = "1.13.0-rc1",
           .versions = "1.11 - 1.12, 1.13 alphas and betas", .verified = Verified::corpus,
           .prefix = PrefixForm::extended, .preferences = PreferencesForm::list, .wide_build_ids = true,
           .alignment = 64, .wide_alignment = 128, .roots = kAnyRoots, .content_tracking = true},
    Layout{.name = "V12c", .format = 12, .from = "1.13.0-rc1",
           .versions = "1.13.0-rc1 and later 1.13", .verified = Verified::corpus,
           .prefix = PrefixForm::extended, .preferences = PreferencesForm::blob, .wide_build_ids = true,
           .alignment = 64, .wide_alignment = 128, .roots = kFiveRoots, .content_tracking = true},
    Layout{.name = "V13a", .format = 13,
           .versions = "1.14.0-DEV.1303 - .1853", .verified = Verified::container,
           .prefix = PrefixForm::extended, .preferences = PreferencesForm::list, .wide_build_ids = true,
           .alignment = 64, .wide_alignment = 128, .roots = kFiveRoots, .content_tracking = true,
           .syntax_version = true},
    Layout{.name = "V13b", .format = 13,
           .versions = "1.14.0-DEV.1854 - .2884", .verified = Verified::corpus,
           .prefix = PrefixForm::extended, .preferences = PreferencesForm::blob, .wide_build_ids = true,
           .alignment = 64, .wide_alignment = 128, .roots = kFiveRoots, .content_tracking = true,
           .syntax_version = true},
    Layout{.name = "V14", .format = 14,
           .versions = "1.14.0-DEV.2885 - .2889", .verified = Verified::container,
           .prefix = PrefixForm::reordered, .preferences = PreferencesForm::blob, .wide_build_ids = true,
           .alignment = 64, .wide_alignment = 128, .roots = kFiveRoots, .content_tracking = true,
           .syntax_version = true, .payload_always_here = true},
    Layout{.name = "V15", .format = 15,
           .versions = "1.14.0-DEV.2890 and later", .verified = Verified::corpus,
           .prefix = PrefixForm::reordered, .preferences = PreferencesForm::blob, .wide_build_ids = true,
           .alignment = 64, .wide_alignment = 128, .roots = kFiveRoots, .content_tracking = true,
           .syntax_version = true, .payload_always_here = true, .gc_name = true},
};
// clang-format on

// Which of several layouts of one format number a released version has; development builds and 1.13.0-beta3
// do not say, since their version text lacks the build's counter.
bool written_by(const Layout& layout, const JuliaVersion& version) {
  if (!layout.from.empty() && version < JuliaVersion::parse(layout.from)) return false;
  return layout.before.empty() || version < JuliaVersion::parse(layout.before);
}

bool tells_by_structure_only(const JuliaVersion& version) {
  return version.is_dev() || version == JuliaVersion{1, 13, 0, "beta3"};
}

}  // namespace

std::span<const Layout> layouts() noexcept {
  return kLayouts;
}

std::string_view name(Verified verified) noexcept {
  using enum Verified;
  constexpr Named<Verified> kNames[] = {
      {corpus, "corpus"}, {container, "container"}, {structure, "structure"}};
  return name_in(kNames, verified);
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

}  // namespace jireloc
