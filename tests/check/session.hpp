// A depot of the corpus, and a session that judges one of its images.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "check/situations.hpp"
#include "jireloc/mount_view.hpp"

namespace jireloc::test {

inline std::vector<std::string> codes(const ImageReport& report) {
  std::vector<std::string> result;
  for (const Reason& reason : report.reasons) result.emplace_back(name(reason.code));
  return result;
}
using Codes = std::vector<std::string>;

// A depot, and a session that looks at it.
struct Session {
  explicit Session(const std::string& folder, const std::string& package = "Leaf")
      : depot(folder), view(depot.root()), image(depot.image(package)) {
    file = read_cache_file(*open_file(depot.actual(image)));
    context.view = &view;
    context.depots = {Depot::u, Depot::g};
    context.proofs = &proofs;
  }
  void use_environment() {
    context.load_path = load_path_of(read_environment(depot.environment(), file.prefix.version, view));
  }
  ImageReport check() const { return check_image(*open_file(depot.actual(image)), image, context); }
  // Judges `file` as it is now, written anew around the old payload.
  ImageReport check_changed() {
    const auto old = open_file(depot.actual(image));
    const CacheFile before = read_cache_file(*old);
    std::vector<std::string> names;
    for (const SourceText& source : file.source_texts) names.push_back(source.path);
    place(file, names);
    return check_image(*view_bytes(serialize_ji(file, *old, before.payload)), image, context);
  }
  void pretend_version(const std::string& version) { file.prefix.version = version; }
  Dependency& dependency(std::string_view suffix) {
    for (Dependency& entry : file.dependencies) {
      if (entry.path.ends_with(suffix)) return entry;
    }
    throw std::runtime_error("not recorded");
  }

  Depot depot;
  RootView view;
  std::string image;
  CacheFile file;
  ProofCache proofs;
  CheckContext context;
};

}  // namespace jireloc::test
