// What `jireloc check` does before it prints: index, judge, close.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/julia_files.hpp"
#include "jireloc/check.hpp"
#include "jireloc/payload_audit.hpp"

namespace jireloc::cli {

// One file of the run.
struct CheckedImage {
  std::string path;              // as given or found
  std::string recorded;          // as recorded paths spell it: below --root without the root
  bool input = false;            // named on the command line, or below a folder that is
  std::optional<size_t> number;  // in the ImageSet; nothing where the header cannot be read
  std::optional<Error> problem;  // it cannot even be opened
  bool is_unknown = false;       // its header could not be looked at; what it provides is not known
  ImageReport report;
};

class CheckRun {
 public:
  explicit CheckRun(const CommandLine& line);
  // Judges every input, and the images in the depot path that they need. Says on standard error what is no
  // image.
  void run();

  const std::vector<std::unique_ptr<CheckedImage>>& images() const { return images_; }
  const std::vector<std::string>& depots() const { return context_.depots; }
  // Of the version folder "v1.10": the Julia that is taken for the expected one, and the versions' text.
  std::optional<Prefix> expected_prefix(const std::string& version_folder) const;
  const FileView& view() const { return *view_; }
  const CheckContext& context() const { return context_; }
  // The same for a package that images of that version folder would be loaded for; empty: of any.
  CheckContext context_of(const std::string& version_folder) const;

 private:
  void collect_inputs();
  // Where images of a package lie in the depot path, of any Julia; here.
  std::vector<std::string> package_folders(const std::string& package);
  void collect_depots();
  void index_images();
  void choose_depots();
  void find_broken_aliases();
  void read_load_paths();
  void say_unused_environments() const;
  void judge();
  void judge_one(CheckedImage& image) const;
  CheckContext context_for(const CheckedImage& image) const;
  std::string recorded_path(const std::string& path) const;
  std::string version_of(const std::string& version_folder) const;
  LoadPath load_path_of(const std::string& version) const;

  const CommandLine& line_;
  std::unique_ptr<FileView> view_;
  std::optional<JuliaFacts> julia_;
  CheckContext context_;
  // By version folder: names of manifests and environments, and the rules, differ.
  std::map<std::string, std::shared_ptr<const LoadPath>> load_paths_;
  std::vector<std::unique_ptr<CheckedImage>> images_;
  ImageSet set_;
  mutable ProofCache proofs_;
  mutable PresenceCache presences_;
};

}  // namespace jireloc::cli
