// Every kernel gives the checksums of RFC 3720 and those of a bit-by-bit definition.
#include "jireloc/crc32c.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <string>

using namespace jireloc;

namespace {

// The definition, one bit at a time; shares nothing with the kernels.
uint32_t by_definition(uint32_t crc, const unsigned char* data, size_t size) {
  crc = ~crc;
  for (size_t k = 0; k < size; ++k) {
    crc ^= data[k];
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1U ? 0x82F63B78U : 0U);
  }
  return ~crc;
}

std::vector<unsigned char> random_bytes(size_t size, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<unsigned char> bytes(size);
  for (auto& byte : bytes) byte = static_cast<unsigned char>(random());
  return bytes;
}

crc32c::Kernel any_kernel() {
  const auto kernels = crc32c::available_kernels();
  const auto index = GENERATE_COPY(range(size_t{0}, kernels.size()));
  INFO("kernel " << crc32c::name(kernels[index]));
  return kernels[index];
}

}  // namespace

TEST_CASE("A kernel gives the published check values") {
  const auto kernel = any_kernel();
  CAPTURE(crc32c::name(kernel));
  const auto value = [&](const std::string& text) {
    return crc32c::extend_with(kernel, 0, text.data(), text.size());
  };
  CHECK(value("") == 0);
  CHECK(value("123456789") == 0xE3069283U);
  CHECK(value(std::string(32, '\0')) == 0x8A9136AAU);  // RFC 3720, B.4
  CHECK(value(std::string(32, '\xFF')) == 0x62A8AB43U);
  std::string ascending, descending;
  for (char byte = 0; byte < 32; ++byte) {
    ascending += byte;
    descending += static_cast<char>(31 - byte);
  }
  CHECK(value(ascending) == 0x46DD794EU);
  CHECK(value(descending) == 0x113FDB5CU);
}

TEST_CASE("A kernel agrees with the definition for every length up to 4096") {
  const auto kernel = any_kernel();
  CAPTURE(crc32c::name(kernel));
  const auto bytes = random_bytes(4096, 1);
  uint32_t expected = 0x12345678U;
  for (size_t size = 0; size <= bytes.size(); ++size) {
    const uint32_t actual = crc32c::extend_with(kernel, 0x12345678U, bytes.data(), size);
    if (actual != expected) FAIL("length " << size);
    if (size < bytes.size()) expected = by_definition(expected, &bytes[size], 1);
  }
}

TEST_CASE("A kernel agrees with the definition at every alignment") {
  const auto kernel = any_kernel();
  CAPTURE(crc32c::name(kernel));
  const auto bytes = random_bytes(20000, 2);
  for (size_t start = 0; start < 72; ++start) {
    for (size_t size : {0U, 1U, 7U, 63U, 64U, 255U, 256U, 257U, 1000U, 4095U, 19000U}) {
      const uint32_t expected = by_definition(0, &bytes[start], size);
      if (crc32c::extend_with(kernel, 0, &bytes[start], size) != expected) {
        FAIL("start " << start << ", length " << size);
      }
    }
  }
}

TEST_CASE("A kernel agrees with the definition on megabytes, whole and in pieces") {
  const auto kernel = any_kernel();
  CAPTURE(crc32c::name(kernel));
  const auto bytes = random_bytes((4U << 20) + 13, 3);
  const uint32_t expected = by_definition(0, bytes.data(), bytes.size());
  CHECK(crc32c::extend_with(kernel, 0, bytes.data(), bytes.size()) == expected);
  std::mt19937 random(4);
  uint32_t chained = 0;
  for (size_t at = 0; at < bytes.size();) {
    const size_t size = std::min<size_t>(bytes.size() - at, random() % 100000);
    chained = crc32c::extend_with(kernel, chained, &bytes[at], size);
    at += size;
  }
  CHECK(chained == expected);
}

TEST_CASE("The chosen kernel is an available one and extend uses its result") {
  const auto kernels = crc32c::available_kernels();
  CHECK(std::find(kernels.begin(), kernels.end(), crc32c::chosen_kernel()) != kernels.end());
  CHECK(std::find(kernels.begin(), kernels.end(), crc32c::Kernel::portable) != kernels.end());
  CHECK(crc32c::value("123456789") == 0xE3069283U);
}
