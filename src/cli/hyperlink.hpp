// Names of files that a terminal opens when they are clicked (OSC 8).
#pragma once

#include <string>
#include <string_view>

namespace jireloc::cli {

// `shown` (printable), as a link to the file at `path`, a place here. Only where colours are shown too and
// standard output is a terminal; else as it is.
std::string linked(std::string_view path, std::string_view shown, bool color);
// The path itself, made printable.
std::string linked(std::string_view path, bool color);

// "file://HOST/PATH" with the bytes escaped that a link may not have.
std::string file_link(std::string_view host, std::string_view path);

}  // namespace jireloc::cli
