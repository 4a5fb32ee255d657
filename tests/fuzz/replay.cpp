// Runs fuzz targets without a fuzzer: over files, each in an allocation of its exact size so that a read
// behind its end is seen, and over inputs made from a seed.
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

#include "fuzz/cost.hpp"
#include "fuzz/targets.hpp"
#include "jireloc/layout.hpp"
#include "support/image_mutation.hpp"
#include "support/random_image.hpp"
#include "support/temp_folder.hpp"

namespace {

using namespace jireloc;

struct Target {
  std::string_view name;
  void (*run)(std::string_view);
};

#define JIRELOC_ROW(target) {#target, fuzz::target},
constexpr Target kTargets[] = {JIRELOC_FUZZ_TARGETS(JIRELOC_ROW)};
#undef JIRELOC_ROW

constexpr const char* kUsage =
    "usage: fuzz_replay TARGET [--images N] [--bytes N] [--seed N] [--write DIR] [FILE|DIR[:SUFFIX]]...\n"
    "  --images N   also N random images and changes of them\n"
    "  --bytes N    also N random byte strings\n"
    "  --write DIR  write the inputs there, as seeds for a fuzzer, and run nothing\n";

class Replay {
 public:
  explicit Replay(const Target& target) : target_(target) {}

  void write_to(std::string folder) { folder_ = std::move(folder); }

  void files(std::string argument) {
    namespace fs = std::filesystem;
    std::string suffix;
    if (const size_t colon = argument.rfind(':'); colon != std::string::npos) {
      suffix = argument.substr(colon + 1);
      argument.resize(colon);
    }
    if (!fs::is_directory(argument)) return file(argument);
    for (const auto& entry : fs::recursive_directory_iterator(argument))
      if (entry.is_regular_file() && entry.path().string().ends_with(suffix)) file(entry.path());
  }

  void images(uint64_t seed, uint64_t count) {
    test::SeededChooser choose(seed);
    for (uint64_t i = 0; i < count; ++i) {
      const Layout& layout = layouts()[i % layouts().size()];
      const std::string bytes = test::random_image(choose, layout).bytes;
      input(bytes);
      if (folder_.empty()) input(test::mutate_image(bytes, choose));
    }
  }

  void bytes(uint64_t seed, uint64_t count) {
    test::SeededChooser choose(seed);
    for (uint64_t i = 0; i < count; ++i) input(choose.bytes(choose.below(400)));
  }

  uint64_t inputs() const { return inputs_; }

 private:
  void file(const std::filesystem::path& path) { input(test::read_file(path)); }

  void input(const std::string& bytes) {
    ++inputs_;
    if (!folder_.empty()) {
      std::ofstream(folder_ + "/seed-" + std::to_string(inputs_), std::ios::binary) << bytes;
      return;
    }
    const std::unique_ptr<char[]> exact(new char[bytes.size()]);
    if (!bytes.empty()) std::memcpy(exact.get(), bytes.data(), bytes.size());
    fuzz::run_within_cost(target_.run, {exact.get(), bytes.size()});
  }

  const Target& target_;
  std::string folder_;
  uint64_t inputs_ = 0;
};

int run(const Target& target, const std::vector<std::string>& arguments) {
  Replay replay(target);
  uint64_t seed = 1;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    const bool option = word.starts_with("--");
    if (option && i + 1 == arguments.size()) return 2;
    if (word == "--write") {
      replay.write_to(arguments[++i]);
    } else if (word == "--seed") {
      seed = std::stoull(arguments[++i]);
    } else if (word == "--images") {
      replay.images(seed, std::stoull(arguments[++i]));
    } else if (word == "--bytes") {
      replay.bytes(seed, std::stoull(arguments[++i]));
    } else if (option) {
      return 2;
    } else {
      replay.files(word);
    }
  }
  std::printf("%s: %llu inputs, no finding; at most %.0f bytes allocated a byte of input over 16 MiB\n",
              std::string(target.name).c_str(), static_cast<unsigned long long>(replay.inputs()),
              fuzz::dearest_input());
  return replay.inputs() > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc >= 2) {
    for (const Target& target : kTargets)
      if (target.name == argv[1])
        if (const int status = run(target, {argv + 2, argv + argc}); status != 2) return status;
  }
  std::fputs(kUsage, stderr);
  return 2;
}
