// The images of one package, where none were named: those in the depot path.
#include <fmt/format.h>

#include <filesystem>

#include "cli/check_run.hpp"
#include "cli/places.hpp"
#include "jireloc/depot.hpp"
#include "jireloc/error.hpp"

namespace jireloc::cli {

namespace fs = std::filesystem;

std::vector<std::string> CheckRun::package_folders(const std::string& package) {
  if (package.empty() || package.find('/') != std::string::npos)
    throw Error(ErrorKind::usage, fmt::format("--explain: '{}' is no package's name", package));
  choose_depots();
  if (context_.depots.empty())
    context_.depots = expand_depot_path(std::nullopt, JuliaVersion::parse("1.12.0"),
                                        {expand_home("~"), julia_ ? julia_->bindir : ""});
  std::vector<std::string> folders;
  for (const std::string& depot : context_.depots) {
    std::error_code problem;
    for (fs::directory_iterator it(view_->actual(depot + "/compiled"), problem), end; !problem && it != end;
         it.increment(problem)) {
      const fs::path folder = it->path() / package;
      if (fs::is_directory(folder, problem)) folders.push_back(folder.string());
      problem.clear();
    }
  }
  return folders;
}

}  // namespace jireloc::cli
