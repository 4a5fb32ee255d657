#include <fmt/format.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>

#include "relocate/tree_compare.hpp"
#include "relocate/tree_copy.hpp"
#include "support/faulty_file_system.hpp"
#include "support/temp_folder.hpp"

using namespace jireloc;
using test::FaultRun;
using test::TempFolder;
using test::write_file;

TEST_CASE("whichever call of a tree's copy fails, the target has the whole tree or nothing") {
  std::unique_ptr<TempFolder> root;
  const auto prepare = [&] {
    root = std::make_unique<TempFolder>();
    std::filesystem::create_directories(*root / "source/pkg/src");
    std::filesystem::create_directory(*root / "target");
    write_file(*root / "source/pkg/src/Pkg.jl", "module Pkg end\n");
    write_file(*root / "source/pkg/Project.toml", std::string(5000, 'p'));
    std::filesystem::create_symlink("src", *root / "source/pkg/link");
  };
  const auto action = [&](FileSystem& system) {
    const auto source = open_folder(system, *root / "source");
    StagedTree staged = copy_tree(system, *source, "pkg", open_folder(system, *root / "target"), "pkg",
                                  {.owner = std::pair(::geteuid(), ::getegid()), .sync = true});
    staged.publish();
    sync_folder(system, *staged.parent());
  };
  const auto check = [&](const FaultRun& run) {
    INFO(run.description());
    const bool in_place = !run.threw || run.message.find("the files are in place") != std::string::npos;
    CHECK(root->names("target") == (in_place ? std::vector<std::string>{"pkg"} : std::vector<std::string>{}));
    if (in_place) {
      const auto one = open_folder(real_file_system(), *root / "source/pkg");
      const auto other = open_folder(real_file_system(), *root / "target/pkg");
      CHECK_FALSE(find_tree_difference(real_file_system(), *one, *other));
    }
  };
  const auto figures = test::try_all_faults(prepare, action, check);
  std::string calls;
  for (const auto& [call, count] : figures.by_call) calls += fmt::format(" {} {}", call, count);
  fmt::print("faults, copying a tree: {} call sites, {} faults tried, {} of them ended with an error;{}\n",
             figures.sites, figures.tried, figures.errors, calls);
  CHECK(figures.sites > 50);
  CHECK(figures.errors > figures.tried / 2);
}
