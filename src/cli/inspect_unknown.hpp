// A cache file of a format that this jireloc does not know: what can be said all the same.
#pragma once

#include <string>

#include "jireloc/byte_source.hpp"
#include "jireloc/error.hpp"

namespace jireloc::cli {

std::string unknown_format_text(const std::string& path, const ByteSource& source);
std::string unknown_format_json(const std::string& path, const ByteSource& source, const Error& error);

}  // namespace jireloc::cli
