// Choices that make up a random value: drawn from a seeded generator, or read from a fuzzer's bytes.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace jireloc::test {

class Chooser {
 public:
  virtual ~Chooser() = default;
  // 64 bits.
  virtual uint64_t bits() = 0;

  // A number below `bound`, which must not be 0.
  uint64_t below(uint64_t bound) { return bits() % bound; }
  bool one_in(uint64_t n) { return below(n) == 0; }
  template <typename T>
  const T& of(const std::vector<T>& values) {
    return values[below(values.size())];
  }
  // Any bytes, NUL among them.
  std::string bytes(size_t size) {
    std::string text;
    while (text.size() < size) text += static_cast<char>(bits());
    return text;
  }
};

class SeededChooser final : public Chooser {
 public:
  explicit SeededChooser(uint64_t seed) : generator_(seed) {}
  uint64_t bits() override { return generator_(); }

 private:
  std::mt19937_64 generator_;
};

// Takes two bytes a choice, then one more for each further digit; zeros when there are no more.
class ByteChooser final : public Chooser {
 public:
  explicit ByteChooser(std::string_view data) : data_(data) {}
  uint64_t bits() override {
    // The first byte says how many follow, so that small numbers cost few bytes.
    const unsigned count = 1 + next() % 8;
    uint64_t value = 0;
    for (unsigned i = 0; i < count; ++i) value = value << 8 | next();
    return value;
  }
  bool empty() const { return at_ >= data_.size(); }
  // What was not used yet.
  std::string_view rest() const { return data_.substr(std::min(at_, data_.size())); }

 private:
  uint8_t next() { return at_ < data_.size() ? static_cast<uint8_t>(data_[at_++]) : uint8_t{0}; }
  std::string_view data_;
  size_t at_ = 0;
};

}  // namespace jireloc::test
