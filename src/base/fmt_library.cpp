// {fmt}'s compiled part. Debian has no static library of it, loading the shared one takes as long as looking
// at a small image, and as headers alone it is compiled into every file again, which takes a third of the
// time of a build.
#include <fmt/format-inl.h>

namespace fmt::detail {

template auto thousands_sep_impl<char>(locale_ref) -> thousands_sep_result<char>;
template auto decimal_point_impl<char>(locale_ref) -> char;
template auto dragonbox::to_decimal<double>(double) noexcept -> dragonbox::decimal_fp<double>;
template auto dragonbox::to_decimal<float>(float) noexcept -> dragonbox::decimal_fp<float>;

}  // namespace fmt::detail
