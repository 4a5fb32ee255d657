// What `inspect` found out about one image, and its two ways of telling it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command_line.hpp"
#include "jireloc/cache_file.hpp"
#include "jireloc/error.hpp"
#include "jireloc/native_library.hpp"

namespace jireloc::cli {

// Parts of the output that --section chooses among.
enum Section : unsigned {
  section_header = 1,
  section_modules = 2,
  section_dependencies = 4,
  section_required = 8,
  section_preferences = 16,
  section_targets = 32,
  section_sources = 64,
  section_offsets = 128,
  all_sections = 255,
};

struct Inspection {
  std::string path;  // absolute
  CacheFile file;
  bool header_only = false;
  // Damage behind the header: what it spoils is missing below.
  std::optional<Error> tail_problem;
  std::optional<Checksums> checksums;
  std::vector<CloneTarget> targets;
  std::optional<Error> targets_problem;
  // Whether the text of a dependency is stored: in the order of file.dependencies; empty where it is not
  // known.
  std::vector<bool> has_text;
  // Where recorded names lie in the given depot path, in the order of file.dependencies (require entries:
  // empty) and of file.source_texts; nothing where no depot path is known. An empty string: it lies in no
  // depot.
  std::optional<std::vector<std::string>> resolved_dependencies, resolved_sources;
  std::optional<NativeCheck> native;
  std::vector<std::string> extracted_to;  // in the order of file.source_texts, with --extract

  // What is wrong with it, in the order of the file; empty: nothing that was looked at.
  std::vector<Error> problems() const;
};

constexpr std::string_view inspect_schema = "jireloc/inspect/2";

// The module of the worklist that a dependency belongs to; null where it is none.
const WorklistModule* top_module(const CacheFile& file, const Dependency& dependency);
// CRC-32C of a stored text.
uint32_t text_crc(const CacheFile& file, const SourceText& source);

// The name of a module of the worklist, with its sub-modules: "Leaf.Inner"; empty where there is none.
std::string module_path(const CacheFile& file, const Dependency& dependency);

std::string inspection_json(const Inspection& inspection, unsigned sections, const Common& common);
std::string inspection_text(const Inspection& inspection, unsigned sections, bool color);

}  // namespace jireloc::cli
