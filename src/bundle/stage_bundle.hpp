// Every file of a bundle, verified, into a staging folder: read on one thread, written on others.
#pragma once

#include <atomic>

#include "bundle/part.hpp"
#include "bundle/reader.hpp"
#include "bundle/staged_trees.hpp"
#include "bundle/staging.hpp"
#include "jireloc/in_order.hpp"

namespace jireloc::bundles {

// Reads the bundle to its end, and writes what is in `part`. With one thread that is the calling one. Memory:
// a few MiB, whatever the number of threads. When it returns, all of the bundle was verified and all of the
// part was written; when it throws Error, no thread is at work any more. `trees`: is told of what was
// written.
VerifiedBundle stage_bundle(BundleReader& reader, const BundlePart& part, Staging& staging,
                            StagedTrees& trees, const Threads& threads, const std::atomic<bool>* stop);

}  // namespace jireloc::bundles
