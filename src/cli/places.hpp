// From the paths that a user types to places: `~`, relative names, and what Julia sees elsewhere than here.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/command_line.hpp"
#include "jireloc/file_view.hpp"

namespace jireloc::cli {

// "~" and "~/..." at the start of a path. Throws Error (usage) where HOME is not set.
std::string expand_home(const std::string& path);

// `path` with the working directory before it where it is relative. Spelled as given: nothing is resolved.
std::string absolute_path(const std::string& path);

// The path without symbolic links; nothing where it does not exist.
std::optional<std::string> resolved_path(const std::string& path);

// The view that --mount and --root ask for; the plain file system without them.
std::unique_ptr<FileView> file_view(const Common& common);

// How Julia sees a path that was given by its place here or as Julia sees it; absolute.
std::string seen_path(const Common& common, const std::string& given);

// How Julia sees a depot that was named as Julia sees it, or by its place here where no mount says what Julia
// sees under that name; absolute, without trailing slashes.
std::string seen_depot(const Common& common, const std::string& given);

// The same depot by the path that all its symbolic links lead to, as Julia sees it; nothing where it is not
// there.
std::optional<std::string> resolved_depot(const Common& common, const std::string& seen);

// Where a path that was given in either way lies here: as it is if something is there, else through the view.
std::string place_here(const Common& common, const std::string& given);

// The keys `path`, a place here, made absolute, and `seen`, where Julia sees it under another name.
void add_place(JsonWriter& json, const Common& common, const std::string& here);

}  // namespace jireloc::cli
