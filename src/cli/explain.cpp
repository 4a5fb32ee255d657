#include "cli/explain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/explain_parts.hpp"
#include "cli/folder_names.hpp"
#include "cli/printable.hpp"
#include "cli/text_table.hpp"

namespace jireloc::cli {
namespace {

std::vector<std::string> names_in(const std::string& folder) {
  return names_in_folder(folder).value_or(std::vector<std::string>());
}

size_t images_in(const std::string& folder) {
  const auto names = names_in(folder);
  return static_cast<size_t>(std::count_if(names.begin(), names.end(),
                                           [](const std::string& name) { return name.ends_with(".ji"); }));
}

// Cause of one image alone, to be mended whether it was named or not.
Cause cause_of_one(const CheckedImage& image, const CheckedImages& images) {
  for (Cause& cause : causes_of(images)) {
    for (const Cause::Image& member : cause.images) {
      if (member.image != &image) continue;
      Cause own = std::move(cause);
      own.images = {member};
      own.named = true;
      return own;
    }
  }
  return {};
}

class StoryTeller {
 public:
  StoryTeller(const CheckRun& run, const std::string& package, const CommandLine& line)
      : run_(run), line_(line) {
    story_.package = package;
  }

  Story tell() {
    story_.version = version();
    context_ = run_.context_of(story_.version);
    LookUp found = look_up(context_, story_.package);
    list_folders();
    story_.tried = tried_images(run_, story_);
    story_.uuid = found.uuid;
    for (const TriedImage& tried : story_.tried) {
      const ModuleId& module = tried.image->report.module;
      if (!story_.uuid && module.name == story_.package && !module.uuid.is_nil()) story_.uuid = module.uuid;
    }
    find_source();
    know_standard_library(found);
    story_.lookup = std::move(found.sentences);
    conclude(found);
    return std::move(story_);
  }

 private:
  // Of which Julia the story is: the one that was asked; the one that resolved the project, where the depots
  // have images for it; the newest with an image of the package; the newest.
  std::string version() const {
    const CheckContext& context = run_.context();
    if (context.expected.prefix) return version_folder(context.expected.prefix->version);
    const std::string resolved_by = version_folder(resolving_julia());
    std::string newest, newest_with;
    for (const std::string& depot : run_.depots()) {
      const std::string compiled = run_.view().actual(depot + "/compiled");
      for (const std::string& name : names_in(compiled)) {
        if (!is_version(name)) continue;
        if (name == resolved_by) return name;
        if (is_newer(name, newest)) newest = name;
        if (is_newer(name, newest_with) && images_in(compiled + "/" + name + "/" + story_.package) != 0)
          newest_with = name;
      }
    }
    return newest_with.empty() ? newest : newest_with;
  }

  // The one that made the first manifest of the load path.
  std::string resolving_julia() const {
    const CheckContext context = run_.context_of("");
    if (!context.load_path) return {};
    for (const Environment& environment : context.load_path->environments)
      if (environment.manifest) return environment.manifest->julia_version;
    return {};
  }

  // Of what a manifest says, which may be anything; empty: no version.
  static std::string version_folder(const std::string& text) {
    const auto version = JuliaVersion::find(text);
    return version ? fmt::format("v{}.{}", version->major, version->minor) : "";
  }

  static bool is_newer(const std::string& a, const std::string& b) {
    return b.empty() || version_of_folder(b) < version_of_folder(a);
  }

  static bool is_version(const std::string& name) {
    return name.size() > 3 && name[0] == 'v' && name.find('.') != std::string::npos &&
           name.find_first_not_of("v.0123456789") == std::string::npos;
  }

  void list_folders() {
    for (const std::string& depot : run_.depots()) {
      for (const std::string& name : names_in(run_.view().actual(depot + "/compiled"))) {
        if (!is_version(name)) continue;
        const std::string folder = fmt::format("{}/compiled/{}/{}", depot, name, story_.package);
        const size_t images = images_in(run_.view().actual(folder));
        if (name != story_.version && images != 0) story_.others.push_back({folder, images});
      }
      if (story_.version.empty()) continue;
      const std::string folder = fmt::format("{}/compiled/{}/{}", depot, story_.version, story_.package);
      story_.folders.push_back({folder, images_in(run_.view().actual(folder))});
    }
  }

  void find_source() {
    try {
      if (story_.uuid) {
        const auto source =
            locate_source({story_.package, *story_.uuid}, version_of_folder(story_.version), context_);
        if (source) {
          story_.source = *source;
          source_missing_ = source->empty();
          return;
        }
      }
    } catch (const Error&) {
      return;  // said of each image
    }
    if (!story_.tried.empty()) story_.source = story_.tried.front().image->report.recorded_source;
  }

  // Each load path has them at its end.
  void know_standard_library(LookUp& found) const {
    if (found.is_known || !is_stdlib_path(story_.source)) return;
    found.is_known = true;
    found.sentences.emplace_back("it is a standard library: the load path has those at its end (@stdlib)");
  }

  void conclude(const LookUp& found) {
    if (!found.is_known) return say_not_known();
    if (source_missing_) return say_no_source();
    for (const TriedImage& tried : story_.tried) {
      if (tried.is_taken) return say_taken(tried);
      if (tried.is_tried && tried.image->report.throws) return say_thrown(tried);
    }
    if (story_.tried.empty()) return say_no_image();
    say_rejected(nearest());
  }

