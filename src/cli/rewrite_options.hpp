// The options of `rewrite` as the library takes them.
#pragma once

#include <memory>
#include <optional>

#include "cli/command_line.hpp"
#include "rewrite/batch_rewrite.hpp"

namespace jireloc::cli {

// The OLD=NEW of a --map, "~" expanded. Throws Error (usage) where NEW is no absolute path.
PathMapping read_map(const std::string& text);

// Throws Error (usage, conflict, io). Creates the alias where --make-alias asks for it.
rewriting::BatchOptions rewrite_options(const CommandLine& line, const FileView& view);

// --keep-path and --moved-path, which are maps too: added to `map`. Throws Error (usage).
void read_places(const CommandLine& line, PathMap& map, std::vector<std::string>& keep_paths,
                 std::vector<PathMapping>& moved_paths);

// --longer. Throws Error (usage).
Longer read_longer(const CommandLine& line);
Spelling read_spelling(const CommandLine& line);

// --alias-dir, absolute; empty where it was not given. Throws Error (usage) where nothing would use it.
std::string read_alias_folder(const CommandLine& line);

// Whether an image belongs to the shard: crc32c of its package's UUID modulo the number of shards. Images
// that cannot be read belong to the first, so that exactly one shard reports them.
bool in_shard(const ByteSource& source, const Shard& shard);

}  // namespace jireloc::cli
