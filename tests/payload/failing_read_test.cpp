// A read that fails is an error of its own, never a damaged payload or an absent path.
#include <catch2/catch.hpp>

#include "jireloc/crc32c.hpp"
#include "jireloc/error.hpp"
#include "payload/synthetic.hpp"
#include "support/library_builder.hpp"

using namespace jireloc;
using namespace jireloc::test;

namespace {

// Shows another source until the given number of reads is used up; then every read fails as a disk does.
class FailingSource : public ByteSource {
 public:
  FailingSource(const ByteSource& inner, int good_reads) : inner_(inner), left_(good_reads) {}
  uint64_t size() const noexcept override { return inner_.size(); }
  const std::string& name() const noexcept override { return inner_.name(); }
  void read(uint64_t offset, char* buffer, size_t size) const override {
    if (left_ == 0) throw Error::system(EIO, "pread", name());
    --left_;
    inner_.read(offset, buffer, size);
  }
  bool has_failed() const { return left_ == 0; }

 private:
  const ByteSource& inner_;
  mutable int left_;
};

std::string static_payload() {
  StaticPayload payload;
  payload.add_string("/home/u/.julia/packages/X/abcde/data.csv");
  payload.symbols = {"/home/u/.julia/packages/X/abcde/src/X.jl"};
  return payload.bytes();
}

const std::vector<PayloadMap> kMaps{{"/home/u/.julia", "/opt/jl", ""}};

// How many reads planning takes; each of them is made to fail once.
int check_every_read(const SyntheticImage& image, bool in_library) {
  const ByteSource& whole = in_library ? *image.library : *image.image;
  for (int good_reads = 0;; ++good_reads) {
    CAPTURE(good_reads);
    REQUIRE(good_reads < 1000);
    const FailingSource failing(whole, good_reads);
    const PayloadInput input = in_library ? PayloadInput{image.file, *image.image, &failing}
                                          : PayloadInput{image.file, failing, image.library.get()};
    try {
      const PayloadPlan plan = plan_payload(input, kMaps);
      CHECK_FALSE(plan.obstacle);
      CHECK(plan.changes_anything());
      return good_reads;
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::io);
      CHECK(error.system_errno() == EIO);
      CHECK(failing.has_failed());
    }
  }
}

}  // namespace

TEST_CASE("Every read of a payload in an image that fails is told as such") {
  CHECK(check_every_read(SyntheticImage(static_payload(), "V12b"), false) > 2);
}

TEST_CASE("Every read of a payload in a library that fails is told as such") {
  SyntheticImage image({}, "V12b");
  image.file.checksum = 0xFAFBFCFD00000000U | crc32c::value(static_payload());
  ElfBuilder elf;
  elf.image_data = image_data(static_payload(), "V12b", image.file.checksum);
  elf.sections = {{".debug_str", "/home/u/.julia/packages/X"}};
  image.set_library(elf.bytes());
  CHECK(check_every_read(image, true) > 5);
}
