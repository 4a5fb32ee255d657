// Every byte of a bundle changed, and every length: refused each time, and nothing gets into the depot.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "jireloc/bundle.hpp"
#include "jireloc/error.hpp"
#include "support/made_bundle.hpp"
#include "support/temp_folder.hpp"

namespace jireloc {
namespace {

// A sanitizer is slow, and what it looks for lies in a few places.
size_t step_to_next() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return std::getenv("JIRELOC_LONG") != nullptr ? 1 : 41;
#else
  return 1;
#endif
}

class Damage {
 public:
  // A depot that has something already.
  Damage() { test::write_file(folder_ / "depot/packages/Mine/slug1/src/Mine.jl", "mine"); }

  // What unpacking it comes to: the error's code, none where it was taken; `changed` where the depot is not
  // as it was, or something was said to be merged.
  std::string unpack(const std::string& bytes, int jobs = 1) {
    UnpackOptions options;
    options.relocate.jobs = jobs;
    BundleSource source = test::made::source_from(bytes);
    source.is_file = true;
    options.relocate.to = folder_ / "depot";
    bool told = false;
    std::string code = "none";
    try {
      unpack_bundle(source, options, [&](const DepotItem&) { told = true; });
    } catch (const Error& error) {
      code = error.offset() ? "refused" : error.message();
    }
    return told || !is_untouched() ? "changed" : code;
  }

 private:
  bool is_untouched() const {
    std::vector<std::string> names = folder_.names("depot");
    std::erase(names, ".jireloc-lock");
    return names == std::vector<std::string>{"packages"} &&
           folder_.names("depot/packages") == std::vector<std::string>{"Mine"};
  }

  const test::TempFolder folder_{test::TempFolder::Where::memory};
};

// Which bits of a byte are turned: one or all of them; with JIRELOC_LONG each by itself, and all.
std::vector<int> turns(size_t at) {
  if (std::getenv("JIRELOC_LONG") == nullptr) return {at % 3 == 0 ? 0xFF : 1 << at % 8};
  return {1, 2, 4, 8, 16, 32, 64, 128, 255};
}

}  // namespace

TEST_CASE("a bundle with any byte changed is refused, and nothing of it gets into the depot") {
  const std::string whole = test::made::packed(test::made::sound_manifest());
  Damage damage;
  for (size_t at = 0; at < whole.size(); at += step_to_next())
    for (const int turn : turns(at)) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ turn);
      INFO("byte " << at << " of " << whole.size() << ", bits " << turn);
      REQUIRE(damage.unpack(damaged, 1 + static_cast<int>(at % 3)) == "refused");
    }
  CHECK(damage.unpack(whole) == "changed");
}

TEST_CASE("a bundle of any other length is refused, and nothing of it gets into the depot") {
  const std::string whole = test::made::packed(test::made::sound_manifest());
  Damage damage;
  for (size_t size = 0; size < whole.size(); size += step_to_next()) {
    INFO(size << " bytes of " << whole.size());
    REQUIRE(damage.unpack(whole.substr(0, size), 1 + static_cast<int>(size % 3)) == "refused");
  }
  for (const std::string& behind : {std::string(1, '\0'), std::string(512, '\0'), whole})
    for (const int jobs : {1, 2, 3}) CHECK(damage.unpack(whole + behind, jobs) == "refused");
}

}  // namespace jireloc
