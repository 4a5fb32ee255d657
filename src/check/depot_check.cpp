#include "jireloc/depot_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <unordered_set>

#include "base/threads.hpp"
#include "base/work.hpp"
#include "bytes/file_system.hpp"
#include "bytes/folder_walk.hpp"
#include "jireloc/alias.hpp"
#include "jireloc/disproof.hpp"
#include "jireloc/paths.hpp"

namespace jireloc {
namespace {

// What an image and its library are, wherever they were named; everything else as the view has it.
class BesideImage final : public FileView {
 public:
  BesideImage(const CheckedImage& image, const FileView& base)
      : recorded_(paths::image_stem(image.recorded)), actual_(paths::image_stem(image.path)), base_(base) {}
  std::string actual(const std::string& path) const override {
    if (path.starts_with(recorded_) && path.find('/', recorded_.size()) == std::string::npos) {
      return actual_ + path.substr(recorded_.size());
    }
    return base_.actual(path);
  }

 private:
  std::string recorded_, actual_;
  const FileView& base_;
};

std::string version_folder_of(const std::string& path) {
  const auto parts = parse_cache_path(path);
  return parts ? parts->version : std::string();
}

bool is_image_name(std::string_view, std::string_view name) {
  return name.ends_with(".ji");
}

}  // namespace

DepotCheck::DepotCheck(DepotCheckOptions options)
    : options_(std::move(options)),
      proofs_(std::make_unique<ProofCache>()),
      presences_(std::make_unique<PresenceCache>()) {
  if (!options_.open) options_.open = [](const std::string& path) { return open_file(path); };
  CheckContext& context = options_.context;
  if (context.proofs == nullptr) context.proofs = proofs_.get();
  if (context.presences == nullptr) context.presences = presences_.get();
}

DepotCheck::~DepotCheck() = default;

void DepotCheck::add(std::string path, std::string recorded, std::optional<Error> problem) {
  CheckedImage& image = *images_.emplace_back(std::make_unique<CheckedImage>());
  image.path = std::move(path);
  image.recorded = std::move(recorded);
  image.input = true;
  if (problem) image.problem = std::make_shared<const Error>(std::move(*problem));
}

void DepotCheck::index() {
  find_broken_aliases();
  collect_depots();
  index_images();
  read_load_paths();
}

void DepotCheck::find_broken_aliases() {
  CheckContext& context = options_.context;
  for (const std::string& depot : context.depots) {
    try {
      const auto alias = recorded_alias(depot, *context.view);
      if (alias && !alias->problem.empty() && alias->path.starts_with('/'))
        context.broken_aliases.emplace_back(alias->path, alias->problem);
    } catch (const Error& error) {
      if (options_.problem) options_.problem(error);
    }
  }
}

// The images of the depot path that the inputs may need: those of the same version folders.
void DepotCheck::collect_depots() {
  std::unordered_set<std::string> known, versions;
  for (const auto& image : images_) {
    known.insert(image->recorded);
    versions.insert(version_folder_of(image->recorded));
  }
  versions.erase("");
  for (const std::string& depot : options_.context.depots) {
    for (const std::string& version : versions) {
      const std::string recorded = fmt::format("{}/compiled/{}", depot, version);
      const std::string folder = options_.context.view->actual(recorded);
      if (const FileStatus status = file_status(folder); !status.is_directory()) {
        if (status.is_unknown()) set_.add_unreadable(recorded);
        continue;
      }
      FolderWalk walk(std::make_shared<GivenFolder>(folder), is_image_name);
      while (auto found = walk.next()) {
        auto image = std::make_unique<CheckedImage>();
        image->path = found->path;
        image->recorded = recorded + found->path.substr(folder.size());
        if (found->problem) set_.add_unreadable(image->recorded);
        if (!found->problem && known.insert(image->recorded).second) images_.push_back(std::move(image));
      }
    }
  }
}

// In the order of the images; so many headers are in memory at a time.
void DepotCheck::index_images() {
  constexpr size_t kAtATime = 256;
  Threads threads(options_.jobs, options_.most_jobs);
  for (size_t begin = 0; begin < images_.size(); begin += kAtATime) {
    std::vector<std::optional<CacheFile>> headers(std::min(kAtATime, images_.size() - begin));
    for_all(threads, headers.size(), [&](size_t i) {
      CheckedImage& image = *images_[begin + i];
      const ItemWork work;
      try {
        if (image.problem) throw Error(*image.problem);
        headers[i] = read_cache_file(*options_.open(image.path), {ReadDepth::header, nullptr});
      } catch (const Error& problem) {
        image.is_unknown = !is_disproof(problem.kind());  // judged later, with its reason
      }
    });
    for (size_t i = 0; i < headers.size(); ++i) {
      CheckedImage& image = *images_[begin + i];
      if (headers[i])
        image.number = set_.add(image.recorded, *headers[i]);
      else if (image.is_unknown)
        set_.add_unreadable(image.recorded);
    }
  }
  options_.context.system_modules.merge(set_.system_modules());
}

std::optional<Prefix> DepotCheck::expected_prefix(const std::string& version_folder) const {
  const ExpectedJulia& expected = options_.context.expected;
  if (!expected.prefix) return set_.usual_prefix(version_folder);
  Prefix prefix = *expected.prefix;
  const auto usual = set_.usual_prefix(version_folder, prefix.version);
  if (expected.only_version) return usual ? usual : prefix;
  // The format number is what Julia does not tell; images of that very Julia do.
  if (usual && usual->commit == prefix.commit) {
    prefix.format = usual->format;
    prefix.gc = usual->gc;
  }
  return prefix;
}

CheckContext DepotCheck::context_of(const std::string& version_folder) const {
  CheckContext context = options_.context;
  context.expected.prefix = expected_prefix(version_folder);
  if (!options_.load_path) return context;
  const auto found = load_paths_.find(version_folder);
  context.load_path = found != load_paths_.end()
                          ? found->second
                          : std::make_shared<LoadPath>(options_.load_path(version_of(version_folder)));
  return context;
}

// Of the Julia that is to load the images of a folder; empty: nothing tells it.
std::string DepotCheck::version_of(const std::string& version_folder) const {
  const auto prefix = expected_prefix(version_folder);
  if (prefix && JuliaVersion::find(prefix->version)) return prefix->version;
  return version_folder.empty() ? std::string() : version_folder.substr(1) + ".0";
}

void DepotCheck::read_load_paths() {
  if (!options_.load_path) return;
  for (const auto& image : images_) {
    const std::string folder = version_folder_of(image->recorded);
    auto& load_path = load_paths_[folder];
    if (!load_path) load_path = std::make_shared<LoadPath>(options_.load_path(version_of(folder)));
  }
}

void DepotCheck::judge_one(CheckedImage& image) const {
  CheckContext context = context_of(version_folder_of(image.recorded));
  const BesideImage view(image, *options_.context.view);
  context.view = &view;
  const ItemWork work;
  try {
    if (image.problem) throw Error(*image.problem);
    image.report = check_image(*options_.open(image.path), image.recorded, context);
  } catch (const Error& problem) {
    image.report = report_unopenable(image.recorded, problem);
  }
  image.report.path = image.path;
}

void DepotCheck::judge() {
  std::vector<size_t> inputs;
  std::vector<CheckedImage*> wanted, by_number;
  for (const auto& image : images_) {
    if (image->input && image->number) inputs.push_back(*image->number);
    if (image->input && !image->number) wanted.push_back(image.get());
    if (!image->number) continue;
    by_number.resize(std::max(by_number.size(), *image->number + 1));
    by_number[*image->number] = image.get();
  }
  for (const size_t number : set_.reachable(inputs)) wanted.push_back(by_number[number]);
  Threads threads(options_.jobs, options_.most_jobs);
  std::mutex mutex;
  size_t done = 0;
  for_all(threads, wanted.size(), [&](size_t i) {
    judge_one(*wanted[i]);
    if (!options_.progress) return;
    const std::lock_guard lock(mutex);
    options_.progress(++done, wanted.size());
  });
  std::vector<ImageReport*> reports(by_number.size(), nullptr);
  for (CheckedImage* image : wanted) {
    if (image->number) reports[*image->number] = &image->report;
  }
  set_.close(reports);
}

void check_depot(const std::string& depot, const CheckContext& context,
                 const std::function<void(const ImageReport&)>& sink) {
  DepotCheckOptions options;
  options.context = context;
  if (options.context.depots.empty()) options.context.depots = {depot};
  const std::string compiled = depot + "/compiled";
  DepotCheck check(std::move(options));
  FolderWalk walk(std::make_shared<GivenFolder>(context.view->actual(compiled)), is_image_name);
  while (auto found = walk.next()) {
    if (found->problem && found->below.empty()) throw Error(*found->problem);
    check.add(found->path, compiled + "/" + found->below, found->problem);
  }
  check.index();
  check.judge();
  for (const auto& image : check.images())
    if (image->input) sink(image->report);
}

}  // namespace jireloc
