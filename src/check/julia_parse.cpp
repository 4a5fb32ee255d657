// A header that this library refuses: does Julia's own parser throw on it, or get through to the checksum?
// Mirrors the reads of parse_cache_header (base/loading.jl), which checks next to nothing.
#include <algorithm>
#include <cstring>

#include "check/subject.hpp"

namespace jireloc::check {
namespace {

struct Throws {};

// Reads as Julia's IO does: numbers throw at the end of the file, byte runs are cut short.
class JuliaReader {
 public:
  JuliaReader(const ByteSource& source, uint64_t at) : source_(source), at_(static_cast<int64_t>(at)) {}

  template <typename T>
  T number() {
    T value;
    const uint64_t left = rest();
    if (left < sizeof value) throw Throws{};
    source_.read(static_cast<uint64_t>(at_), reinterpret_cast<char*>(&value), sizeof value);
    at_ += sizeof value;
    return value;
  }
  // read(io, n); the first byte of it, or -1 where it is empty.
  int run(int64_t size) {
    if (size < 0) throw Throws{};
    const auto taken = static_cast<int64_t>(std::min<uint64_t>(static_cast<uint64_t>(size), rest()));
    char first = 0;
    if (taken > 0) source_.read(static_cast<uint64_t>(at_), &first, 1);
    at_ += taken;
    return taken > 0 ? static_cast<unsigned char>(first) : -1;
  }
  void skip(int64_t size) {
    at_ += size;
    if (at_ < 0) throw Throws{};
  }
  void seek(int64_t to) {
    if (to < 0) throw Throws{};
    at_ = to;
  }
  bool at_end() const { return rest() == 0; }
  int64_t position() const { return at_; }

 private:
  uint64_t rest() const {
    const auto at = static_cast<uint64_t>(at_);
    return at < source_.size() ? source_.size() - at : 0;
  }
  const ByteSource& source_;
  int64_t at_;
};

class HeaderWalk {
 public:
  HeaderWalk(const ByteSource& source, const Layout& layout, uint64_t at)
      : in_(source, at), layout_(layout) {}

  void run() {
    if (layout_.prefix != PrefixForm::basic) in_.number<uint8_t>();  // flags
    if (layout_.syntax_version) in_.number<uint8_t>();
    modules(1);
    total_ = in_.number<int64_t>();
    dependencies();
    if (layout_.preferences == PreferencesForm::none) {
      if (total_ != 12) throw Throws{};  // terminator and srctextpos were not counted up to 1.5
    } else {
      preferences();
    }
    const auto srctextpos = in_.number<int64_t>();
    if (layout_.preferences != PreferencesForm::none && total_ - 8 != 0) throw Throws{};
    modules(layout_.wide_build_ids ? 2 : 1);
    if (layout_.has_clone_targets()) in_.run(in_.number<int32_t>());
    if (layout_.content_tracking) source_texts(srctextpos);
    if (!any_include_) throw Throws{};  // includes[1]
  }

 private:
  void modules(int build_words) {
    const bool worklist = worklist_size_ < 0;
    if (worklist) worklist_size_ = 0;
    while (const auto size = in_.number<int32_t>()) {
      in_.run(size);
      for (int i = 0; i < 2 + build_words; ++i) in_.number<uint64_t>();
      if (worklist) ++worklist_size_;
    }
  }

  void dependencies() {
    const bool counts_terminators = layout_.preferences != PreferencesForm::none;
    while (const auto size = in_.number<int32_t>()) {
      const int first = in_.run(size);
      if (first < 0) throw Throws{};  // depname[1]
      any_include_ = any_include_ || first != 0;
      if (first == 0 && size < 17) throw Throws{};  // binunpack
      if (layout_.content_tracking) {
        in_.number<uint64_t>();
        in_.number<uint32_t>();
      }
      in_.number<double>();
      const auto index = in_.number<int32_t>();
      total_ -= 16 + size + (layout_.content_tracking ? 12 : 0);
      if (index == 0) continue;
      if (index < 0 || index > worklist_size_) throw Throws{};  // modules[n1]
      submodules();
    }
    if (counts_terminators) total_ -= 4;
  }

  void submodules() {
    for (int guard = 0; guard < 1'000'000; ++guard) {
      const auto size = in_.number<int32_t>();
      total_ -= 4;
      if (size == 0) return;
      layout_.preferences == PreferencesForm::none ? in_.skip(size) : static_cast<void>(in_.run(size));
      total_ -= size;
    }
    throw Throws{};  // it would go round for ever
  }

  void preferences() {
    if (layout_.preferences == PreferencesForm::blob) {
      const auto size = in_.number<int32_t>();
      in_.run(size);
      total_ -= 4 + int64_t{size};
      return;
    }
    while (const auto size = in_.number<int32_t>()) {
      in_.run(size);
      total_ -= 4 + int64_t{size};
    }
    total_ -= 4 + 8;
    in_.number<uint64_t>();
  }

  // srctext_files.
  void source_texts(int64_t srctextpos) {
    if (srctextpos == 0) return;
    in_.seek(srctextpos);
    while (!in_.at_end()) {
      const auto size = in_.number<int32_t>();
      if (size == 0) return;
      in_.run(size);
      const auto length = in_.number<int64_t>();
      in_.seek(in_.position() + length);
    }
  }

  JuliaReader in_;
  const Layout& layout_;
  int worklist_size_ = -1;
  int64_t total_ = 0;
  bool any_include_ = false;
};

// Where jl_read_verify_header stops and the lists begin; nothing if the file ends before.
std::optional<uint64_t> end_of_prefix(const ByteSource& source, const Layout& layout) {
  const std::string head = source.read_string(0, std::min<uint64_t>(source.size(), 4096));
  size_t at = 13;
  const auto skip_texts = [&](int count) {
    for (int i = 0; i < count; ++i) at = std::min(head.find('\0', at), head.size()) + 1;
  };
  skip_texts(layout.gc_name ? 4 : 3);
  if (layout.prefix == PrefixForm::reordered) at += 4;
  skip_texts(2);
  if (layout.prefix == PrefixForm::extended) at += 1 + 8 + 8 + 8;
  if (layout.prefix == PrefixForm::reordered) at += 4 + 8 + 8;
  if (at > head.size()) return std::nullopt;
  return at;
}

}  // namespace

bool julia_throws_on_header(const ByteSource& source, const Layout& layout) {
  const auto begin = end_of_prefix(source, layout);
  if (!begin) return false;  // the prefix is refused before anything can throw
  try {
    HeaderWalk(source, layout, *begin).run();
    return false;
  } catch (const Throws&) {
    return true;
  }
}

}  // namespace jireloc::check
