#include "support/image_mutation.hpp"

#include <cstring>
#include <limits>

#include "jireloc/crc32c.hpp"
#include "support/random_image.hpp"

namespace jireloc::test {
namespace {

class Mutator {
 public:
  Mutator(CacheFile file, std::string payload, Chooser& choose)
      : file_(std::move(file)), texts_(texts_of(file_)), payload_(std::move(payload)), choose_(choose) {}

  std::string mutated() {
    for (uint64_t changes = 1 + choose_.below(3); changes > 0; --changes) change();
    RandomImage image = lay_out(std::move(file_), std::move(payload_), texts_);
    if (choose_.one_in(4)) return spoil(std::move(image));
    return std::move(image.bytes);
  }

 private:
  void change() {
    switch (choose_.below(12)) {
      case 0:
        return change_dependency();
      case 1:
        return add_dependency();
      case 2:
        if (!file_.dependencies.empty()) file_.dependencies.erase(pick(file_.dependencies));
        return;
      case 3:
        return change_text(file_.prefix.version);
      case 4:
        file_.worklist.push_back({text(), {choose_.bits(), choose_.bits()}, choose_.bits()});
        return;
      case 5:
        if (!file_.required_modules.empty()) file_.required_modules.erase(pick(file_.required_modules));
        return;
      case 6:
        file_.required_modules.push_back({text(), {}, choose_.bits(), choose_.bits()});
        return;
      case 7:
        file_.preferences.names.push_back(text());
        return change_text(file_.preferences.blob);
      case 8:
        return change_text(file_.clone_targets);
      case 9:
        return change_text(payload_);
      case 10:
        return change_stored_text();
      default:
        file_.prefix.pointer_size = choose_.one_in(2) ? 4 : 8;
        file_.flags = static_cast<uint8_t>(choose_.bits());
        return;
    }
  }

  template <typename T>
  typename std::vector<T>::iterator pick(std::vector<T>& list) {
    return list.begin() + static_cast<std::ptrdiff_t>(choose_.below(list.size()));
  }

  std::string text() { return "x" + choose_.bytes(choose_.below(6)); }

  void change_text(std::string& target) {
    if (target.empty()) {
      target = text();
      return;
    }
    const size_t at = choose_.below(target.size());
    switch (choose_.below(4)) {
      case 0:
        target[at] = static_cast<char>(choose_.bits());
        return;
      case 1:
        target.insert(at, choose_.bytes(1 + choose_.below(9)));
        return;
      case 2:
        target.erase(at, 1 + choose_.below(9));
        return;
      default:
        if (target.size() < 4096) target += target.substr(at);
        return;
    }
  }

  void change_dependency() {
    if (file_.dependencies.empty()) return add_dependency();
    Dependency& entry = *pick(file_.dependencies);
    switch (choose_.below(4)) {
      case 0:
        entry.mtime = choose_.one_in(2) ? -1.0 : 1.0;
        return;
      case 1:
        entry.fsize = choose_.bits();
        return;
      case 2:
        entry.module_index = static_cast<int32_t>(choose_.below(file_.worklist.size() + 2));
        return;
      default:
        return rename(entry);
    }
  }

  // The stored text goes along, as in a file that Julia writes.
  void rename(Dependency& entry) {
    std::string renamed = entry.path;
    change_text(renamed);
    if (renamed.empty()) return;
    for (SourceText& source : file_.source_texts)
      if (source.path == entry.path) source.path = renamed;
    entry.path = renamed;
  }

  void add_dependency() {
    Dependency entry;
    entry.path = choose_.one_in(3) ? std::string(17, '\0') + text() : "/home/u/.julia/" + text();
    file_.dependencies.push_back(std::move(entry));
  }

  void change_stored_text() {
    if (!texts_.empty()) return change_text(texts_[choose_.below(texts_.size())]);
    if (file_.dependencies.empty()) return;
    file_.source_texts.push_back({pick(file_.dependencies)->path, {}});
    texts_.push_back(text());
  }

  // One number of the header replaced by one that is out of range, behind a right checksum.
  std::string spoil(RandomImage image) {
    const uint64_t end = std::min<uint64_t>(image.file.header_end, image.bytes.size());
    if (end < 28) return std::move(image.bytes);
    static const std::vector<uint64_t> values{0,
                                              1,
                                              0x7FFFFFFF,
                                              0x80000000,
                                              0xFFFFFFFF,
                                              uint64_t{1} << 62,
                                              std::numeric_limits<uint64_t>::max(),
                                              uint64_t{1} << 63};
    const uint64_t value = choose_.of(values);
    const size_t width = choose_.one_in(2) ? 4 : 8;
    std::memcpy(image.bytes.data() + 20 + choose_.below(end - 27), &value, width);
    mend_file_crc(image.bytes);
    return std::move(image.bytes);
  }

  CacheFile file_;
  std::vector<std::string> texts_;
  std::string payload_;
  Chooser& choose_;
};

}  // namespace

std::string mutate_image(std::string_view bytes, Chooser& choose) {
  const auto source = view_bytes(bytes);
  try {
    CacheFile file = read_cache_file(*source);
    std::string payload(bytes.substr(file.payload.offset, file.payload.size));
    return Mutator(std::move(file), std::move(payload), choose).mutated();
  } catch (const Error&) {
    return {};
  }
}

void mend_file_crc(std::string& bytes) {
  if (bytes.size() < 4) return;
  const uint32_t crc = crc32c::value(std::string_view(bytes).substr(0, bytes.size() - 4));
  std::memcpy(bytes.data() + bytes.size() - 4, &crc, sizeof crc);
}

}  // namespace jireloc::test
