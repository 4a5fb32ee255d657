#include "rewrite/execute.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "bytes/patches.hpp"
#include "bytes/sharing.hpp"
#include "bytes/windows.hpp"
#include "bytes/writer.hpp"
#include "jireloc/crc32c.hpp"
#include "payload/patched_crc.hpp"
#include "rewrite/packed.hpp"
#include "rewrite/write_spliced.hpp"

namespace jireloc::rewriting {
namespace {

bool grows_image(const RewritePlan& plan) {
  return plan.payload.growth && !plan.payload.growth->image.empty();
}

// A file whose source was read whole, and that is not larger than this, is assembled in memory, written at
// once and read back at once.
constexpr uint64_t kAssembled = uint64_t{8} << 20;

// A new file at `path`. In place, what is there must still be what was planned for.
NewFile& create(Transaction& transaction, const Target& target, const std::string& path,
                const ByteSource& source, bool in_place) {
  TargetOptions options = target.options;
  const struct stat info = stat_of(source);
  if (in_place) options.expect = identity_of(info);
  if (target.keep.mode && !options.mode) options.mode = info.st_mode & 07777;
  return transaction.create_in(target.folder, split_path(path).name, options);
}

// The library as a hard link to the old one; null where it has to be copied.
const NewFile* share_library(const ImagePair& image, const Target& target, const std::string& path,
                             Transaction& transaction) {
  if (!target.link_library_from) return nullptr;
  const uid_t owner = target.owner ? target.owner->first : ::geteuid();
  const struct stat info = stat_of(*image.library);
  if (!may_be_shared(transaction.system(), image.library->descriptor(), info, owner)) return nullptr;
  return transaction.share_in(*target.link_library_from, split_path(image.library_path).name, info,
                              target.folder, split_path(path).name, target.options);
}

void keep_metadata(NewFile& out, const Target& target, const ByteSource& source) {
  out.keep(source, target.keep);
  if (target.options.mode) out.set_mode(*target.options.mode);
  if (target.owner) out.set_owner(target.owner->first, target.owner->second);
}

bool is_assembled(const ByteSource& source) {
  return !source.in_memory().empty() && source.size() <= kAssembled;
}

std::unique_ptr<ByteSource> read_back(const NewFile& file, const ByteSource& source) {
  constexpr auto left_to_its_owner = [](int) {};
  auto written = open_descriptor(file.descriptor(), file.path(), left_to_its_owner);
  // Read once for all that is held against it.
  return is_assembled(source) ? load(std::move(written), kAssembled) : std::move(written);
}

// What is held against the plan: `bytes`, which were written from memory, where that is all that is asked
// for.
std::unique_ptr<ByteSource> as_written(const NewFile& file, const ByteSource& source, std::string bytes,
                                       const Target& target) {
  if (!bytes.empty() && !target.read_back) return own_bytes(std::move(bytes), file.path());
  std::string().swap(bytes);
  return read_back(file, source);
}

[[noreturn]] void refuse_result(const std::string& path, std::string_view what) {
  throw Error(ErrorKind::bad_checksum,
              fmt::format("the file as written differs from the plan ({}); nothing was replaced", what),
              path);
}

std::string write_assembled(const ImagePair& image, const RewritePlan& plan, const Frame& frame,
                            NewFile& out) {
  const Extent payload = image.file.payload;
  std::string whole;
  whole.reserve(frame.header.size() + payload.size + frame.tail.size());
  whole = frame.header;
  whole += image.ji->in_memory().substr(payload.offset, payload.size);
  bytes::apply_patches(plan.payload.image, payload.offset, whole.data() + frame.header.size(), payload.size);
  whole += frame.tail;
  out.write(whole);
  return whole;
}

// Large files: blocks are shared where nothing moves and the file system can; else the kernel copies the
// payload.
void write_streamed(const ImagePair& image, const RewritePlan& plan, const Frame& frame, NewFile& out) {
  const Extent payload = image.file.payload;
  const bool in_step = frame.header.size() == payload.offset && image.file.file_size == plan.after.file_size;
  if (in_step && out.clone_from(image.ji->descriptor())) {
    out.pwrite(0, frame.header);
    out.pwrite(payload.end(), frame.tail);
  } else {
    out.write(frame.header);
    out.copy_from(image.ji->descriptor(), payload.offset, payload.size);
    out.write(frame.tail);
  }
  for (const BytePatch& patch : plan.payload.image)
    out.pwrite(frame.header.size() + (patch.offset - payload.offset), patch.bytes);
}

void verify_ji(const ImagePair& image, const RewritePlan& plan, const Frame& frame, const NewFile& out,
               const ByteSource& written) {
  const CacheFile read = read_cache_file(written);
  const Extent before = image.file.payload;
  if (written.read_string(0, frame.header.size()) != frame.header) refuse_result(out.path(), "header");
  if (read.dependencies != plan.after.dependencies || read.source_texts != plan.after.source_texts ||
      read.required_modules != plan.after.required_modules || read.checksum != plan.after.checksum ||
      read.payload.size != plan.after.payload.size)
    refuse_result(out.path(), "contents");
  const auto grown = grown_payload(image, plan);
  const bool untouched = !grown && plan.payload.image.empty() && before.size != 0;
  const Checksums sums = verify_checksums(read, written, {.digest = untouched});
  if (!sums.file_crc_ok || sums.file_crc != frame.file_crc) refuse_result(out.path(), "file checksum");
  if (!sums.payload_crc_ok.value_or(true)) refuse_result(out.path(), "payload checksum");
  if (grown) {
    if (!bytes::equal(*grown, bytes::whole(*grown), written, read.payload.offset))
      refuse_result(out.path(), "payload");
  } else if (untouched) {
    if (sums.payload_digest != verify_checksums(image.file, *image.ji, {.digest = true}).payload_digest)
      refuse_result(out.path(), "payload digest");
  } else if (!bytes::equal_patched(*image.ji, before, plan.payload.image, written, read.payload.offset)) {
    refuse_result(out.path(), "payload");
  }
}

const NewFile* write_ji(const ImagePair& image, const RewritePlan& plan, uint32_t so_crc,
                        const Target& target, bool in_place, Transaction& transaction, uint64_t& written) {
  const Frame frame = frame_of(image, plan, so_crc);
  NewFile& out = create(transaction, target, target.ji, *image.ji, in_place);
  if (!plan.payload.packed_payload.empty()) {
    std::string whole = packed_image(plan, frame);
    out.write(whole);
    written += whole.size();
    keep_metadata(out, target, *image.ji);
    verify_packed(*as_written(out, *image.ji, std::move(whole), target), plan, frame);
    return &out;
  }
  std::string whole;  // where it was written from memory
  if (grows_image(plan))
    write_spliced(frame.header, *image.ji, image.file.payload, plan.payload.growth->image, frame.tail, out);
  else if (is_assembled(*image.ji))
    whole = write_assembled(image, plan, frame, out);
  else
    write_streamed(image, plan, frame, out);
  keep_metadata(out, target, *image.ji);
  verify_ji(image, plan, frame, out, *as_written(out, *image.ji, std::move(whole), target));
  written += frame.header.size() + plan.after.payload.size + frame.tail.size();
  return &out;
}

// Gives the checksum of what was written from memory.
std::optional<uint32_t> write_patched(const ByteSource& source, std::span<const BytePatch> patches,
                                      NewFile& out) {
  const bool cloned = source.descriptor() >= 0 && out.clone_from(source.descriptor());
  if (const std::string_view all = source.in_memory(); !cloned && !all.empty()) {
    std::string changed;
    if (!patches.empty()) {
      changed = all;
      bytes::apply_patches(patches, 0, changed.data(), changed.size());
    }
    const std::string_view whole = patches.empty() ? all : changed;
    out.write(whole);
    return crc32c::value(whole);
  }
  if (!cloned) out.copy_from(source.descriptor(), 0, source.size());
  for (const BytePatch& patch : patches) out.pwrite(patch.offset, patch.bytes);
  return {};
}

const NewFile* write_library(const ImagePair& image, const PayloadPlan& plan, uint32_t so_crc,
                             const std::string& path, const Target& target, bool in_place,
                             Transaction& transaction) {
  NewFile& out = create(transaction, target, path, *image.library, in_place);
  std::optional<uint32_t> written_crc;
  if (plan.growth && !plan.growth->library.empty())
    write_library_spliced(*image.library, plan.growth->library, out);
  else
    written_crc = write_patched(*image.library, plan.library, out);
  keep_metadata(out, target, *image.library);
  if (target.read_back || !written_crc) written_crc = file_crc32c(*read_back(out, *image.library));
  if (written_crc != so_crc) refuse_result(path, "native library checksum");
  return &out;
}

// Of the payload in the .ji as it will be.
uint32_t payload_crc_of(const ImagePair& image, const PayloadPlan& plan) {
  if (!plan.packed_payload.empty()) return crc32c::value(plan.packed_payload);
  if (plan.growth && !plan.growth->image.empty()) return plan.growth->image_payload_crc;
  return payload::patched_crc(image.sums.stored_payload_crc, *image.ji, image.file.payload, plan.image);
}

}  // namespace

std::unique_ptr<ByteSource> grown_payload(const ImagePair& image, const RewritePlan& plan) {
  if (!grows_image(plan)) return nullptr;
  return spliced_source(*image.ji, image.file.payload, plan.payload.growth->image);
}

Frame frame_of(const ImagePair& image, const RewritePlan& plan, uint32_t so_crc) {
  const auto word = [](uint32_t value) {
    bytes::ByteWriter out;
    out.u32(value);
    return std::move(out).take();
  };
  Frame frame;
  frame.header = serialize_header(plan.after);
  frame.tail = serialize_tail(plan.after);
  if (so_crc != plan.after.so_crc)  // the last word
    frame.tail.replace(frame.tail.size() - sizeof so_crc, sizeof so_crc, word(so_crc));
  const uint32_t payload_crc = payload_crc_of(image, plan.payload);
  uint32_t crc = crc32c::combine(crc32c::value(frame.header), payload_crc, plan.after.payload.size);
  crc = crc32c::extend(crc, frame.tail.data(), frame.tail.size());
  frame.file_crc = crc;
  frame.tail += word(crc);
  return frame;
}

uint32_t planned_so_crc(const ImagePair& image, const RewritePlan& plan) {
  if (!image.library) return image.file.so_crc;
  if (plan.payload.growth && plan.payload.growth->library_crc) return *plan.payload.growth->library_crc;
  return payload::patched_crc(image.file.so_crc, *image.library, {0, image.library->size()},
                              plan.payload.library);
}

Prepared prepare(const ImagePair& image, const RewritePlan& plan, const Target& target,
                 Transaction& transaction) {
  const bool in_place = target.ji == image.path;
  Prepared prepared;
  const uint32_t so_crc = planned_so_crc(image, plan);
  if (image.library) {
    const std::string path = native_library_path(target.ji, image.file.prefix);
    const bool needed = plan.payload.changes_library() || !in_place;
    if (needed && !plan.payload.changes_library())
      prepared.library = share_library(image, target, path, transaction);
    if (needed && prepared.library == nullptr) {
      prepared.library = write_library(image, plan.payload, so_crc, path, target, in_place, transaction);
      prepared.bytes += prepared.library->size();
    }
  }
  prepared.ji = write_ji(image, plan, so_crc, target, in_place, transaction, prepared.bytes);
  return prepared;
}

void link_names(const Prepared& prepared, const ImagePair& image, const Target& target, bool in_place,
                Transaction& transaction) {
  const std::string library = native_library_path(target.ji, image.file.prefix);
  if (prepared.library != nullptr)
    transaction.link_in(*prepared.library, target.folder, split_path(library).name);
  TargetOptions options = target.options;
  if (in_place) options.expect = identity_of(stat_of(*image.ji));
  transaction.link_in(*prepared.ji, target.folder, split_path(target.ji).name, options);
}

}  // namespace jireloc::rewriting
