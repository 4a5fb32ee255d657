#include <fmt/format.h>

#include "capi/run.hpp"
#include "jireloc/cache_file.hpp"
#include "jireloc/paths.hpp"

namespace jireloc::capi {
namespace {

using Words = std::vector<std::string>;

// An option of the command line.
std::string option(std::string_view name, std::string_view value = {}) {
  return value.empty() ? fmt::format("--{}", name) : fmt::format("--{}={}", name, value);
}

std::string required(const char* text, std::string_view what) {
  if (text == nullptr || *text == 0) throw Error(ErrorKind::usage, fmt::format("there is no {}", what));
  return text;
}

Words paths_of(const char* const* paths, size_t count) {
  if (paths == nullptr || count == 0) throw Error(ErrorKind::usage, "there are no paths");
  Words operands;
  for (size_t i = 0; i < count; ++i) operands.push_back(required(paths[i], fmt::format("path {}", i + 1)));
  return operands;
}

jireloc_result* run_on_paths(Words words, const char* const* paths, size_t count,
                             const jireloc_options* options) {
  return guarded([&] {
    words.push_back(option("json"));
    return run_command(std::move(words), options, paths_of(paths, count));
  });
}

jireloc_result* run_on_image(Words words, const jireloc_image* image, const jireloc_options* options) {
  const char* path = image == nullptr ? nullptr : image->path.c_str();
  return run_on_paths(std::move(words), &path, 1, options);
}

// What is wrong with one image is the call's failure here. A packed one is looked at by the command alone.
void expect_image(const std::string& path) {
  const auto file = open_file(path);
  if (!paths::is_compressed_image(path)) read_cache_file(*file, {.depth = ReadDepth::header});
}

}  // namespace
}  // namespace jireloc::capi

using namespace jireloc::capi;

jireloc_result* jireloc_inspect(const char* const* paths, size_t count, const jireloc_options* options) {
  return run_on_paths({"inspect"}, paths, count, options);
}

jireloc_result* jireloc_scan(const char* const* paths, size_t count, const jireloc_options* options) {
  return run_on_paths({"scan"}, paths, count, options);
}

jireloc_result* jireloc_check(const char* const* paths, size_t count, const jireloc_options* options) {
  return run_on_paths({"check"}, paths, count, options);
}

jireloc_result* jireloc_explain(const char* package, const jireloc_options* options) {
  return guarded([&] {
    return run_command({"check", option("json"), option("explain", required(package, "package"))}, options,
                       {});
  });
}

jireloc_result* jireloc_plan(const char* const* paths, size_t count, const jireloc_options* options) {
  return run_on_paths({"rewrite", option("dry-run")}, paths, count, options);
}

jireloc_result* jireloc_rewrite(const char* const* paths, size_t count, const jireloc_options* options) {
  return run_on_paths({"rewrite"}, paths, count, options);
}

jireloc_result* jireloc_relocate(const char* from, const char* to, const jireloc_options* options) {
  return guarded([&] {
    return run_command({"relocate", option("json"), option("from", required(from, "depot to take from")),
                        option("to", required(to, "depot to merge into"))},
                       options, {});
  });
}

jireloc_result* jireloc_prune(const char* depot, const jireloc_options* options) {
  return guarded([&] { return run_command({"prune", option("json")}, options, {required(depot, "depot")}); });
}

jireloc_image* jireloc_image_open(const char* path, jireloc_result** problem) {
  jireloc_image* image = nullptr;
  Result read(guarded([&]() -> jireloc_result* {
    auto opened = std::make_unique<jireloc_image>();
    opened->path = jireloc::paths::absolute(required(path, "path"));
    expect_image(opened->path);
    const jireloc_options header_alone{{option("header")}};
    Result result(run_command({"inspect", option("json")}, &header_alone, {opened->path}));
    if (result->status > JIRELOC_FINDINGS || result->json.empty()) return result.release();
    opened->header = std::move(result->json);
    image = opened.release();
    return nullptr;
  }));
  if (problem != nullptr) *problem = read.release();
  return image;
}

const char* jireloc_image_header(const jireloc_image* image) {
  return image == nullptr ? "" : image->header.c_str();
}

jireloc_result* jireloc_image_check(const jireloc_image* image, const jireloc_options* options) {
  return run_on_image({"check"}, image, options);
}

jireloc_result* jireloc_image_plan(const jireloc_image* image, const jireloc_options* options) {
  return run_on_image({"rewrite", option("dry-run")}, image, options);
}

jireloc_result* jireloc_image_rewrite(const jireloc_image* image, const jireloc_options* options) {
  return run_on_image({"rewrite"}, image, options);
}

void jireloc_image_free(jireloc_image* image) {
  delete image;
}
