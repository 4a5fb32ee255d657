// What a path says by itself, byte for byte. Nothing here asks the system but absolute() and real_path().
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jireloc::paths {

// The parts between slashes; empty ones are left out.
std::vector<std::string_view> components(std::string_view path);
// What is behind the last slash: "b" of "a/b", all of "b".
std::string_view name(std::string_view path) noexcept;
// What is before it: "a" of "a/b"; nothing of "b", and of "/b".
std::string_view folder(std::string_view path) noexcept;
// The folder that a path lies in, by a name that can be opened: "." of "b", "/" of "/b".
std::string parent(std::string_view path);
// FOLDER/BELOW, with one slash between them where `folder` ends with one.
std::string joined(std::string_view folder, std::string_view below);
// What stands between the separators of a text: one piece more than there are of them.
std::vector<std::string_view> split(std::string_view text, char separator);

// Without the slashes at its end; of the root one stays.
std::string trimmed(std::string path);
// "." and "..", repeated slashes and those at the end taken out, as Julia's normpath does (base/path.jl).
// Nothing is left of "a/..".
std::string normal(std::string_view path);
// With the working directory before it where it is relative; "./" at its start is left out. As it is where
// the working directory cannot be had.
std::string absolute(const std::string& path);
// "~" and "~/..." below `home`; other paths as they are ("~user" too).
std::string expand_home(std::string_view path, std::string_view home);
// What an existing path leads to, all links followed; nothing where it does not exist or cannot be asked, and
// then errno says why (realpath(3)).
std::optional<std::string> real_path(const std::string& path);

// A path as Windows spells it: a drive with a separator behind it ("C:\", "C:/"), or a share ("\\server").
// Then
// "\" separates as "/" does. "C:" alone names a folder on any other system.
bool is_windows_path(std::string_view path) noexcept;
constexpr bool is_separator(char byte, bool windows) noexcept {
  return byte == '/' || (windows && byte == '\\');
}
// What separates in this path: "/", or "/\".
std::string_view separators(std::string_view path) noexcept;
// Whether a name of a system, as cache files record it (Prefix::uname), is one of Windows: "Windows" or "NT"
// of the official Julias, "MINGW64_NT-10.0" and the like of those that people build.
bool is_windows_system(std::string_view uname) noexcept;

// The names of images: NAME.ji, and NAME.ji.zst of those compressed at rest.
bool is_image(std::string_view path) noexcept;
bool is_compressed_image(std::string_view path) noexcept;
// Without ".zst" where an image is compressed: the name that Julia would load it by.
std::string_view loaded_name(std::string_view path) noexcept;
// Without ".ji" and ".ji.zst"; other paths as they are.
std::string_view image_stem(std::string_view path) noexcept;

}  // namespace jireloc::paths
