// Where bytes come from: a file read with pread, or memory. Hides the difference, so that parsing needs no
// disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jireloc {

// A part of a source.
struct Extent {
  uint64_t offset = 0, size = 0;  // bytes from the start of the source
  uint64_t end() const noexcept { return offset + size; }
  bool operator==(const Extent&) const = default;
};

struct BytePatch {
  uint64_t offset = 0;  // from the start of the source
  std::string bytes;    // written over what is there
  bool operator==(const BytePatch&) const = default;
};

// [offset, +size) of a source becomes `bytes`, which may be longer or shorter, with `zeros` behind them.
struct Splice {
  uint64_t offset = 0, size = 0;
  std::string bytes;
  uint64_t zeros = 0;
  bool operator==(const Splice&) const = default;
};

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Bytes in the source. For a file: as it was when opened.
  virtual uint64_t size() const noexcept = 0;
  // A name for messages; the path as given for files.
  virtual const std::string& name() const noexcept = 0;
  // Fills buffer[0, size) from `offset`. Throws Error (truncated) where the source ends before, (io) where
  // reading fails.
  virtual void read(uint64_t offset, char* buffer, size_t size) const = 0;
  // The whole source where it lies in memory already, else empty.
  virtual std::string_view in_memory() const noexcept { return {}; }
  // The file descriptor behind it, or -1.
  virtual int descriptor() const noexcept { return -1; }

  std::string read_string(uint64_t offset, size_t size) const;
};

// Opens `path` for reading; symbolic links are followed. Refuses what is not a regular file (io,
// unsupported).
std::unique_ptr<ByteSource> open_file(const std::string& path);
// A source of at most `largest` bytes is read at once: in_memory() is its bytes as they are now, and its
// descriptor stays open. A larger one is given back as it is.
std::unique_ptr<ByteSource> load(std::unique_ptr<ByteSource> file, uint64_t largest);
// `close` is what the descriptor is given back with; empty: the kernel's own.
using CloseDescriptor = std::function<void(int fd)>;
// Takes ownership of an open descriptor.
std::unique_ptr<ByteSource> open_descriptor(int fd, std::string name, CloseDescriptor close = {});
// `bytes` is not copied and must outlive the source.
std::unique_ptr<ByteSource> view_bytes(std::string_view bytes, std::string name = "(memory)");
std::unique_ptr<ByteSource> own_bytes(std::string bytes, std::string name = "(memory)");
// A view of `source` with the patches, which must be disjoint, written over it. `source` must outlive it.
std::unique_ptr<ByteSource> patched_source(const ByteSource& source, std::vector<BytePatch> patches);
// The decompressed bytes of a zstd file (one or more frames), in memory. Throws Error: too_large where there
// are more than `limit` of them, bad_value where the stream is damaged or of another kind, truncated where it
// ends early. Memory: never more than some multiple of `limit`, whatever the frame's header says.
std::unique_ptr<ByteSource> decompress(const ByteSource& source, uint64_t limit);

}  // namespace jireloc
