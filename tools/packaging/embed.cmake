# Writes a C++ file that holds files of the source tree as texts: cmake -DSOURCE=DIR -DNAMES=A:B -DOUTPUT=FILE -P embed.cmake
string(REPLACE ":" ";" names "${NAMES}")
set(rows "")
foreach(name IN LISTS names)
  file(READ ${SOURCE}/${name} text)
  string(APPEND rows "    {\"${name}\", R\"embedded(${text})embedded\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made by tools/packaging/embed.cmake.
#include \"cli/embedded.hpp\"

#include <stdexcept>

namespace jireloc::cli {
namespace {

struct Row {
  std::string_view name, text;
};
constexpr Row rows[] = {
${rows}};

}  // namespace

std::string_view embedded(std::string_view name) {
  for (const Row& row : rows)
    if (row.name == name) return row.text;
  throw std::logic_error(\"no such file is embedded\");
}

}  // namespace jireloc::cli
")
