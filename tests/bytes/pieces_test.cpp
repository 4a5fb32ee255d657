// One way through bytes: comparing, patching, digesting and unpacking them piece by piece.
#include <zstd.h>

#include <catch2/catch.hpp>

#include "bytes/digest.hpp"
#include "bytes/patches.hpp"
#include "bytes/windows.hpp"
#include "bytes/zstd.hpp"
#include "jireloc/crc32c.hpp"
#include "jireloc/error.hpp"

using namespace jireloc;

namespace {

// More than two windows, no two pieces alike.
std::string much() {
  std::string bytes;
  for (uint32_t k = 0; bytes.size() < 700'000; ++k) bytes += std::to_string(k * 2654435761U);
  return bytes;
}

std::string packed(const std::string& bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 1));
  return out;
}

// The same bytes, but not in memory as a whole.
std::unique_ptr<ByteSource> streamed(const ByteSource& source) {
  return patched_source(source, {});
}

}  // namespace

TEST_CASE("extents are equal wherever their bytes lie, and one changed byte is seen in any window") {
  const std::string bytes = much();
  const auto memory = view_bytes(bytes);
  const auto stream = streamed(*memory);
  const Extent most{1, bytes.size() - 2};
  const std::string shifted_bytes = "xyz" + bytes;
  const auto shifted = view_bytes(shifted_bytes);
  for (const ByteSource* a : {memory.get(), stream.get()}) {
    for (const auto& b : {view_bytes(shifted_bytes), streamed(*shifted)}) {
      CHECK(bytes::equal(*a, most, *b, 4));
      CHECK_FALSE(bytes::equal(*a, most, *b, 3));
      CHECK_FALSE(bytes::equal(*a, most, *b, 7));           // leads out of it
      CHECK_FALSE(bytes::equal(*a, most, *b, UINT64_MAX));  // so does this
      CHECK(bytes::equal(*a, {5, 0}, *b, 0));
    }
    for (const uint64_t at : {uint64_t{1}, uint64_t{262'144}, uint64_t{300'000}, bytes.size() - 2}) {
      const std::vector<BytePatch> patches{{at, std::string(1, static_cast<char>(bytes[at] ^ 1))}};
      CHECK_FALSE(bytes::equal(*a, most, *bytes::patched_view(*memory, patches), 1));
    }
  }
}

TEST_CASE("patches are laid over whatever part of a source is read, across its windows") {
  const std::string bytes = much();
  const auto source = view_bytes(bytes);
  std::string expected = bytes;
  const std::vector<BytePatch> patches{
      {0, "begin"}, {262'140, "across the windows"}, {bytes.size() - 3, "end"}};
  for (const BytePatch& patch : patches) expected.replace(patch.offset, patch.bytes.size(), patch.bytes);
  const auto view = bytes::patched_view(*source, patches);
  for (const auto& [offset, size] :
       {std::pair<uint64_t, size_t>(0, bytes.size()), {3, 10}, {262'150, 4}, {262'158, 1}})
    CHECK(view->read_string(offset, size) == expected.substr(offset, size));
  CHECK(bytes::checksum(*view, bytes::whole(*view)) == crc32c::value(expected));
  CHECK(bytes::digest(*view, bytes::whole(*view)) ==
        bytes::digest(*view_bytes(expected), {0, expected.size()}));
  CHECK(bytes::digest(*source, {0, 0}) == "99aa06d3014798d86001c324468d497f");  // XXH3-128 of nothing
}

TEST_CASE(
    "what is written is held against the old bytes and the patches, and one changed byte is seen anywhere") {
  const std::string before = much().substr(0, 300'000);
  const std::vector<BytePatch> patches{{90, "begins before the extent"},
                                       {200, "inside"},
                                       {206, "beside it"},
                                       {262'140, "across the windows"},
                                       {299'895, "ends behind it"}};
  std::string after = before;
  for (const BytePatch& patch : patches) after.replace(patch.offset, patch.bytes.size(), patch.bytes);
  const Extent extent{100, 299'800};  // to 299'900
  const std::string moved = "head" + after.substr(extent.offset, extent.size) + "tail";
  const auto source = view_bytes(before);
  const auto source_stream = streamed(*source);
  for (const ByteSource* old : {source.get(), source_stream.get()}) {
    const auto equal = [&](const std::string& now, bool in_memory, uint64_t at) {
      const auto memory = view_bytes(now);
      return bytes::equal_patched(*old, extent, patches, in_memory ? *memory : *streamed(*memory), at);
    };
    for (const bool in_memory : {true, false}) {
      CHECK(equal(moved, in_memory, 4));
      CHECK_FALSE(equal(moved, in_memory, 3));
      CHECK_FALSE(equal(moved, in_memory, 9));           // leads out of it
      CHECK_FALSE(equal(moved, in_memory, UINT64_MAX));  // so does this
      CHECK_FALSE(equal(before.substr(96), in_memory, 4));
      for (const size_t at : {4, 17, 18, 103, 104, 109, 110, 115, 118, 119, 262'043, 262'044, 262'061,
                              262'062, 299'798, 299'799, 299'803}) {
        INFO(at);
        std::string damaged = moved;
        damaged[at] = static_cast<char>(damaged[at] ^ 1);
        CHECK_FALSE(equal(damaged, in_memory, 4));
      }
    }
  }
  CHECK(bytes::equal_patched(*source, {300'000, 0}, patches, *source, 300'000));
}

TEST_CASE("a walk through windows ends where it is told to") {
  const std::string bytes = much();
  const auto memory = view_bytes(bytes);
  const auto source = streamed(*memory);
  int shown = 0;
  CHECK_FALSE(
      bytes::all_of_windows(*source, bytes::whole(*source), 0, [&](const auto&) { return ++shown < 2; }));
  CHECK(shown == 2);
  CHECK_THROWS_AS(bytes::for_each_piece(*source, {1, bytes.size()}, [](std::string_view) {}), Error);
}

TEST_CASE("frames are unpacked however they are cut into pieces, and damage is told from an early end") {
  const std::string bytes = much(), more = "a second frame";
  const std::string both = packed(bytes) + packed(more);
  for (const size_t step : {size_t{1}, size_t{1000}, both.size()}) {
    bytes::Unpacker unpacker;
    std::string out;
    int frames = 0;
    for (size_t at = 0; at < both.size(); at += step) {
      std::string_view piece = std::string_view(both).substr(at, step);
      while (!piece.empty())
        frames += unpacker.unpack(piece, [&](std::string_view part) { out += part; }) ==
                  bytes::Unpacker::State::frame_ended;
    }
    CHECK(frames == 2);
    CHECK((out == bytes + more));
  }
  const auto source = view_bytes(both, "x.ji.zst");
  CHECK(decompress(*source, 1 << 20)->size() == bytes.size() + more.size());
  CHECK(bytes::unpack_frame(*source, bytes::whole(*source), 1 << 20)->size() == bytes.size());
  const auto kind_of = [](const std::string& content) {
    try {
      decompress(*view_bytes(content), 1 << 20);
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::usage;
  };
  CHECK(kind_of(both.substr(0, both.size() - 1)) == ErrorKind::truncated);
  CHECK(kind_of("") == ErrorKind::truncated);
  CHECK(kind_of("no zstd at all") == ErrorKind::bad_value);
  CHECK(kind_of(packed(std::string(2 << 20, 'x'))) == ErrorKind::too_large);
  CHECK(kind_of(packed(bytes) + "no second frame") == ErrorKind::bad_value);
}
