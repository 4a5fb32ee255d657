// The record of what was proven of a source and a target, kept in the target for the next run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/folders.hpp"
#include "relocate/header_tables.hpp"
#include "relocate/known_folders.hpp"

namespace jireloc::relocating {

// In the depot's folder "compiled".
inline constexpr const char* kProvenFile = ".jireloc-index";

// A package or artifact that is as it should be in both depots, and the same.
struct ProvenTree {
  std::string relative;  // "packages/Name/SLUG"
  std::string names;     // of what lies in it, as in TreeMark; the same in both
  Mark source, target;
  bool has_links = false;
  bool operator==(const ProvenTree&) const = default;
};

// A path here that was looked at for an image and lies in no such tree.
struct ProvenPlace {
  std::string path;
  Mark mark;
  bool operator==(const ProvenPlace&) const = default;
};

// An image of the source that the target has, relocated, sound and fresh.
struct ProvenImage {
  std::string relative, target;  // "compiled/vX.Y/Name/FILE.ji" in the two depots
  Mark source_mark, target_mark;
  uint8_t source_libraries = 0, target_libraries = 0;  // as in ImageMark
  uint64_t absent_before = 0;                          // as in DepotItem
  std::vector<uint32_t> trees = {}, places = {};       // on which that rests: numbers in the record
  NumberedHeader header = {};                          // of the source's, numbers in the record
  bool operator==(const ProvenImage&) const = default;
};

// A plain value. It says nothing of what is fresh or sound now: only that whoever finds the same marks would
// find the same again, under the same circumstances.
struct ProvenRecord {
  std::string circumstances;  // what the judgement depended on beside files; a text that is only compared
  std::string image_rules;    // the same, of images alone
  std::vector<ProvenFolder> source_folders, target_folders;
  HeaderTables tables;
  std::vector<ProvenTree> trees;
  std::vector<ProvenPlace> places;
  std::vector<ProvenImage> images;
  bool operator==(const ProvenRecord&) const = default;

  // The same, however many threads have filled it: all by their paths, each once, without places and
  // parts of headers that no image has.
  void put_in_order();
  // With a checksum.
  std::string text() const;
  // Nothing where the text is damaged, cut off, or of another kind or version.
  static std::optional<ProvenRecord> parse(std::string_view text);
  // Of a depot. Nothing where there is none that is whole; and where its file is a link, belongs neither to
  // root nor to the user who runs, or can be written by others. Throws nothing: what cannot be read is none.
  static std::optional<ProvenRecord> read(FileSystem& system, const Folder& depot);
};

}  // namespace jireloc::relocating
