#include "jireloc/image_order.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "base/threads.hpp"
#include "rewrite/outside_needs.hpp"

namespace jireloc {
namespace {

// Which images of a run rest on which.
class SetOrder {
 public:
  void add(const std::optional<CacheFile>& header);
  std::vector<std::vector<size_t>> needs() const;

 private:
  using Build = std::pair<uint64_t, uint64_t>;
  struct Node {
    std::vector<Build> needs;
  };
  std::vector<Node> nodes_;
  std::multimap<Build, size_t> providers_;
};

void SetOrder::add(const std::optional<CacheFile>& header) {
  Node& node = nodes_.emplace_back();
  if (!header) return;
  for (const RequiredModule& module : header->required_modules)
    node.needs.emplace_back(module.build_id_hi, module.build_id_lo);
  for (const WorklistModule& module : header->worklist)
    providers_.emplace(Build(header->build_id_hi(), module.build_id), nodes_.size() - 1);
}

std::vector<std::vector<size_t>> SetOrder::needs() const {
  std::vector<std::vector<size_t>> needs(nodes_.size());
  for (size_t k = 0; k < nodes_.size(); ++k) {
    for (const Build& build : nodes_[k].needs) {
      const auto [first, last] = providers_.equal_range(build);
      for (auto provider = first; provider != last; ++provider)
        if (provider->second != k) needs[k].push_back(provider->second);
    }
  }
  return needs;
}

std::optional<CacheFile> header_of(const ImageFiles& images, const ImageCandidate& candidate) {
  try {
    const OpenedImage opened = images.open(candidate);
    return opened.source ? rewriting::header_of(*opened.source) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

OrderedImages order_images(ImageFiles& images, Threads threads) {
  OrderedImages ordered;
  while (auto candidate = images.next()) ordered.images.push_back(std::move(*candidate));
  constexpr size_t kGroup = 128;  // headers in memory at a time
  SetOrder order;
  for (size_t begin = 0; begin < ordered.images.size(); begin += kGroup) {
    const size_t count = std::min(kGroup, ordered.images.size() - begin);
    std::vector<std::optional<CacheFile>> headers(count);
    for_all(threads, count, [&](size_t k) { headers[k] = header_of(images, ordered.images[begin + k]); });
    for (const auto& header : headers) order.add(header);
  }
  ordered.needs = order.needs();
  return ordered;
}

}  // namespace jireloc
