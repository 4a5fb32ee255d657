// From the paths that a user types to places: `~`, relative names, and what Julia sees elsewhere than here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "jireloc/file_view.hpp"
#include "jireloc/layout.hpp"
#include "jireloc/paths.hpp"

namespace jireloc::cli {

// "~" and "~/..." at the start of a path. Throws Error (usage) where HOME is not set.
std::string expand_home(const std::string& path);

// A variable of the environment; empty where it is not set.
std::string from_environment(const char* name);

// The depots of a text like JULIA_DEPOT_PATH, as a Julia of that version expands it for this user. `bindir`:
// of that Julia, empty where it is not known.
std::vector<std::string> expanded_depots(const std::optional<std::string>& text, const JuliaVersion& version,
                                         const std::string& bindir = {});

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
