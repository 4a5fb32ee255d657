// Large payloads are looked into piece by piece.
#include <catch2/catch.hpp>
#include <cstring>

#include "jireloc/error.hpp"
#include "payload/synthetic.hpp"

using namespace jireloc;
using namespace jireloc::test;

namespace {

constexpr uint64_t kSize = uint64_t{200} << 20;
constexpr uint64_t kEvery = 10'000'019;  // a prime: other places in each window
const std::string kText = "/home/u/.julia/packages/X";

// 200 MB that exist nowhere: zeros, with a path every ten megabytes. Keeps account of what is read.
class VirtualSource : public ByteSource {
 public:
  uint64_t size() const noexcept override { return kSize; }
  const std::string& name() const noexcept override { return name_; }
  void read(uint64_t offset, char* buffer, size_t size) const override {
    if (offset > kSize || size > kSize - offset)
      throw Error(ErrorKind::truncated, "behind the end", name_, offset);
    largest_read = std::max<uint64_t>(largest_read, size);
    bytes_read += size;
    std::memset(buffer, 0, size);
    for (uint64_t at = kEvery; at + kText.size() < kSize; at += kEvery) {
      for (uint64_t k = 0; k < kText.size(); ++k) {
        if (at + k >= offset && at + k < offset + size) buffer[at + k - offset] = kText[k];
      }
    }
  }
  mutable uint64_t largest_read = 0, bytes_read = 0;

 private:
  std::string name_ = "virtual.ji";
};

}  // namespace

TEST_CASE("A payload of 200 MB is scanned in one pass of small reads, and every path in it is found") {
  const VirtualSource source;
  CacheFile file;
  file.layout = &layout_named("V11b");
  file.payload = {0, kSize};
  const auto scan = scan_payload({file, source, nullptr}, std::vector<std::string>{"/home/u/.julia"});
  REQUIRE(scan.occurrences.size() == kSize / kEvery);
  for (size_t k = 0; k < scan.occurrences.size(); ++k) {
    CHECK(scan.occurrences[k].offset == (k + 1) * kEvery);
    CHECK(scan.occurrences[k].text == kText);
  }
  CHECK(source.largest_read <= uint64_t{1} << 20);
  CHECK(source.bytes_read < kSize + kSize / 10);
}
