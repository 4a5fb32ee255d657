// The options of `rewrite` as the library takes them.
#pragma once

#include <memory>
#include <optional>

#include "cli/value_options.hpp"
#include "jireloc/batch_rewrite.hpp"

namespace jireloc::cli {

// Throws Error (usage, conflict, io). Creates the alias where --make-alias asks for it.
BatchOptions rewrite_options(const CommandLine& line, const FileView& view);

// Whether an image belongs to the shard: crc32c of its package's UUID modulo the number of shards. Images
// that cannot be read belong to the first, so that exactly one shard reports them.
bool in_shard(const ByteSource& source, const Shard& shard);

}  // namespace jireloc::cli
