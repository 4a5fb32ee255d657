// Bundles made by hand, sound ones and others.
#pragma once

#include <map>
#include <string>

#include "jireloc/bundle.hpp"

namespace jireloc::test::made {

// Gives at most 1000 bytes at a time.
BundleSource source_from(std::string bytes);

BundleFile folder(const std::string& path);
BundleFile file(const std::string& path, const std::string& content);
BundleFile link_to(const std::string& path, const std::string& text);

// One package with two files and a link; no image.
BundleManifest sound_manifest();

struct Wishes {
  std::string text = {};    // of the manifest; empty: what it says
  std::string behind = {};  // behind the end of the archive
  std::map<std::string, std::string> contents = {{"packages/A/abcde/a.txt", "hello"},
                                                 {"packages/A/abcde/src/A.jl", "module A\nend\n"}};
};
std::string packed(const BundleManifest& manifest, const Wishes& wishes = {});

}  // namespace jireloc::test::made
