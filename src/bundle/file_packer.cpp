#include "bundle/file_packer.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/threads.hpp"
#include "bundle/tar.hpp"
#include "bytes/page_buffer.hpp"

namespace jireloc::bundles {

// What one thread has: the frame that is being filled, and what compresses it.
class FilePacker::Reader {
 public:
  explicit Reader(FilePacker& owner) : owner_(owner), compressor_(owner.level_), bytes_(kFrame) {}

  using Put = std::function<void(PackedFrame)>;

  // Reads entries, and tells the digest of each file that it read. `put`: takes their frames; empty: none are
  // made.
  template <typename Tell>
  void read(const std::vector<BundleFile>& files, const Group& group, const Put& put, Tell tell) {
    put_ = put;
    size_ = 0;
    for (size_t i = group.begin; i < group.end; ++i) {
      owner_.check_stop();
      if (put) add(tar_header(files[i]));
      if (files[i].kind != BundleFileKind::file) continue;
      if (const auto held = held_content(files[i])) {
        if (put) add(*held);
      } else if (put || files[i].digest.empty()) {
        tell(i, read_content(files[i]));
      }
      if (put) add(std::string(padding_of(files[i].size), '\0'));
    }
    cut();
  }

 private:
  // Nothing where what is kept is not what is listed.
  std::optional<std::string_view> held_content(const BundleFile& file) const {
    const auto* held = owner_.held_.find(file.path);
    return held != nullptr && held->digest == file.digest ? std::optional(held->content) : std::nullopt;
  }

  void add(std::string_view text) {
    while (!text.empty()) {
      const size_t some = std::min(text.size(), room());
      std::memcpy(bytes_.get() + size_, text.data(), some);
      size_ += some;
      text.remove_prefix(some);
    }
  }

  // At least a byte.
  size_t room() {
    if (size_ == kFrame) cut();
    return kFrame - size_;
  }

  void cut() {
    if (put_ && size_ != 0) put_(compressor_.pack({bytes_.get(), size_}));
    size_ = 0;
  }

  // Asks for a byte more than there should be: what is longer than it was, is seen.
  std::string read_content(const BundleFile& file) {
    const std::string full = owner_.depot_.path + "/" + file.path;
    const int opened = retried([&] {
      return owner_.system_.open_beneath(owner_.depot_.fd(), file.path.c_str(),
                                         O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    });
    const Descriptor source(owner_.system_, checked(opened, "open", full));
    bytes::Digest digest;
    for (uint64_t left = file.size;;) {
      const size_t most = std::min<uint64_t>(room(), left + 1);
      char* const to = bytes_.get() + size_;
      const auto got = static_cast<uint64_t>(
          checked(retried([&] { return owner_.system_.read(opened, to, most); }), "read", full));
      if (got > left || (got == 0 && left != 0)) owner_.changed(file);
      digest.add({to, got});
      size_ += got;
      left -= got;
      if (left == 0 && got < most) return digest.text();
    }
  }

  FilePacker& owner_;
  FrameCompressor compressor_;
  const bytes::PageBuffer bytes_;
  size_t size_ = 0;
  Put put_;
};

// One for as long as a thread needs it; their memory is used again.
class FilePacker::Lent {
 public:
  explicit Lent(FilePacker& owner) : owner_(owner) {
    const std::lock_guard lock(owner_.mutex_);
    if (owner_.idle_.empty()) {
      reader_ = std::make_unique<Reader>(owner_);
    } else {
      reader_ = std::move(owner_.idle_.back());
      owner_.idle_.pop_back();
    }
  }
  ~Lent() {
    const std::lock_guard lock(owner_.mutex_);
    owner_.idle_.push_back(std::move(reader_));
  }
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;
  Reader* operator->() const { return reader_.get(); }

