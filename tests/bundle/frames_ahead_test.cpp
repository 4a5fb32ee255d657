// Frames that another thread unpacks ahead: the same as without it, whatever comes.
#include "bundle/frames_ahead.hpp"

#include <zstd.h>

#include <catch2/catch.hpp>

#include "jireloc/error.hpp"

namespace jireloc::bundles {
namespace {

// Of this many frames, each with other bytes.
std::string content_of(size_t frame) {
  std::string content((frame % 3 == 0 ? kFrame : 100'000) - frame, '\0');
  uint64_t noise = frame + 1;
  for (char& byte : content) byte = static_cast<char>((noise = noise * 6364136223846793005U + 1) >> 56);
  return content;
}

struct Framed {
  std::string bytes, contents;
};

Framed framed(size_t count) {
  Framed all;
  FrameWriter writer([&](std::string_view piece) { all.bytes += piece; }, 1);
  for (size_t i = 0; i < count; ++i) {
    const std::string content = content_of(i);
    all.contents += content;
    writer.write(content);
    writer.cut();
  }
  writer.finish();
  return all;
}

// zstd's own streams do not say how long a frame is.
std::string frame_without_size(std::string_view content) {
  const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 0);
  std::string out(ZSTD_compressBound(content.size()), '\0');
  const size_t size = ZSTD_compress2(context.get(), out.data(), out.size(), content.data(), content.size());
  REQUIRE(ZSTD_isError(size) == 0);
  out.resize(size);
  return out;
}

BundleSource source_of(std::string bytes, size_t piece, size_t fails_at = std::string::npos) {
  auto at = std::make_shared<size_t>(0);
  return {"bundle", [bytes = std::move(bytes), at, piece, fails_at](char* to, size_t most) {
            if (*at >= fails_at) throw Error::system(EIO, "read", "bundle");
            const size_t some = bytes.copy(to, std::min(most, piece), *at);
            *at += some;
            return some;
          }};
}

std::string read_all(FrameReader& reader, size_t size, size_t piece) {
  std::string all(size, '\0');
  for (size_t at = 0; at < size; at += piece) reader.read(all.data() + at, std::min(piece, size - at));
  return all;
}

}  // namespace

TEST_CASE(
    "what is unpacked ahead is what is unpacked, in pieces of any size, with the same digest and table") {
  const Framed all = framed(5);
  const size_t piece = GENERATE(as<size_t>{}, 1000, kFrame + 12'345);
  std::vector<std::string> digests;
  std::vector<std::vector<uint32_t>> frames;
  for (const int ahead : {0, 1, 2}) {
    const BundleSource source = source_of(all.bytes, piece);
    FrameReader reader(source, ahead);
    CHECK(read_all(reader, all.contents.size(), piece) == all.contents);
    reader.finish();
    CHECK(reader.offset() == all.bytes.size());
    digests.push_back(reader.sha256());
    frames.emplace_back();
    for (const Frame& frame : reader.frames())
      frames.back().insert(frames.back().end(), {frame.packed, frame.unpacked});
  }
  CHECK(digests == std::vector<std::string>(3, digests[0]));
  CHECK(frames == std::vector<std::vector<uint32_t>>(3, frames[0]));
}

TEST_CASE("what lies whole in a frame that was unpacked ahead is had without a copy, and stays") {
  const Framed all = framed(4);
  const BundleSource source = source_of(all.bytes, 70'000);
  std::shared_ptr<const void> owner, none;
  std::string_view kept;
  const std::string wanted = content_of(0);
  {
    FrameReader reader(source, 2);
    const auto there = reader.view(wanted.size(), owner);
    REQUIRE(there);
    kept = *there;
    CHECK_FALSE(reader.view(content_of(1).size() + 1, none));  // of two frames
    CHECK(read_all(reader, all.contents.size() - wanted.size(), 50'000) ==
          all.contents.substr(wanted.size()));
    reader.finish();
  }
  CHECK(kept == wanted);
  const BundleSource again = source_of(all.bytes, 70'000);
  CHECK_FALSE(FrameReader(again, 0).view(wanted.size(), none));
}

TEST_CASE("a frame that does not say its size, or is longer than any of ours, is unpacked as it comes") {
  const std::string content = content_of(1), longer(2 * kFrame, 'x');
  for (const std::string& odd : {frame_without_size(content), frame_without_size(longer)}) {
    Framed all;
    FrameWriter writer([&](std::string_view piece) { all.bytes += piece; }, 1);
    writer.write(content_of(2));
    writer.cut();
    const std::string bytes = all.bytes + odd + all.bytes;
    const BundleSource source = source_of(bytes, 70'000);
    FrameReader reader(source, GENERATE(1, 2));
    const std::string& middle = odd.size() == frame_without_size(content).size() ? content : longer;
    const std::string wanted = content_of(2) + middle + content_of(2);
    CHECK(read_all(reader, wanted.size(), 9'999) == wanted);
  }
}

TEST_CASE("what a source throws comes when its turn does, and who reads no more ends at once") {
  const Framed all = framed(6);
  const BundleSource failing = source_of(all.bytes, 50'000, all.bytes.size() / 2);
  FrameReader reader(failing, GENERATE(1, 2));
  std::string first(content_of(0).size(), '\0');
  reader.read(first.data(), first.size());
  CHECK(first == content_of(0));
  CHECK_THROWS_AS(read_all(reader, all.contents.size() - first.size(), 100'000), Error);
  const BundleSource whole = source_of(all.bytes, 50'000);
  FrameReader unread(whole, 2);  // goes with its thread
}

}  // namespace jireloc::bundles
