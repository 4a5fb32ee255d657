// prune_depot over any file system.
#pragma once

#include "bytes/transaction.hpp"
#include "jireloc/relocate.hpp"

namespace jireloc::relocating {

void prune(const PruneOptions& options, const ItemSink& sink, FileSystem& system);

}  // namespace jireloc::relocating
