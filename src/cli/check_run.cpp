#include "cli/check_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "cli/bundle_inputs.hpp"
#include "cli/folder_names.hpp"
#include "cli/host.hpp"
#include "cli/image_batch.hpp"
#include "cli/output.hpp"
#include "cli/places.hpp"
#include "cli/processor_option.hpp"
#include "cli/progress.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/paths.hpp"

namespace jireloc::cli {

CheckRun::CheckRun(const CommandLine& line)
    : line_(line), view_(file_view(line.common)), julia_(expected_julia(line)) {
  std::vector<Input> inputs = collect_inputs();
  if (!bundles_.empty()) {
    std::vector<const OpenedBundle*> bundles;
    for (const auto& bundle : bundles_) bundles.push_back(bundle.get());
    unpacked_ = std::make_unique<UnpackedView>(std::move(bundles), *view_);
  }
  check_ = std::make_unique<DepotCheck>(options_for(inputs));
  for (Input& input : inputs)
    check_->add(std::move(input.path), std::move(input.recorded), std::move(input.problem));
  std::vector<Input>().swap(inputs);
  check_->index();
  if (line.common.project) say_unused_environments();
  check_->judge();
}

CheckContext CheckRun::given_context() const {
  CheckContext context;
  if (julia_) context.expected = julia_->expected;
  context.view = &view();
  context.content = line_.has("content");
  // Only a Julia that ran here is of this machine.
  context.processor = processor_option(line_, julia_ && julia_->runs_here);
  context.verify_checksums = !line_.has("no-checksums");
  for (const std::string& option : line_.all("source-for")) {
    const size_t equals = option.find('=');
    if (equals == 0 || equals == std::string::npos) {
      throw Error(ErrorKind::usage, fmt::format("--source-for: '{}' is not of the form NAME=FILE", option));
    }
    context.source_for[option.substr(0, equals)] = option.substr(equals + 1);
  }
  return context;
}

DepotCheckOptions CheckRun::options_for(const std::vector<Input>& inputs) const {
  DepotCheckOptions options;
  options.context = given_context();
  options.context.depots = depots_for(inputs);
  if (line_.common.project)
    options.load_path = [this](const std::string& version) { return load_path_of(version); };
  options.open = [this](const std::string& path) {
    auto source = open_file(path);
    return paths::is_compressed_image(path) ? decompress(*source, line_.common.max_size) : std::move(source);
  };
  options.jobs = line_.common.jobs;
  options.most_jobs = line_.common.most_jobs;
  Host* const host = current_host();  // of the threads that call these
  if (!line_.common.quiet)
    options.problem = [host](const Error& error) {
      const HostScope scope(host);
      Console::instance().lines(error_line(error));
    };
  const auto progress = std::make_shared<std::optional<Progress>>();
  options.progress = [host, progress](size_t done, size_t all) {
    const HostScope scope(host);
    stop_if_asked(host);
    if (!*progress) progress->emplace("images", all);
    (*progress)->advance();
    if (done == all) (*progress)->finish();
  };
  return options;
}

std::string CheckRun::recorded_path(const std::string& path) const {
  std::string seen = seen_path(line_.common, path);
  return std::string(paths::loaded_name(seen));
}

std::vector<CheckRun::Input> CheckRun::collect_inputs() {
  Common common = line_.common;
  if (common.paths.empty() && !common.files_from) common.paths = package_folders(line_.get("explain"));
  ImageFiles found(names_given(common), true, common.max_size);
  std::vector<Input> inputs;
  while (auto candidate = found.next()) {
    if (is_bundle(*candidate)) {
      add_bundle(candidate->path, inputs);
      continue;
    }
    Input input{candidate->path, recorded_path(candidate->path), candidate->problem};
    if (candidate->folder != nullptr && !candidate->problem) {
      try {
        // Files of a folder that are no images are said and left out; one that was named is judged all the
        // same.
        const OpenedImage opened = found.open(*candidate);
        if (!opened.source) {
          Console::instance().lines(remark_line(line_, *candidate, opened));
          continue;
        }
      } catch (const Error& problem) {
        // Without the magic where Julia looks: judged as it would be if it had been named.
        if (problem.kind() != ErrorKind::not_a_cache_file) input.problem = problem;
      }
    }
    inputs.push_back(std::move(input));
  }
  say_empty_folders(line_, found);
  return inputs;
}

// As if they lay where the bundle was packed.
void CheckRun::add_bundle(const std::string& path, std::vector<Input>& inputs) {
  try {
    auto bundle = std::make_unique<OpenedBundle>(path, line_.common.max_size);
    for (const std::string& image : bundle->images())
      inputs.push_back({bundle->place_of(image), bundle->manifest().depot + "/" + image, {}});
    if (bundle->images().empty() && !line_.common.quiet)
      Console::instance().lines(message_line(path, "no cache files in this bundle"));
    bundles_.push_back(std::move(bundle));
  } catch (const Error& problem) {
    inputs.push_back({path, recorded_path(path), problem});
  }
}

// The images of one package, where none were named: those in the depot path.
std::vector<std::string> CheckRun::package_folders(const std::string& package) {
  if (package.empty() || package.find('/') != std::string::npos)
    throw Error(ErrorKind::usage, fmt::format("--explain: '{}' is no package's name", package));
  std::vector<std::string> depots = depots_for({});
  if (depots.empty())
    depots = expanded_depots(std::nullopt, JuliaVersion{1, 12, 0, ""}, julia_ ? julia_->bindir : "");
  std::vector<std::string> folders;
  for (const std::string& depot : depots) {
    const std::string compiled = view_->actual(depot + "/compiled");
    for (const std::string& version : names_in_folder(compiled).value_or(std::vector<std::string>())) {
      std::string folder = compiled + "/" + version + "/" + package;
      if (file_status(folder).is_directory()) folders.push_back(std::move(folder));
    }
  }
  return folders;
}

// --depot, else the depots of the Julia that was asked, and those that the inputs lie in.
std::vector<std::string> CheckRun::depots_for(const std::vector<Input>& inputs) const {
  std::string version = julia_ ? julia_->expected.prefix->version : "";
  std::vector<std::string> of_inputs;
  for (const Input& input : inputs) {
    const auto parts = parse_cache_path(input.recorded);
    if (!parts) continue;
    if (version.empty()) version = parts->version.substr(1) + ".0";
    if (!parts->depot.empty()) of_inputs.push_back(parts->depot);
  }
  if (line_.common.depot) {
    std::vector<std::string> given =
        expanded_depots(line_.common.depot, JuliaVersion::parse(version.empty() ? "1.12.0" : version),
                        julia_ ? julia_->bindir : "");
    for (const auto& bundle : bundles_)
      if (const std::string& depot = bundle->manifest().depot;
          std::count(given.begin(), given.end(), depot) == 0)
        given.insert(given.begin(), depot);
    return given;
  }
  std::vector<std::string> depots = julia_ ? julia_->depots : std::vector<std::string>();
  std::set<std::string> known(depots.begin(), depots.end());
  for (std::string& depot : of_inputs)
    if (known.insert(depot).second) depots.push_back(std::move(depot));
  return depots;
}

LoadPath CheckRun::load_path_of(const std::string& version) const {
  LoadPathOptions options;
  options.julia_version = version;
  options.depots = depots();
  options.stdlib = context().expected.stdlib;
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

// A name that was given and that leads to no environment is most likely a mistake; Julia says nothing.
void CheckRun::say_unused_environments() const {
  // A single folder without a project file is one of packages only where it is meant to be: in a list.
  const bool is_list = line_.common.project->find(':') != std::string::npos;
  const auto& load_paths = check_->load_paths();
  bool any = load_paths.empty();
  std::set<std::string> absent;
  for (const auto& [folder, load_path] : load_paths) {
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

}  // namespace jireloc::cli
