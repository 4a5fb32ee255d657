// The git tree hash of a package folder, as Pkg computes it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jireloc {

using Sha1 = std::array<uint8_t, 20>;  // in textual order

// 40 lower-case hex digits.
std::string sha1_text(const Sha1& hash);
// From 40 hex digits in either case; nothing if malformed.
std::optional<Sha1> parse_sha1(std::string_view text) noexcept;

// What lies in a folder and is outside of its git tree: what is named ".git", at any level, and folders
// without files at any depth. Of the latter the outermost are counted.
struct OutsideTree {
  uint64_t count = 0;
  bool git = false;                // some of it is named ".git"
  std::vector<std::string> first;  // paths of the first few, from the top
};

struct TreeHash {
  Sha1 hash{};
  // The hash that Pkg itself computes where a symbolic link's target is not ASCII: it writes the number of
  // characters as the blob's length. Only where it differs.
  std::optional<Sha1> quirk;
  uint64_t files = 0;  // blobs hashed
  uint64_t bytes = 0;  // of their contents
  OutsideTree outside;
};

struct TreeLimits {
  uint64_t most_entries = 1'000'000;         // files, links and folders
  uint64_t most_bytes = uint64_t{64} << 30;  // of file contents, holes of sparse files included
};

// Hashes a folder as GitTools.tree_hash (Pkg 1.4 and later) does: `.git` left out at every level, folders
// without files at any depth left out, modes 40000, 120000, 100755 (owner may execute) and 100644. Links are
// not followed, `directory` itself may be one. Throws Error: io (a call failed, a file changed under the
// reader), unsupported (a socket, pipe or device is in it), too_large (a limit; nested deeper than 128
// folders). Memory goes by the number of entries; two descriptors are open at a time.
TreeHash tree_hash(const std::string& directory, const TreeLimits& limits = {});

}  // namespace jireloc
