// make-depot: a synthetic depot of any size from the real images of the corpus.
#include <fmt/format.h>
#include <getopt.h>

#include <boost/filesystem/operations.hpp>
#include <cstdlib>

#include "depot_maker/environment.hpp"
#include "depot_maker/image.hpp"
#include "depot_maker/plan.hpp"
#include "jireloc/error.hpp"
#include "jireloc/paths.hpp"

namespace {

using namespace depot_maker;

constexpr const char* kUsage =
    R"(usage: make-depot [OPTION]... DIR
Writes a synthetic Julia depot into DIR, which must not exist or be empty: packages with sources, an environment,
and cache files made from real images, with valid checksums, slugs and build ids. No Julia can run them (their
modules are others than the code inside), but all their headers and paths are as Julia writes them.
  --images N         how many images, one a package (10000)
  --total-size SIZE  of all images and libraries together; K, M and G are powers of 1024 (1200M, at most 3G)
  --from NAME        folder of the corpus to start from: 1.10.8-plain, 1.10.8-split, 1.12.5-plain …;
                     may be repeated, packages then take turns (1.10.8-plain)
  --recorded PATH    depot where the images say they were compiled (DIR); payloads of real images can name it
                     only if it has at most 20 characters
  --seed N           the same seed gives the same depot (1)
  --corpus DIR       the unpacked corpus
)";

struct Options {
  PlanOptions plan;
  std::string directory, recorded, corpus;
  std::vector<std::string> from;
};

[[noreturn]] void usage_error(const std::string& sentence) {
  throw jireloc::Error(jireloc::ErrorKind::usage, sentence);
}

uint64_t parse_size(const std::string& text) {
  char* end = nullptr;
  const uint64_t value = std::strtoull(text.c_str(), &end, 10);
  const std::string unit = end;
  const int shift = unit.empty() ? 0 : unit == "K" ? 10 : unit == "M" ? 20 : unit == "G" ? 30 : -1;
  if (end == text.c_str() || shift < 0 || value == 0) usage_error("not a number: " + text);
  return value << shift;
}

Options read_options(int argc, char** argv) {
  static const option kOptions[] = {{"images", 1, nullptr, 'n'}, {"total-size", 1, nullptr, 't'},
                                    {"from", 1, nullptr, 'f'},   {"recorded", 1, nullptr, 'r'},
                                    {"seed", 1, nullptr, 's'},   {"corpus", 1, nullptr, 'c'},
                                    {"help", 0, nullptr, 'h'},   {nullptr, 0, nullptr, 0}};
  Options options;
  for (int chosen; (chosen = getopt_long(argc, argv, "h", kOptions, nullptr)) != -1;) {
    switch (chosen) {
      case 'n':
        options.plan.images = parse_size(optarg);
        break;
      case 't':
        options.plan.total_size = parse_size(optarg);
        break;
      case 'f':
        options.from.emplace_back(optarg);
        break;
      case 'r':
        options.recorded = optarg;
        break;
      case 's':
        options.plan.seed = parse_size(optarg);
        break;
      case 'c':
        options.corpus = optarg;
        break;
      case 'h':
        fmt::print("{}", kUsage);
        std::exit(0);
      default:
        usage_error("try --help");
    }
  }
  if (optind + 1 != argc) usage_error("one DIR is needed; try --help");
  if (options.corpus.empty()) usage_error("--corpus is needed");
  if (options.plan.total_size > uint64_t{3} << 30) usage_error("--total-size: at most 3G");
  options.directory = jireloc::paths::normal(boost::filesystem::absolute(argv[optind]).string());
  while (options.directory.ends_with('/')) options.directory.pop_back();
  if (options.recorded.empty()) options.recorded = options.directory;
  if (options.from.empty()) options.from = {"1.10.8-plain"};
  options.plan.families = options.from.size();
  return options;
}

struct Totals {
  uint64_t image_bytes = 0, files = 0, file_bytes = 0, recorded = 0;
};

class DepotMaker {
 public:
  explicit DepotMaker(const Options& options)
      : options_(options),
        random_(options.plan.seed),
        pool_(random_),
        packages_(plan_packages(options.plan, random_)) {
    for (const std::string& name : options.from)
      families_.push_back(load_family(options.corpus + "/" + name, options.recorded));
  }

  Totals make() {
    for (uint32_t number = 0; number < packages_.size(); ++number) make_package(number);
    for (size_t family = 0; family < families_.size(); ++family)
      write_environment(options_.directory,
                        families_.size() == 1 ? "eval" : "eval-" + families_[family].folder, packages_,
                        trees_, family, families_[family].version());
    return totals_;
  }

 private:
  void make_package(uint32_t number) {
    const PackagePlan& plan = packages_[number];
    std::vector<const PackagePlan*> needed;
    for (const uint32_t other : plan.dependencies) needed.push_back(&packages_[other]);
    const PackageFiles files =
        write_package(options_.directory, plan, text_budget(plan), needed, pool_, random_);
    ImageOrder order{families_[plan.family], plan, files, options_.directory, options_.recorded, {}, {}};
    for (const uint32_t other : plan.dependencies) order.direct.push_back(identities_[other]);
    for (const uint32_t other : plan.closure) order.closure.push_back(identities_[other]);
    MadeImage made = write_image(order, random_);
    identities_.push_back(std::move(made.identity));
    trees_.push_back(files.tree);
    totals_.image_bytes += made.bytes;
    totals_.files += files.files;
    totals_.file_bytes += files.bytes;
    totals_.recorded += files.recorded.size();
  }

  const Options& options_;
  Random random_;
  TextPool pool_;
  std::vector<PackagePlan> packages_;
  std::vector<Family> families_;
  std::vector<Identity> identities_;
  std::vector<jireloc::Sha1> trees_;
  Totals totals_;
};

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = read_options(argc, argv);
    if (boost::filesystem::exists(options.directory) && !boost::filesystem::is_empty(options.directory))
      usage_error(options.directory + " is there already and not empty");
    const Totals totals = DepotMaker(options).make();
    fmt::print("{}: {} images of {:.1f} MB, {} package files of {:.1f} MB, {} of them recorded\n",
               options.directory, options.plan.images, static_cast<double>(totals.image_bytes) / 1e6,
               totals.files, static_cast<double>(totals.file_bytes) / 1e6, totals.recorded);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "make-depot: {}\n", error.what());
    return 2;
  }
}
