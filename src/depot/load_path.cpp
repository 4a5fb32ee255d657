// LOAD_PATH: which environments Julia asks (base/initdefs.jl).
#include <fmt/format.h>

#include <algorithm>

#include "jireloc/environment.hpp"
#include "jireloc/layout.hpp"
#include "jireloc/paths.hpp"

namespace jireloc {
namespace {

constexpr std::string_view default_load_path[] = {"@", "@v#.#", "@stdlib"};
constexpr std::string_view project_file_names[] = {"JuliaProject.toml", "Project.toml"};

std::optional<std::string> project_file_in(const std::string& folder, const FileView& view) {
  for (const std::string_view name : project_file_names) {
    std::string file = fmt::format("{}/{}", folder == "/" ? "" : folder, name);
    if (view.known_status(file).is_file()) return file;
  }
  return std::nullopt;
}

// current_project: of the working directory or a folder above it, home included.
std::optional<std::string> current_project(const LoadPathOptions& options, const FileView& view) {
  std::string folder = options.folder;
  for (;;) {
    if (auto file = project_file_in(folder, view)) return file;
    const size_t slash = folder.rfind('/');
    if (folder == options.home || folder.size() <= 1 || slash == std::string::npos) return std::nullopt;
    folder.resize(std::max<size_t>(slash, 1));
  }
}

// "v#.#" -> "v1.12": the first three signs stand for the numbers of the version. Nothing where they are not
// known.
std::optional<std::string> with_version(std::string name, const std::string& julia_version) {
  if (name.find('#') == std::string::npos) return name;
  if (julia_version.empty()) return std::nullopt;
  const JuliaVersion version = JuliaVersion::parse(julia_version);
  for (const int number : {version.major, version.minor, version.patch})
    if (const size_t at = name.find('#'); at != std::string::npos)
      name.replace(at, 1, std::to_string(number));
  return name;
}

std::optional<std::string> named_environment(const std::string& text, const LoadPathOptions& options,
                                             const FileView& view) {
  const auto name = with_version(text, options.julia_version);
  if (!name) return std::nullopt;
  for (const std::string& depot : options.depots)
    if (auto file = project_file_in(fmt::format("{}/environments/{}", depot, *name), view)) return file;
  return std::nullopt;
}

// `--project=@script` and `@temp` belong to a run of Julia (1.12 and later; before, they are names).
bool belongs_to_a_run(const std::string& element, const LoadPathOptions& options) {
  const bool known = options.julia_version.empty() ||
                     JuliaVersion::parse(options.julia_version) >= JuliaVersion{1, 12, 0, ""};
  return known && (element == "@temp" || element.starts_with("@script"));
}

std::string absolute(const std::string& path, const LoadPathOptions& options) {
  std::string result = paths::expand_home(path, options.home);
  if (!result.starts_with('/')) result = options.folder + "/" + result;
  return paths::trimmed(std::move(result));
}

bool is_project_name(std::string_view path) {
  return std::find(std::begin(project_file_names), std::end(project_file_names), paths::name(path)) !=
         std::end(project_file_names);
}

// env_project_file: a file of another name is no environment.
std::optional<Environment> read_element(const std::string& path, const LoadPathOptions& options,
                                        const FileView& view) {
  const FileStatus status = view.known_status(path);
  if (!status.is_directory() && !(status.is_file() && is_project_name(path))) return std::nullopt;
  return read_environment(path, options.julia_version, view, options.home);
}

// Whatever it was, it is no word on an image.
Environment unread_environment(const std::string& path, const Error& problem) {
  Environment environment;
  environment.directory = path;
  environment.problem =
      Error(ErrorKind::io, fmt::format("the environment cannot be read: {}", problem.what()), path);
  return environment;
}

}  // namespace

std::shared_ptr<const LoadPath> load_path_of(Environment environment) {
  auto load_path = std::make_shared<LoadPath>();
  load_path->environments.push_back(std::move(environment));
  return load_path;
}

std::vector<std::string> split_load_path(std::string_view text) {
  std::vector<std::string> elements;
  const auto add = [&elements](std::string_view element) {
    if (std::find(elements.begin(), elements.end(), element) == elements.end())
      elements.emplace_back(element);
  };
  if (text.empty()) return elements;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(':', begin), text.size());
    if (end > begin)
      add(text.substr(begin, end - begin));
    else
      for (const std::string_view element : default_load_path) add(element);
    begin = end + 1;
  }
  return elements;
}

std::optional<std::string> expand_load_path_element(const std::string& element,
                                                    const LoadPathOptions& options, const FileView& view) {
  const auto if_given = [](const std::string& path) {
    return path.empty() ? std::nullopt : std::optional(path);
  };
  if (!element.starts_with('@')) return absolute(element, options);
  if (element == "@") return if_given(options.active_project);
  if (element == "@.") return current_project(options, view);
  if (element == "@stdlib") return if_given(options.stdlib);
  if (belongs_to_a_run(element, options)) return std::nullopt;
  return named_environment(element.substr(1), options, view);
}

LoadPath read_load_path(const std::vector<std::string>& elements, const LoadPathOptions& options,
                        const FileView& view) {
  LoadPath load_path;
  std::vector<std::string> known;
  for (const std::string& element : elements) {
    std::string path = element;
    try {
      const auto expanded = expand_load_path_element(element, options, view);
      if (!expanded || std::find(known.begin(), known.end(), *expanded) != known.end()) continue;
      path = *expanded;
      known.push_back(path);
      if (auto environment = read_element(path, options, view))
        load_path.environments.push_back(std::move(*environment));
      else if (!element.starts_with('@'))
        load_path.absent.push_back(path);
    } catch (const Error& problem) {
      load_path.environments.push_back(unread_environment(path, problem));
    }
  }
  return load_path;
}

}  // namespace jireloc
