// One libFuzzer executable a target: compiled with JIRELOC_FUZZ_TARGET set to its name.
#include <cstring>

#include "fuzz/cost.hpp"
#include "fuzz/targets.hpp"
#ifdef JIRELOC_FUZZ_IMAGES
#include "support/image_mutation.hpp"
#endif

extern "C" {

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  jireloc::fuzz::run_within_cost(jireloc::fuzz::JIRELOC_FUZZ_TARGET,
                                 {reinterpret_cast<const char*>(data), size});
  return 0;
}

#ifdef JIRELOC_FUZZ_IMAGES
size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

// Three times in four a well-formed change, else libFuzzer's own and, half of the time, a right checksum.
size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  jireloc::test::SeededChooser choose(seed);
  std::string bytes(reinterpret_cast<const char*>(data), size);
  std::string changed;
  if (!choose.one_in(4)) changed = jireloc::test::mutate_image(bytes, choose);
  if (changed.empty() || changed.size() > max_size) {
    changed.assign(max_size, '\0');
    std::memcpy(changed.data(), bytes.data(), size);
    changed.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(changed.data()), size, max_size));
    if (choose.one_in(2)) jireloc::test::mend_file_crc(changed);
  }
  std::memcpy(data, changed.data(), changed.size());
  return changed.size();
}
#endif

}  // extern "C"
