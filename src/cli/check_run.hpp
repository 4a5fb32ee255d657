// What `jireloc check` does before it prints: takes the command line apart and runs a DepotCheck.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/julia_files.hpp"
#include "jireloc/bundle.hpp"
#include "jireloc/depot_check.hpp"

namespace jireloc::cli {

class CheckRun {
 public:
  // Judges every input, and the images in the depot path that they need. Says on standard error what is no
  // image.
  explicit CheckRun(const CommandLine& line);

  const std::vector<std::unique_ptr<CheckedImage>>& images() const { return check_->images(); }
  std::vector<std::vector<size_t>> needs() const { return check_->needs(); }
  const std::vector<std::string>& depots() const { return check_->context().depots; }
  const FileView& view() const { return unpacked_ ? *unpacked_ : *view_; }
  const CheckContext& context() const { return check_->context(); }
  // The same for a package that images of that version folder would be loaded for; empty: of any.
  CheckContext context_of(const std::string& version_folder) const {
    return check_->context_of(version_folder);
  }

 private:
  struct Input {
    std::string path, recorded;
    std::optional<Error> problem;
  };
  std::vector<Input> collect_inputs();
  // The images of a bundle, or why it cannot be read.
  void add_bundle(const std::string& path, std::vector<Input>& inputs);
  // Where images of a package lie in the depot path, of any Julia; here.
  std::vector<std::string> package_folders(const std::string& package);
  std::vector<std::string> depots_for(const std::vector<Input>& inputs) const;
  CheckContext given_context() const;
  DepotCheckOptions options_for(const std::vector<Input>& inputs) const;
  void say_unused_environments() const;
  std::string recorded_path(const std::string& path) const;
  LoadPath load_path_of(const std::string& version) const;

  const CommandLine& line_;
  const std::unique_ptr<FileView> view_;
  const std::optional<JuliaFacts> julia_;
  std::vector<std::unique_ptr<OpenedBundle>> bundles_;
  std::unique_ptr<FileView> unpacked_;  // with them
  std::unique_ptr<DepotCheck> check_;
};

}  // namespace jireloc::cli
