// Payloads of any size, made from real ones.
#pragma once

#include <string>
#include <vector>

#include "depot_maker/family.hpp"
#include "depot_maker/random.hpp"

namespace depot_maker {

// What the added objects say: file names of code, and texts that code may open.
struct PayloadTexts {
  std::vector<std::string> symbols, strings;
};

// A real payload of about `size` bytes: the largest that is smaller, or a random one of those, with Strings,
// Symbols and real bytes appended to its sections (to its stream up to 1.8), so that it is walked like one
// that Julia wrote.
std::string make_payload(const Family& family, const RealImage& base, uint64_t size,
                         const PayloadTexts& texts, Random& random);

// A random one among the images whose payload is not larger, else the smallest.
const RealImage& choose_image(const Family& family, uint64_t size, Random& random);

}  // namespace depot_maker