  std::string project_path() const {
    const auto& load_path = context_.load_path;
    if (!load_path || load_path->environments.empty()) return {};
    return path_of(load_path->environments.front());
  }

  void say_not_known() {
    story_.outcome = Story::Outcome::fails;
    story_.answer = fmt::format(
        "Julia does not load {}, whatever images there are: {} does not know it, so \"using {}\" fails.",
        story_.package, project_path(), story_.package);
    story_.command = compile_command(line_, "", fmt::format("Pkg.add(\"{}\")", story_.package));
  }

  void say_no_source() {
    story_.outcome = Story::Outcome::fails;
    story_.answer = fmt::format(
        "Julia does not load {}: the project asks for a version of it whose source is in no depot, so "
        "\"using {}\" fails.",
        story_.package, story_.package);
    story_.command = compile_command(line_, "", "Pkg.instantiate()");
  }

  void say_taken(const TriedImage& taken) {
    story_.outcome = Story::Outcome::loads;
    story_.answer =
        fmt::format("Julia loads {} from {}; nothing is compiled.", story_.package, taken.image->path);
  }

  void say_thrown(const TriedImage& thrown) {
    story_.outcome = Story::Outcome::fails;
    story_.root = thrown.reason->message;
    story_.answer = fmt::format("Julia does not load {}: it throws on {} ({}).", story_.package,
                                thrown.image->path, thrown.reason->message);
    story_.command = mend_command(cause_of_one(*thrown.image, run_.images()), run_.images(), line_);
  }

  void say_no_image() {
    story_.outcome = Story::Outcome::compiles;
    std::string others;
    for (const PackageFolderImages& other : story_.others)
      others +=
          fmt::format("{}{} ({})", others.empty() ? "" : ", ", other.folder, plural(other.images, "image"));
    story_.root = story_.version.empty()
                      ? "no depot has an image of anything"
                      : fmt::format("no depot has an image of it for Julia {}", story_.version.substr(1));
    story_.answer = fmt::format("Julia compiles {} because {}{}.", story_.package, story_.root,
                                others.empty() ? "" : "; those of other Julias are not for it: " + others);
    story_.command = compile_command(line_, "", "Pkg.precompile()");
  }

  // The candidate that got farthest; of several the one tried first.
  const TriedImage& nearest() const {
    return *std::max_element(
        story_.tried.begin(), story_.tried.end(),
        [](const TriedImage& a, const TriedImage& b) { return a.passed.size() < b.passed.size(); });
  }

  const CheckedImage* image_at(const std::string& path) const {
    for (const auto& image : run_.images())
      if (image->path == path) return image.get();
    return nullptr;
  }

  // Follows "needs" from an image that waits for others to one with a trouble of its own.
  const CheckedImage& follow(const CheckedImage& first) {
    const CheckedImage* at = &first;
    story_.chain = {story_.package};
    for (size_t steps = 0; steps < run_.images().size(); ++steps) {
      const ImageReport& report = at->report;
      if (!report.reasons.empty()) return story_.root = report.reasons[0].message, *at;
      const Reason* waiting = nullptr;
      for (const Reason& problem : report.load_problems) {
        if (problem.code != Code::dependency_stale) return story_.root = problem.message, *at;
        if (waiting == nullptr) waiting = &problem;
      }
      if (waiting == nullptr) break;
      const CheckedImage* next = image_at(waiting->path);
      if (next == nullptr) break;
      story_.chain.push_back(next->report.module.name);
      at = next;
    }
    for (const Reason& open : at->report.unknowns) story_.root = open.message;
    return *at;
  }

  void say_rejected(const TriedImage& tried) {
    const CheckedImage& end = follow(*tried.image);
    const ExitStatus status = status_of(tried.image->report);
    const bool is_open = tried.image->report.verdict == Verdict::unknown ||
                         (status == ExitStatus::failed && tried.image->report.verdict == Verdict::fresh);
    story_.outcome = is_open ? Story::Outcome::unknown : Story::Outcome::compiles;
    std::string because = story_.root;
    if (story_.chain.size() > 1) {
      const std::string through =
          story_.chain.size() == 2 ? ""
                                   : fmt::format(", through {}", fmt::join(story_.chain.begin() + 1,
                                                                           story_.chain.end() - 1, " and "));
      because = fmt::format("it needs {}{}, whose image is of no use: {}", story_.chain.back(), through,
                            story_.root);
    } else if (story_.tried.size() > 1) {
      because = fmt::format("none of its {} images is of use; what speaks against the nearest: {}",
                            story_.tried.size(), story_.root);
    }
    story_.answer =
        is_open ? fmt::format("Whether Julia compiles {} again is not known: {}.", story_.package, because)
                : fmt::format("Julia compiles {} again because {}.", story_.package, because);
    story_.command = mend_command(cause_of_one(end, run_.images()), run_.images(), line_);
  }

  const CheckRun& run_;
  CheckContext context_;  // of the Julia of the story
  const CommandLine& line_;
  Story story_;
  bool source_missing_ = false;
};

}  // namespace

Story story_of(const CheckRun& run, const std::string& package, const CommandLine& line) {
  return StoryTeller(run, package, line).tell();
}

ExitStatus status_of(const Story& story) noexcept {
  if (story.outcome == Story::Outcome::loads) return ExitStatus::well;
  return story.outcome == Story::Outcome::unknown ? ExitStatus::failed : ExitStatus::findings;
}

}  // namespace jireloc::cli
