#include "bundle/stage_bundle.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "bundle/names.hpp"
#include "depot/git_tree.hpp"

namespace jireloc::bundles {
namespace {

// Files whose content is in memory together: that many bytes, that many files. Larger ones are written as
// they are read.
constexpr size_t kBatch = size_t{512} << 10;
constexpr size_t kMostInBatch = 256;
// More do not help: one reads for all of them.
constexpr int kMostThreads = 4;

struct StagedFile {
  const BundleFile* file;
  std::string_view content;
  Sha1 blob{};
  bool is_as_told = false;
  std::optional<StagedDigests::Staged> digests = {};
};

struct Batch {
  std::unique_ptr<char[]> bytes = std::make_unique_for_overwrite<char[]>(kBatch);
  size_t used = 0;
  std::vector<StagedFile> files;

  bool has_room(const BundleFile& file) const {
    return files.size() < kMostInBatch && file.size <= kBatch - used;
  }
  char* add(const BundleFile& file) {
    char* const place = bytes.get() + used;
    files.push_back({&file, {place, file.size}});
    used += file.size;
    return place;
  }
};

bool lies_in_tree(const BundleFile& file) {
  return !tree_of(file.path).empty();
}

class BundleStager {
 public:
  BundleStager(BundleReader& reader, const BundlePart& part, Staging& staging, StagedInMemory& memory,
               StagedTrees& trees, const std::atomic<bool>* stop)
      : reader_(reader),
        part_(part),
        staging_(staging),
        images_(memory.images),
        digests_(memory.digests),
        trees_(trees),
        stop_(stop) {}

  void run(const Threads& threads) {
    const auto write = [this](std::unique_ptr<Batch>& batch) {
      write_all(*batch);
      return std::move(batch);
    };
    in_order(
        threads, [this] { return next_batch(); }, write,
        [this](std::unique_ptr<Batch> batch) { take_back(std::move(batch)); });
  }

 private:
  // Reads until it is full. Nothing when the bundle was read to its end.
  std::optional<std::unique_ptr<Batch>> next_batch() {
    auto batch = empty_batch();
    while (const BundleFile* file = reader_.next()) {
      check_stop();
      if (is_batched(*file) && !batch->has_room(*file)) return batch;
      read(*file, *batch);
    }
    if (!batch->files.empty()) return batch;
    reader_.read_next({});
    return {};
  }

  bool is_batched(const BundleFile& file) const {
    return part_.has(file) && !images_.has(file) && file.size <= kBatch;
  }

  void read(const BundleFile& file, Batch& batch) {
    if (!part_.has(file)) return static_cast<void>(reader_.read_next({}));
    if (images_.has(file)) return hold();
    staging_.make_place(file);
    if (file.kind == BundleFileKind::folder) trees_.add_folder(file);
    if (file.kind == BundleFileKind::link) trees_.add_link(file);
    if (file.size > kBatch) return write_large(file);
    reader_.read_next({{}, {}, {}, [&](const BundleFile& one) { return batch.add(one); }});
  }

  void hold() {
    const auto room = [&](const BundleFile& one) { return images_.room_for(one, staging_.mode_of(one)); };
    const auto take = [&](const BundleFile& one, std::string_view content,
                          const std::shared_ptr<const void>& owner) {
      images_.take(one, staging_.mode_of(one), content, owner);
    };
    reader_.read_next({{}, {}, {}, room, take});
  }

  void write_large(const BundleFile& file) {
    Staging::Open out(staging_, file);
    const bool hashes = lies_in_tree(file);
    GitObject object;
    object.start("blob", file.size);
    const auto write = [&](std::string_view piece) {
      check_stop();
      out.write(piece);
      if (hashes) object.add(piece);
    };
    reader_.read_next({{}, write, {}});
    const bool is_as_told = out.close().is_as_told;
    note({&file, {}, object.finish(), is_as_told});
  }

  // On any thread.
  void write_all(Batch& batch) const {
    for (StagedFile& staged : batch.files) {
      const Staging::Made made = staging_.write(*staged.file, staged.content);
      staged.is_as_told = made.is_as_told;
      if (!lies_in_tree(*staged.file)) continue;
      staged.blob = git_blob(staged.content);
      if (made.is_as_told)
        staged.digests = StagedDigests::of(made.info, *staged.file, staged.content, staged.blob);
    }
  }

  void note(const StagedFile& staged) {
    const bool is_executable = (staging_.mode_of(*staged.file) & S_IXUSR) != 0;
    trees_.add_file(*staged.file, is_executable, staged.blob);
    if (!staged.is_as_told) trees_.doubt(*staged.file);
    if (staged.digests) digests_.add(*staged.digests);
  }

  void take_back(std::unique_ptr<Batch> batch) {
    for (const StagedFile& staged : batch->files) note(staged);
    batch->files.clear();
    batch->used = 0;
    idle_.push_back(std::move(batch));
  }

  std::unique_ptr<Batch> empty_batch() {
    if (idle_.empty()) return std::make_unique<Batch>();
    auto batch = std::move(idle_.back());
    idle_.pop_back();
    return batch;
  }

  void check_stop() const {
    if (stop_ != nullptr && stop_->load())
      throw Error(ErrorKind::interrupted, "interrupted; nothing was unpacked");
  }

  BundleReader& reader_;
  const BundlePart& part_;
  Staging& staging_;
  ImagesInMemory& images_;
  StagedDigests& digests_;
  StagedTrees& trees_;
  const std::atomic<bool>* stop_;
  std::vector<std::unique_ptr<Batch>> idle_;  // their memory is used again
};

}  // namespace

VerifiedBundle stage_bundle(BundleReader& reader, const BundlePart& part, Staging& staging,
                            StagedInMemory& memory, StagedTrees& trees, const Threads& threads,
                            const std::atomic<bool>* stop) {
  BundleStager(reader, part, staging, memory, trees, stop)
      .run({std::min(threads.first, kMostThreads), std::min(threads.most, kMostThreads)});
  return reader.verified();
}

}  // namespace jireloc::bundles
