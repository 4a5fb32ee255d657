#include "rewrite/outside_needs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bytes/folder_walk.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/paths.hpp"

namespace jireloc::rewriting {
namespace {

// "DEPOT/compiled/vX.Y" of the images that are given, and of the same versions in other depots.
std::set<std::string> version_folders(const std::vector<ImageCandidate>& images,
                                      const std::vector<std::string>& depots, const FileView& view) {
  std::set<std::string> folders;
  for (const ImageCandidate& image : images) {
    const std::string path = paths::absolute(image.path);
    const size_t folder = path.rfind('/'), version = folder == 0 ? 0 : path.rfind('/', folder - 1);
    if (version != std::string::npos && parse_cache_path(path)) folders.insert(path.substr(0, version));
  }
  std::set<std::string> all = folders;
  for (const std::string& folder : folders)
    for (const std::string& depot : depots)
      all.insert(view.actual(depot) + "/compiled" + folder.substr(folder.rfind('/')));
  return all;
}

void read_needs_below(const std::string& folder, const std::set<std::string>& inputs, OutsideNeeds& outside) {
  FolderWalk walk(std::make_shared<GivenFolder>(folder),
                  [](std::string_view, std::string_view name) { return name.ends_with(".ji"); });
  while (auto found = walk.next()) {
    const auto real = paths::real_path(found->path);
    if (found->problem || !real || inputs.contains(*real)) continue;
    try {
      if (const auto header = header_of(*open_file(found->path))) outside.add(found->path, *header);
    } catch (const Error&) {
      // not to be read: nothing can be said of it
    }
  }
}

}  // namespace

std::optional<CacheFile> header_of(const ByteSource& source) {
  try {
    return read_cache_file(source, {.depth = ReadDepth::header});
  } catch (const Error&) {
    return std::nullopt;  // said when its turn comes
  }
}

void OutsideNeeds::add(const std::string& path, const CacheFile& header) {
  for (const RequiredModule& module : header.required_modules)
    needed_.emplace(Build(module.build_id_hi, module.build_id_lo), path);
  for (const WorklistModule& module : header.worklist)
    provided_.emplace(header.build_id_hi(), module.build_id);
}

std::vector<std::string> OutsideNeeds::who_needs(const CacheFile& image) const {
  std::set<std::string> paths;
  for (const WorklistModule& module : image.worklist) {
    const Build build(image.build_id_hi(), module.build_id);
    if (provided_.contains(build)) continue;
    const auto [first, last] = needed_.equal_range(build);
    for (auto found = first; found != last; ++found) paths.insert(found->second);
  }
  return {paths.begin(), paths.end()};
}

void leave_what_others_need(const ImagePair& image, const OutsideNeeds& outside, RewritePlan& plan) {
  if (!plan.payload.growth || !plan.payload.growth->checksum || plan.status != RewriteStatus::rewritten)
    return;
  const std::vector<std::string> dependents = outside.who_needs(image.file);
  if (dependents.empty()) return;
  plan.status = RewriteStatus::skipped;
  plan.payload.growth.reset();
  plan.reasons.push_back({Code::dependent_outside,
                          fmt::format("its texts would grow under a new build id, and what asks for the "
                                      "old one is not given: {}; give that too",
                                      some_of(dependents)),
                          {},
                          fix::Choose{Setting::alias}});
}

std::string some_of(const std::vector<std::string>& paths) {
  constexpr size_t kMostNamed = 8;
  const size_t named = std::min(paths.size(), kMostNamed);
  const std::string text = fmt::format("{}", fmt::join(paths.begin(), paths.begin() + named, ", "));
  return named == paths.size() ? text : fmt::format("{} and {} more", text, paths.size() - named);
}

void read_outside_needs(const OrderedImages& ordered, const std::vector<std::string>& depots,
                        const FileView& view, OutsideNeeds& outside) {
  std::set<std::string> inputs;
  for (const ImageCandidate& image : ordered.images)
    if (const auto real = paths::real_path(image.path)) inputs.insert(*real);
  for (const std::string& folder : version_folders(ordered.images, depots, view)) {
    if (file_status(folder).is_directory()) read_needs_below(folder, inputs, outside);
  }
}

}  // namespace jireloc::rewriting
