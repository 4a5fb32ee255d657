// Carrying out a plan: new files in a transaction, each read back and held against the plan before it counts.
#pragma once

#include <string>

#include "bytes/transaction.hpp"
#include "jireloc/rewrite.hpp"

namespace jireloc::rewriting {

struct Target {
  std::string ji;                       // where the .ji goes; equal to the image's path: in place
  std::shared_ptr<Folder> folder = {};  // that folder, open: of `ji` only the last component counts
  // Another place: a byte-unchanged library may be a hard link to the old one, which lies in this folder.
  std::shared_ptr<Folder> link_library_from = {};
  TargetOptions options = {};  // another place: whether something there may be replaced, and the new mode
  Keep keep = {};              // of the old files
  std::optional<std::pair<uid_t, gid_t>> owner = {};
  // False: what was written from memory is checked there, and not read back. What the kernel copied always
  // is.
  bool read_back = true;
};

// The parts of the new .ji around the payload, and the checksums that go with them.
struct Frame {
  std::string header, tail;  // tail: source texts, so-crc, file crc
  uint32_t file_crc = 0;
};
Frame frame_of(const ImagePair& image, const RewritePlan& plan, uint32_t so_crc);
// The payload of the .ji as it will be, where texts in it grow; else null. Both must outlive it.
std::unique_ptr<ByteSource> grown_payload(const ImagePair& image, const RewritePlan& plan);
// The checksum of the library with the plan's patches.
uint32_t planned_so_crc(const ImagePair& image, const RewritePlan& plan);

// What prepare() has made; the files belong to the transaction.
struct Prepared {
  uint64_t bytes = 0;  // written
  const NewFile* ji = nullptr;
  const NewFile* library = nullptr;  // null where the old one stays
};

// Prepares the files of one image: the native library first, if it changes or goes elsewhere, then the .ji.
// In place only what changes is written. Everything written is read back (see Target): parsed, its checksums
// recomputed, its header compared with the plan and its payload with the old one and its patches. Throws
// Error (io, conflict, bad_checksum); the transaction can then only be dropped.
Prepared prepare(const ImagePair& image, const RewritePlan& plan, const Target& target,
                 Transaction& transaction);

// A further name of the same image (hard link): the target's .ji and its library's name become links to what
// was prepared.
void link_names(const Prepared& prepared, const ImagePair& image, const Target& target, bool in_place,
                Transaction& transaction);

}  // namespace jireloc::rewriting
