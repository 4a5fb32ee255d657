#include "cli/check_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <unordered_set>

#include "base/work.hpp"
#include "bytes/file_system.hpp"
#include "base/in_order.hpp"
#include "cli/depot_names.hpp"
#include "cli/folder_walk.hpp"
#include "cli/images.hpp"
#include "cli/output.hpp"
#include "cli/places.hpp"
#include "cli/processor_option.hpp"
#include "cli/progress.hpp"
#include "jireloc/alias.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/disproof.hpp"
#include "jireloc/error.hpp"

namespace jireloc::cli {
namespace {

// What an image and its library are, wherever they were named; everything else as the view has it.
class BesideImage final : public FileView {
 public:
  BesideImage(const CheckedImage& image, const FileView& base)
      : recorded_(without_suffix(image.recorded)), actual_(without_suffix(image.path)), base_(base) {}
  std::string actual(const std::string& path) const override {
    if (path.starts_with(recorded_) && path.find('/', recorded_.size()) == std::string::npos) {
      return actual_ + path.substr(recorded_.size());
    }
    return base_.actual(path);
  }

 private:
  static std::string without_suffix(const std::string& path) {
    return path.substr(0, path.size() - (path.ends_with(".ji") ? 3 : path.ends_with(".ji.zst") ? 7 : 0));
  }
  std::string recorded_, actual_;
  const FileView& base_;
};

std::unique_ptr<ByteSource> open_image(const std::string& path, uint64_t max_size) {
  auto source = open_file(path);
  return path.ends_with(".ji.zst") ? decompress(*source, max_size) : std::move(source);
}

std::string version_folder_of(const std::string& path) {
  const auto parts = parse_cache_path(path);
  return parts ? parts->version : std::string();
}

// A damaged header may hold anything.
bool is_version(const std::string& text) {
  try {
    JuliaVersion::parse(text);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// A list of items for in_order().
template <typename Items>
auto one_by_one(const Items& items) {
  return [&items, next = size_t{0}]() mutable -> std::optional<typename Items::value_type> {
    if (next == items.size()) return std::nullopt;
    return items[next++];
  };
}

}  // namespace

CheckRun::CheckRun(const CommandLine& line) : line_(line), view_(file_view(line.common)) {
  julia_ = expected_julia(line);
  if (julia_) context_.expected = julia_->expected;
  context_.view = view_.get();
  context_.content = line.has("content");
  // Only a Julia that ran here is of this machine.
  context_.processor = processor_option(line, julia_ && julia_->runs_here);
  context_.verify_checksums = !line.has("no-checksums");
  context_.proofs = &proofs_;
  context_.presences = &presences_;
  for (const std::string& option : line.all("source-for")) {
    const size_t equals = option.find('=');
    if (equals == 0 || equals == std::string::npos) {
      throw Error(ErrorKind::usage, fmt::format("--source-for: '{}' is not of the form NAME=FILE", option));
    }
    context_.source_for[option.substr(0, equals)] = option.substr(equals + 1);
  }
}

std::string CheckRun::recorded_path(const std::string& path) const {
  std::string seen = seen_path(line_.common, path);
  if (seen.ends_with(".ji.zst")) seen.resize(seen.size() - 4);
  return seen;
}

void CheckRun::run() {
  collect_inputs();
  choose_depots();
  find_broken_aliases();
  collect_depots();
  index_images();
  read_load_paths();
  judge();
}

void CheckRun::collect_inputs() {
  Common common = line_.common;
  if (common.paths.empty() && !common.files_from) common.paths = package_folders(line_.get("explain"));
  Images found(common, true);
  while (auto candidate = found.next()) {
    auto image = std::make_unique<CheckedImage>();
    image->path = candidate->path;
    image->recorded = recorded_path(candidate->path);
    image->input = true;
    image->problem = candidate->problem;
    if (candidate->folder != nullptr && !candidate->problem) {
      try {
        // Files of a folder that are no images are said and left out; one that was named is judged all the
        // same.
        const OpenedImage opened = found.open(*candidate);
        if (!opened.source) {
          if (!opened.remark.empty() && !line_.common.quiet) {
            Console::instance().lines(message_line(candidate->path, opened.remark));
          }
          continue;
        }
      } catch (const Error& problem) {
        // Without the magic where Julia looks: judged as it would be if it had been named.
        if (problem.kind() != ErrorKind::not_a_cache_file) image->problem = problem;
      }
    }
    images_.push_back(std::move(image));
  }
  if (line_.common.quiet) return;
  for (const std::string& folder : found.folders_without_images()) {
    Console::instance().lines(message_line(folder, "no cache files in this folder"));
  }
}

// --depot, else the depots of the Julia that was asked, else those that the inputs lie in.
void CheckRun::choose_depots() {
  std::string version = julia_ ? julia_->expected.prefix->version : "";
  for (const auto& image : images_) {
    if (!version.empty()) break;
    const auto parts = parse_cache_path(image->recorded);
    if (parts) version = parts->version.substr(1) + ".0";
  }
  if (line_.common.depot) {
    const char* home = std::getenv("HOME");
    context_.depots =
        expand_depot_path(line_.common.depot, JuliaVersion::parse(version.empty() ? "1.12.0" : version),
                          {home != nullptr ? home : "", julia_ ? julia_->bindir : ""});
  } else if (julia_) {
    context_.depots = julia_->depots;
  }
  for (const auto& image : images_) {
    const auto parts = parse_cache_path(image->recorded);
    if (!parts || parts->depot.empty()) continue;
    auto& depots = context_.depots;
    const bool known = std::find(depots.begin(), depots.end(), parts->depot) != depots.end();
    if (!known && !line_.common.depot) depots.push_back(parts->depot);
  }
}

void CheckRun::find_broken_aliases() {
  for (const std::string& depot : context_.depots) {
    try {
      const auto alias = recorded_alias(real_file_system(), depot, *view_);
      if (alias && !alias->problem.empty() && alias->path.starts_with('/'))
        context_.broken_aliases.emplace_back(alias->path, alias->problem);
    } catch (const Error& error) {
      if (!line_.common.quiet) Console::instance().lines(error_line(error));
    }
  }
}

// The images of the depot path that the inputs may need: those of the same version folders.
void CheckRun::collect_depots() {
  std::unordered_set<std::string> known, versions;
  for (const auto& image : images_) {
    known.insert(image->recorded);
    versions.insert(version_folder_of(image->recorded));
  }
  versions.erase("");
  for (const std::string& depot : context_.depots) {
    for (const std::string& version : versions) {
      const std::string recorded = fmt::format("{}/compiled/{}", depot, version);
      const std::string folder = view_->actual(recorded);
      if (const FileStatus status = file_status(folder); !status.is_directory()) {
        if (status.is_unknown()) set_.add_unreadable(recorded);
        continue;
      }
      FolderWalk walk(std::make_shared<GivenFolder>(folder),
                      [](std::string_view, std::string_view name) { return name.ends_with(".ji"); });
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

void CheckRun::index_images() {
  std::vector<CheckedImage*> all;
  all.reserve(images_.size());
  for (const auto& image : images_) all.push_back(image.get());
  using Header = std::pair<CheckedImage*, std::optional<CacheFile>>;
  in_order(
      Threads(line_.common.jobs, line_.common.most_jobs), one_by_one(all),
      [&](CheckedImage* image) -> Header {
        const ItemWork work;
        try {
          if (image->problem) throw Error(*image->problem);
          const auto source = open_image(image->path, line_.common.max_size);
          return {image, read_cache_file(*source, {ReadDepth::header, nullptr})};
        } catch (const Error& problem) {
          image->is_unknown = !is_disproof(problem.kind());
          return {image, std::nullopt};  // judged later, with its reason
        }
      },
      [&](Header header) {
        if (header.second)
          header.first->number = set_.add(header.first->recorded, *header.second);
        else if (header.first->is_unknown)
          set_.add_unreadable(header.first->recorded);
      });
  context_.system_modules = set_.system_modules();
}

std::optional<Prefix> CheckRun::expected_prefix(const std::string& version_folder) const {
  if (!julia_) return set_.usual_prefix(version_folder);
  Prefix prefix = *julia_->expected.prefix;
  const auto usual = set_.usual_prefix(version_folder, prefix.version);
  if (julia_->expected.only_version) return usual ? usual : prefix;
  // The format number is what Julia does not tell; images of that very Julia do.
  if (usual && usual->commit == prefix.commit) {
    prefix.format = usual->format;
    prefix.gc = usual->gc;
  }
  return prefix;
}

CheckContext CheckRun::context_for(const CheckedImage& image) const {
  return context_of(version_folder_of(image.recorded));
}

CheckContext CheckRun::context_of(const std::string& version_folder) const {
  CheckContext context = context_;
  context.expected.prefix = expected_prefix(version_folder);
  if (const auto found = load_paths_.find(version_folder); found != load_paths_.end())
    context.load_path = found->second;
  else if (line_.common.project)
    context.load_path = std::make_shared<LoadPath>(load_path_of(version_of(version_folder)));
  return context;
}

// Of the Julia that is to load the images of a folder; empty: nothing tells it.
std::string CheckRun::version_of(const std::string& version_folder) const {
  const auto prefix = expected_prefix(version_folder);
  if (prefix && is_version(prefix->version)) return prefix->version;
  return version_folder.empty() ? std::string() : version_folder.substr(1) + ".0";
}

LoadPath CheckRun::load_path_of(const std::string& version) const {
  const auto from_environment = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  LoadPathOptions options;
  options.julia_version = version;
  options.depots = context_.depots;
  options.stdlib = context_.expected.stdlib;
  options.home = from_environment("HOME");
  options.folder = recorded_path(".");
  const std::string& text = *line_.common.project;
  // A folder whose name has a colon in it is meant as a whole.
  std::vector<std::string> elements =
      view_->status(recorded_path(text)).exists() ? std::vector{text} : split_load_path(text);
  for (std::string& element : elements)
    if (!element.starts_with('@')) element = recorded_path(expand_home(element));
  if (const std::string active = from_environment("JULIA_PROJECT"); !active.empty() && active != "@")
    options.active_project = expand_load_path_element(active, options, *view_).value_or("");
  return read_load_path(elements, options, *view_);
}

void CheckRun::read_load_paths() {
  if (!line_.common.project) return;
  for (const auto& image : images_) {
    const std::string folder = version_folder_of(image->recorded);
    auto& load_path = load_paths_[folder];
    if (!load_path) load_path = std::make_shared<LoadPath>(load_path_of(version_of(folder)));
  }
  say_unused_environments();
}

// A name that was given and that leads to no environment is most likely a mistake; Julia says nothing.
void CheckRun::say_unused_environments() const {
  // A single folder without a project file is one of packages only where it is meant to be: in a list.
  const bool is_list = line_.common.project->find(':') != std::string::npos;
  bool any = load_paths_.empty();
  std::set<std::string> absent;
  for (const auto& [folder, load_path] : load_paths_) {
    const auto& found = load_path->environments;
    any = any || (!found.empty() && (is_list || !found.front().is_package_folder));
    absent.insert(load_path->absent.begin(), load_path->absent.end());
  }
  if (!any)
    throw Error(ErrorKind::usage, "there is no environment: no folder with a Project.toml, and no such file",
                *line_.common.project);
  if (line_.common.quiet) return;
  for (const std::string& path : absent)
    Console::instance().lines(message_line(path, "no environment: there is no Project.toml"));
}

void CheckRun::judge_one(CheckedImage& image) const {
  CheckContext context = context_for(image);
  const BesideImage view(image, *view_);
  context.view = &view;
  const ItemWork work;
  try {
    if (image.problem) throw Error(*image.problem);
    image.report = check_image(*open_image(image.path, line_.common.max_size), image.recorded, context);
  } catch (const Error& problem) {
    image.report = report_unopenable(image.recorded, problem);
  }
  image.report.path = image.path;
}

void CheckRun::judge() {
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
  Progress progress("images", wanted.size());
  in_order(
      Threads(line_.common.jobs, line_.common.most_jobs), one_by_one(wanted),
      [this](CheckedImage* image) {
        judge_one(*image);
        return true;
      },
      [&progress](bool) { progress.advance(); });
  progress.finish();
  std::vector<ImageReport*> reports(by_number.size(), nullptr);
  for (CheckedImage* image : wanted) {
    if (image->number) reports[*image->number] = &image->report;
  }
  set_.close(reports);
}

}  // namespace jireloc::cli
