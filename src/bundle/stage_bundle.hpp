// Every file of a bundle, verified, into a staging folder or into memory: read on one thread, written on
// others.
#pragma once

#include <atomic>

#include "bundle/images_in_memory.hpp"
#include "bundle/part.hpp"
#include "bundle/reader.hpp"
#include "bundle/staged_digests.hpp"
#include "bundle/staged_trees.hpp"
#include "bundle/staging.hpp"
#include "jireloc/in_order.hpp"

namespace jireloc::bundles {

struct StagedInMemory {
  ImagesInMemory images;       // these are not written
  StagedDigests digests = {};  // of what is written of packages and artifacts
};

// Reads the bundle to its end, and writes what is in `part`, but for what `memory` takes of images. With one
// thread that is the calling one. Memory: a few MiB, whatever the number of threads, and what `memory` takes.
// When it returns, all of the bundle was verified and all of the part is there; when it throws Error, no
// thread is at work any more. `trees`: is told of what was written.
VerifiedBundle stage_bundle(BundleReader& reader, const BundlePart& part, Staging& staging,
                            StagedInMemory& memory, StagedTrees& trees, const Threads& threads,
                            const std::atomic<bool>* stop);

}  // namespace jireloc::bundles