 private:
  FilePacker& owner_;
  std::unique_ptr<Reader> reader_;
};

FilePacker::FilePacker(FileSystem& system, const Folder& depot, const HeldContents& held, Threads& threads,
                       int level, const std::atomic<bool>* stop)
    : system_(system), depot_(depot), held_(held), threads_(threads), level_(level), stop_(stop) {}

FilePacker::~FilePacker() = default;

// As many entries as fill a frame. It depends on the files alone, so the bundle does.
std::vector<FilePacker::Group> FilePacker::groups_of(const std::vector<BundleFile>& files) {
  std::vector<Group> groups;
  for (size_t i = 0; i < files.size(); ++i) {
    const uint64_t own = 4 * kBlock + files[i].size + padding_of(files[i].size);
    if (groups.empty() || groups.back().size + own > kFrame) groups.push_back({i, i});
    groups.back().end = i + 1;
    groups.back().size += own;
    groups.back().has_unknown |= files[i].kind == BundleFileKind::file && files[i].digest.empty();
  }
  return groups;
}

void FilePacker::hash(std::vector<BundleFile>& files, bool packs, const std::function<void()>& known) {
  groups_ = groups_of(files);
  count_ = files.size();
  std::vector<Group*> order;
  for (Group& group : groups_) order.push_back(&group);
  std::stable_partition(order.begin(), order.end(), [](const Group* group) { return group->has_unknown; });
  std::atomic<size_t> unknown = static_cast<size_t>(
      std::count_if(groups_.begin(), groups_.end(), [](const Group& group) { return group.has_unknown; }));
  if (unknown == 0) known();
  std::atomic<uint64_t> kept = 0;
  for_all(threads_, order.size(), [&](size_t i) {
    Group& group = *order[i];
    group.is_kept = packs && kept.fetch_add(group.size) + group.size <= kMostKept;
    uint64_t size = 0;
    const auto keep = [&](PackedFrame frame) {
      size += frame.bytes.size();
      group.frames.push_back(std::move(frame));
    };
    Lent(*this)->read(files, group, group.is_kept ? Reader::Put(keep) : nullptr,
                      [&](size_t number, std::string digest) {
                        std::string& listed = files[number].digest;
                        if (listed.empty())
                          listed = std::move(digest);
                        else if (digest != listed)
                          changed(files[number]);
                      });
    if (packs) kept -= group.size - size;
    if (group.has_unknown && --unknown == 0) known();
  });
}

void FilePacker::write(const std::vector<BundleFile>& files, FrameWriter& frames) {
  if (files.size() != count_) groups_ = groups_of(files);
  frames.cut();
  const auto read = [&](const Group& group, const Reader::Put& put) {
    Lent(*this)->read(files, group, put, [&](size_t number, const std::string& digest) {
      if (digest != files[number].digest) changed(files[number]);
    });
  };
  // A file that is longer than a frame goes through memory piece by piece.
  const auto is_long = [](const Group& group) { return group.size > 2 * kFrame; };
  const auto pack = [&](Group* group) {
    if (!group->is_kept && !is_long(*group))
      read(*group, [&](PackedFrame frame) { group->frames.push_back(std::move(frame)); });
    return group;
  };
  const auto put = [&](Group* group) {
    for (const PackedFrame& frame : group->frames) frames.put(frame);
    if (!group->is_kept && is_long(*group))
      read(*group, [&](const PackedFrame& frame) { frames.put(frame); });
    group->frames = {};
  };
  size_t at = 0;
  const auto next = [&] { return at < groups_.size() ? std::optional(&groups_[at++]) : std::nullopt; };
  in_order(threads_, next, pack, put);
}

void FilePacker::check_stop() const {
  if (stop_ != nullptr && stop_->load())
    throw Error(ErrorKind::interrupted, "interrupted; no bundle was written");
}

void FilePacker::changed(const BundleFile& file) const {
  throw Error(ErrorKind::conflict,
              "it changed while it was packed; pack again when nobody writes to the depot",
              depot_.path + "/" + file.path);
}

}  // namespace jireloc::bundles
