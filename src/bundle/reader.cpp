#include "bundle/reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "bundle/tar.hpp"
#include "bytes/file_io.hpp"
#include "bytes/reading.hpp"
#include "jireloc/error.hpp"
#include "jireloc/work_limits.hpp"

namespace jireloc {
namespace bundles {
namespace {

constexpr uint64_t kLargestManifest = uint64_t{512} << 20;
constexpr uint64_t kAnyExpansion = uint64_t{16} << 20;
constexpr size_t kPiece = 64 << 10;
constexpr int kMostAhead = 2;  // threads: who checks what they unpack is faster than one

}  // namespace

BundleReader::BundleReader(const BundleSource& source, int jobs)
    : frames_(source, source.is_file && jobs > 1 ? std::min(jobs, kMostAhead) : 0),
      source_sha256_(source.sha256),
      buffer_(std::make_unique_for_overwrite<char[]>(kPiece)) {
  std::shared_ptr<const void> owner;
  std::string text;
  const uint64_t size = read_manifest_size();
  // Most lie in one frame whole.
  const auto there = frames_.view(size, owner);
  if (!there) text = read_manifest(size);
  expect(std::string(padding_of(size), '\0'), "the padding behind its manifest");
  manifest_ = parse_bundle_manifest(there ? *there : std::string_view(text), source.name);
}

uint64_t BundleReader::read_manifest_size() {
  frames_.read(buffer_.get(), kBlock);
  const auto size = manifest_size(std::string_view(buffer_.get(), kBlock));
  if (!size)
    frames_.fail(ErrorKind::bad_value,
                 fmt::format("it is no bundle: its first entry is not {}", kManifestName));
  if (*size > kLargestManifest)
    frames_.fail(ErrorKind::too_large,
                 fmt::format("its manifest has {} bytes, and may have {}", *size, kLargestManifest));
  return *size;
}

// Its size is what the header says; so much memory is taken as comes, and no more than goes with what was
// read.
std::string BundleReader::read_manifest(uint64_t size) {
  std::string text;
  text.reserve(static_cast<size_t>(std::min(size, kAnyExpansion)));
  while (text.size() < size) {
    const auto some = static_cast<size_t>(std::min<uint64_t>(size - text.size(), kPiece));
    frames_.read(buffer_.get(), some);
    text.append(buffer_.get(), some);
    if (text.size() > frames_.offset() * work_limits().expansion + kAnyExpansion)
      frames_.fail(ErrorKind::too_large, fmt::format("its manifest unpacks to more than {} times its size",
                                                     work_limits().expansion));
  }
  return text;
}

// All but the contents follows from the manifest, byte by byte.
void BundleReader::expect(const std::string& bytes, const std::string& what) {
  bool is_it = true;
  for (size_t at = 0; at < bytes.size(); at += kPiece) {
    const std::string_view wanted = std::string_view(bytes).substr(at, kPiece);
    frames_.read(buffer_.get(), wanted.size());
    is_it = is_it && wanted == std::string_view(buffer_.get(), wanted.size());
  }
  if (!is_it) frames_.fail(ErrorKind::bad_value, fmt::format("{} is not what its manifest says", what));
}

// The digest of what was read.
std::string BundleReader::read_pieces(const BundleFile& file, const Use& use) {
  bytes::Digest digest;
  for (uint64_t left = file.size; left > 0;) {
    const auto some = static_cast<size_t>(std::min<uint64_t>(left, kPiece));
    frames_.read(buffer_.get(), some);
    const std::string_view piece = std::string_view(buffer_.get(), some);
    digest.add(piece);
    if (use.data) use.data(piece);
    left -= some;
  }
  return digest.text();
}

void BundleReader::read_content(const BundleFile& file, const Use& use) {
  std::string digest;
  std::shared_ptr<const void> owner;
  const auto there = use.take ? frames_.view(file.size, owner) : std::nullopt;
  if (there) {
    digest = bytes::digest(*there);
  } else if (char* const whole = use.room ? use.room(file) : nullptr) {
    frames_.read(whole, file.size);
    digest = bytes::digest({whole, file.size});
  } else {
    digest = read_pieces(file, use);
  }
  if (digest != file.digest)
    frames_.fail(ErrorKind::bad_checksum,
                 fmt::format("the content of {} is not what its manifest says", file.path));
  if (there) use.take(file, *there, owner);
  expect(std::string(padding_of(file.size), '\0'), fmt::format("the padding behind {}", file.path));
}

bool BundleReader::read_next(const Use& use) {
  if (const BundleFile* file = next()) {
    expect(tar_header(*file), fmt::format("the header of {}", file->path));
    if (use.begin) use.begin(*file);
    if (file->kind == BundleFileKind::file) read_content(*file, use);
    if (use.end) use.end(*file);
    ++at_;
    return true;
  }
  expect(tar_end(), "the end of the archive");
  frames_.finish();
  return false;
}

VerifiedBundle BundleReader::read(const Use& use) {
  while (read_next(use)) {
  }
  return verified();
}

VerifiedBundle BundleReader::verified() {
  VerifiedBundle whole;
  whole.size = frames_.offset();
  whole.sha256 = frames_.sha256();
  if (!source_sha256_.empty() && source_sha256_ != whole.sha256)
    frames_.fail(ErrorKind::conflict, "it changed since it was verified");
  whole.manifest = std::move(manifest_);
  return whole;
}

}  // namespace bundles

BundleSource bundle_descriptor(int fd, std::string name) {
  const std::string file = name;
  BundleSource source{
      std::move(name), [fd, file](char* to, size_t most) {
        FileSystem& system = reading_file_system();
        return static_cast<size_t>(checked(retried([&] { return system.read(fd, to, most); }), "read", file));
      }};
  source.is_file = S_ISREG(stat_of(reading_file_system(), fd, file).st_mode);
  return source;
}

BundleSource bundle_file(const std::string& path) {
  FileSystem& system = reading_file_system();
  const auto file = std::make_shared<Descriptor>(
      system, checked(retried([&] { return system.open(AT_FDCWD, path.c_str(), O_RDONLY); }), "open", path));
  BundleSource source = bundle_descriptor(file->get(), path);
  source.read = [file, read = source.read](char* to, size_t most) { return read(to, most); };
  return source;
}

std::string bundle_sha256(const BundleSource& source) {
  bundles::Sha256 sha;
  std::string buffer(bundles::kPiece, '\0');
  while (const size_t got = source.read(buffer.data(), buffer.size()))
    sha.add(std::string_view(buffer).substr(0, got));
  return sha.text();
}

BundleManifest read_bundle_manifest(const BundleSource& source) {
  return bundles::BundleReader(source).manifest();
}

VerifiedBundle verify_bundle(const BundleSource& source) {
  return bundles::BundleReader(source).read({});
}

}  // namespace jireloc
