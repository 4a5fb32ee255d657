#include "rewrite/write_spliced.hpp"

#include <algorithm>
#include <cstring>

#include "bytes/windows.hpp"
#include "payload/spliced.hpp"

namespace jireloc::rewriting {
namespace {

constexpr size_t kBlock = 4096;

// Appends what it is given; what is small together.
class Gathered {
 public:
  explicit Gathered(NewFile& out) : out_(out) {}
  void write(std::string_view part) {
    if (buffer_.size() + part.size() > kBuffer) flush();
    if (part.size() > kBuffer) return out_.write(part);
    buffer_ += part;
  }
  void flush() {
    if (!buffer_.empty()) out_.write(buffer_);
    buffer_.clear();
  }

 private:
  static constexpr size_t kBuffer = size_t{64} << 10;
  NewFile& out_;
  std::string buffer_;
};

// A library whose image data moved to its end, and whose old place could not be cut out: filled with zeros,
// it becomes a hole.
void write_with_holes(const ByteSource& source, NewFile& out) {
  const std::string zeros(kBlock, '\0');
  // Each window but the last is a multiple of a block.
  bytes::for_each_window(source, bytes::whole(source), 0, [&](const bytes::Window& window) {
    const size_t size = window.bytes.size();
    const bool last = window.fresh_end == source.size();
    const auto is_hole = [&](size_t block) {
      const std::string_view bytes = window.bytes.substr(block, kBlock);
      const bool ends_file = last && block + bytes.size() == size;
      return !ends_file && std::memcmp(bytes.data(), zeros.data(), bytes.size()) == 0;
    };
    for (size_t begin = 0; begin < size;) {
      size_t end = begin;
      while (end < size && !is_hole(end)) end += kBlock;
      if (end > begin) out.pwrite(window.offset + begin, window.bytes.substr(begin, end - begin));
      begin = end + kBlock;
    }
  });
}

bool leaves_hole(const std::vector<Splice>& splices) {
  return std::any_of(splices.begin(), splices.end(),
                     [](const Splice& splice) { return splice.zeros >= 2 * kBlock; });
}

}  // namespace

void write_spliced(std::string_view head, const ByteSource& source, Extent extent,
                   const std::vector<Splice>& splices, std::string_view tail, NewFile& out) {
  Gathered gathered(out);
  gathered.write(head);
  payload::for_each_part(source, extent, splices, [&](std::string_view part) { gathered.write(part); });
  gathered.write(tail);
  gathered.flush();
}

void write_library_spliced(const ByteSource& library, const std::vector<Splice>& splices, NewFile& out) {
  const Extent all{0, library.size()};
  if (leaves_hole(splices)) return write_with_holes(*spliced_source(library, all, splices), out);
  write_spliced({}, library, all, splices, {}, out);
}

}  // namespace jireloc::rewriting
