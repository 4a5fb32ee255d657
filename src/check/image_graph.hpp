// Which images need which, by build id.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jireloc/cache_file.hpp"

namespace jireloc {

// The build that an image asks for, as numbers for people.
std::string build_text(const RequiredModule& module);

// The modules that an image provides, as others ask for them.
std::vector<RequiredModule> provided_by(const CacheFile& header);

// Modules by their identity and build. Required modules recur in all images of a Julia, so each is kept once.
class ModuleTable {
 public:
  uint32_t number_of(const RequiredModule& module);
  std::optional<uint32_t> find(const RequiredModule& module) const;
  const RequiredModule& operator[](uint32_t number) const { return *modules_[number]; }
  size_t size() const { return modules_.size(); }

 private:
  struct Less {
    bool operator()(const RequiredModule* a, const RequiredModule* b) const;
  };
  std::vector<std::unique_ptr<RequiredModule>> modules_;
  std::map<const RequiredModule*, uint32_t, Less> numbers_;
};

class ImageGraph {
 public:
  struct Node {
    std::vector<uint32_t> provides, needs;  // numbers of modules, each once
    bool operator==(const Node&) const = default;
  };

  // All return the image's number: they are counted from 0. One whose header is not known has no modules.
  size_t add(const CacheFile& header);
  size_t add_unknown();
  // One of which these numbers are known.
  size_t add(Node node);
  // One with the same modules as another.
  size_t add_twin(size_t image);

  size_t size() const { return nodes_.size(); }
  const Node& operator[](size_t image) const { return nodes_[image]; }
  const ModuleTable& modules() const { return modules_; }
  uint32_t number_of(const RequiredModule& module);
  // Images that provide exactly this build; empty where none does.
  const std::vector<uint32_t>& providers(uint32_t module) const { return providers_[module]; }

  // The images that are wanted, dependencies before their dependents. A cycle (none is real) is cut.
  std::vector<size_t> order(const std::function<bool(size_t)>& wanted) const;
  // The same by level: all dependencies of an image are in earlier ones (but for a cycle's).
  std::vector<std::vector<size_t>> levels(const std::vector<size_t>& order) const;

 private:
  std::vector<Node> nodes_;
  ModuleTable modules_;
  std::vector<std::vector<uint32_t>> providers_;  // by module
};

}  // namespace jireloc
