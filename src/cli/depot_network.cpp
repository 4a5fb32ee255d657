#include "cli/depot_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include "jireloc/depot.hpp"
#include "jireloc/paths.hpp"

namespace jireloc::cli {
namespace {

Condition condition_of(const ImageReport& report) {
  switch (report.verdict) {
    case Verdict::fresh:
      return report.loads ? Condition::loads : Condition::waits;
    case Verdict::stale:
      return Condition::stale;
    case Verdict::unreadable:
      return Condition::unreadable;
    case Verdict::unknown:
      break;
  }
  return Condition::unknown;
}

const Reason* first_reason(const ImageReport& report) {
  for (const auto* list : {&report.reasons, &report.unknowns, &report.load_problems})
    if (!list->empty()) return &list->front();
  return nullptr;
}

// What a header that could not be read does not tell, the folder does.
std::string package_of(const CheckedImage& image) {
  if (!image.report.module.name.empty()) return image.report.module.name;
  const auto parts = parse_cache_path(image.recorded);
  return parts && !parts->package.empty() ? parts->package : std::string(paths::name(image.path));
}

// The package that a problem speaks of: closing names it before the sentence.
std::string package_lacked(const ImageReport& report, const Reason& problem) {
  for (const std::string& cause : report.root_causes)
    if (cause.ends_with(": " + problem.message))
      return cause.substr(0, cause.size() - problem.message.size() - 2);
  return {};
}

class Maker {
 public:
  explicit Maker(const CheckRun& run) : run_(run), all_needs_(run.needs()), place_(run.images().size()) {}

  Network make() {
    const auto& images = run_.images();
    for (size_t i = 0; i < images.size(); ++i)
      if (images[i]->input) add(i);
    for (size_t next = 0; next < origin_.size(); ++next)  // grows while what they need is added
      for (const size_t needed : all_needs_[origin_[next]]) add(needed);
    const size_t present = network_.nodes.size();
    for (size_t node = 0; node < present; ++node) connect(node);
    label();
    reduce();
    return std::move(network_);
  }

 private:
  void add(size_t image) {
    if (place_[image]) return;
    place_[image] = network_.nodes.size();
    origin_.push_back(image);
    const CheckedImage& checked = *run_.images()[image];
    NetworkNode node{&checked, package_of(checked), {}, condition_of(checked.report), {}, {}, {}, {}};
    if (const Reason* reason = first_reason(checked.report)) {
      node.cause = jireloc::name(reason->code);
      node.message = reason->message;
    }
    network_.nodes.push_back(std::move(node));
  }

  void connect(size_t node) {
    for (const size_t needed : all_needs_[origin_[node]])
      network_.nodes[node].needs.push_back(*place_[needed]);
    const ImageReport& report = network_.nodes[node].image->report;
    for (const Reason& problem : report.load_problems) {
      if (problem.code != Code::dependency_missing && problem.code != Code::dependency_wrong_build) continue;
      const std::string package = package_lacked(report, problem);
      if (!package.empty()) network_.nodes[node].needs.push_back(absent(package, problem));
    }
  }

  // One for each build that is lacked.
  size_t absent(const std::string& package, const Reason& problem) {
    const auto [found, is_new] = absent_.try_emplace(problem.message, network_.nodes.size());
    if (is_new)
      network_.nodes.push_back({nullptr,
                                package,
                                package,
                                Condition::absent,
                                std::string(jireloc::name(problem.code)),
                                problem.message,
                                {},
                                {}});
    return found->second;
  }

  std::string version_of(const NetworkNode& node) const {
    const auto parts = parse_cache_path(node.image->recorded);
    return parts ? parts->version : "";
  }

  void label() {
    std::map<std::string, size_t> versions, images;
    for (const NetworkNode& node : network_.nodes) {
      if (node.image == nullptr) continue;
      if (!version_of(node).empty()) ++versions[version_of(node)];
      ++images[version_of(node) + "/" + node.package];
    }
    for (NetworkNode& node : network_.nodes) {
      if (node.image == nullptr) continue;
      node.label = node.package;
      if (versions.size() > 1 && !version_of(node).empty()) node.label += " " + version_of(node);
      if (images[version_of(node) + "/" + node.package] > 1)
        node.label += " " + std::string(paths::name(node.image->path));
    }
  }

  // Leaves out of `direct` what another one that is needed needs itself.
  void reduce() {
    const size_t words = (network_.nodes.size() + 63) / 64;
    std::vector<std::vector<uint64_t>> reach(network_.nodes.size());
    std::vector<char> state(network_.nodes.size(), 0);
    for (size_t i = 0; i < network_.nodes.size(); ++i) reach_of(i, words, reach, state);
    for (NetworkNode& node : network_.nodes) {
      std::vector<uint64_t> through(words, 0);
      for (const size_t needed : node.needs)
        for (size_t i = 0; i < words; ++i) through[i] |= reach[needed][i];
      std::copy_if(node.needs.begin(), node.needs.end(), std::back_inserter(node.direct),
                   [&](size_t needed) { return (through[needed / 64] >> (needed % 64) & 1) == 0; });
    }
  }

  // By hand, for chains may be long. A cycle (none is real) is cut where it is met.
  void reach_of(size_t start, size_t words, std::vector<std::vector<uint64_t>>& reach,
                std::vector<char>& state) {
    std::vector<std::pair<size_t, size_t>> open;  // a node, and which of its needs is next
    if (state[start] == 0) open.emplace_back(start, 0);
    while (!open.empty()) {
      auto& [node, next] = open.back();
      state[node] = 1;
      if (next < network_.nodes[node].needs.size()) {
        const size_t needed = network_.nodes[node].needs[next++];
        if (state[needed] == 0) open.emplace_back(needed, 0);
        continue;
      }
      std::vector<uint64_t> bits(words, 0);
      for (const size_t needed : network_.nodes[node].needs) {
        bits[needed / 64] |= uint64_t{1} << (needed % 64);
        for (size_t i = 0; i < reach[needed].size(); ++i) bits[i] |= reach[needed][i];
      }
      reach[node] = std::move(bits);
      open.pop_back();
    }
  }

  const CheckRun& run_;
  const std::vector<std::vector<size_t>> all_needs_;
  std::vector<std::optional<size_t>> place_;  // in the network, by place in the run
  std::vector<size_t> origin_;                // the other way round
  std::map<std::string, size_t> absent_;      // by what is said of them
  Network network_;
};

}  // namespace

std::string_view name(Condition condition) noexcept {
  switch (condition) {
    case Condition::loads:
      return "loads";
    case Condition::waits:
      return "waits";
    case Condition::stale:
      return "stale";
    case Condition::unreadable:
      return "unreadable";
    case Condition::unknown:
      return "unknown";
    case Condition::absent:
      return "absent";
  }
  return "";
}

bool Network::is_rejected_chain(size_t from, size_t to) const {
  return nodes[from].condition != Condition::loads && nodes[to].condition != Condition::loads;
}

Network network_of(const CheckRun& run) {
  return Maker(run).make();
}

}  // namespace jireloc::cli
