#include "cli/rewrite_order.hpp"

#include <algorithm>
#include <set>

#include "base/threads.hpp"
#include "cli/places.hpp"
#include "jireloc/depot.hpp"
#include "rewrite/set_order.hpp"

namespace jireloc::cli {
namespace {

std::optional<CacheFile> header_of(const ByteSource& source) {
  try {
    return read_cache_file(source, {.depth = ReadDepth::header});
  } catch (const Error&) {
    return std::nullopt;  // said when its turn comes
  }
}

std::optional<CacheFile> header_of(const Images& images, const Candidate& candidate) {
  try {
    const OpenedImage opened = images.open(candidate);
    return opened.source ? header_of(*opened.source) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

// "DEPOT/compiled/vX.Y" of the images that are given, and of the same versions in other depots.
std::set<std::string> version_folders(const std::vector<Candidate>& images,
                                      const std::vector<std::string>& depots, const FileView& view) {
  std::set<std::string> folders;
  for (const Candidate& image : images) {
    const std::string path = absolute_path(image.path);
    const size_t folder = path.rfind('/'), version = folder == 0 ? 0 : path.rfind('/', folder - 1);
    if (version != std::string::npos && parse_cache_path(path)) folders.insert(path.substr(0, version));
  }
  std::set<std::string> all = folders;
  for (const std::string& folder : folders)
    for (const std::string& depot : depots)
      all.insert(view.actual(depot) + "/compiled" + folder.substr(folder.rfind('/')));
  return all;
}

void read_needs_below(const std::string& folder, const std::set<std::string>& inputs,
                      rewriting::OutsideNeeds& outside) {
  FolderWalk walk(std::make_shared<GivenFolder>(folder),
                  [](std::string_view, std::string_view name) { return name.ends_with(".ji"); });
  while (auto found = walk.next()) {
    const auto real = resolved_path(found->path);
    if (found->problem || !real || inputs.contains(*real)) continue;
    try {
      if (const auto header = header_of(*open_file(found->path))) outside.add(found->path, *header);
    } catch (const Error&) {
      // not to be read: nothing can be said of it
    }
  }
}

}  // namespace

bool may_grow(const RewriteOptions& options) {
  if (options.payload == PayloadMode::header_only || options.longer == Longer::alias ||
      options.longer == Longer::leave)
    return false;
  if (!options.infer_to.empty()) return true;
  const std::vector<PathMapping> mappings = options.map.mappings();
  return std::any_of(mappings.begin(), mappings.end(), [&](const PathMapping& mapping) {
    if (mapping.from.starts_with('@') || mapping.to.size() <= mapping.from.size()) return false;
    return std::none_of(options.aliases.begin(), options.aliases.end(),
                        [&](const PathMapping& alias) { return alias.from == mapping.to; });
  });
}

void read_outside_needs(const OrderedImages& ordered, const std::vector<std::string>& depots,
                        const FileView& view, rewriting::OutsideNeeds& outside) {
  std::set<std::string> inputs;
  for (const Candidate& image : ordered.images)
    if (const auto real = resolved_path(image.path)) inputs.insert(*real);
  for (const std::string& folder : version_folders(ordered.images, depots, view)) {
    if (file_status(folder).is_directory()) read_needs_below(folder, inputs, outside);
  }
}

OrderedImages order_images(Images& images, const CommandLine& line) {
  OrderedImages ordered;
  while (auto candidate = images.next()) ordered.images.push_back(std::move(*candidate));
  constexpr size_t kGroup = 128;  // headers in memory at a time
  rewriting::SetOrder order;
  Threads threads(line.common.jobs, line.common.most_jobs);
  for (size_t begin = 0; begin < ordered.images.size(); begin += kGroup) {
    const size_t count = std::min(kGroup, ordered.images.size() - begin);
    std::vector<std::optional<CacheFile>> headers(count);
    for_all(threads, count, [&](size_t k) { headers[k] = header_of(images, ordered.images[begin + k]); });
    for (const auto& header : headers) order.add(header);
  }
  ordered.needs = order.needs();
  return ordered;
}

}  // namespace jireloc::cli
