// The input is a list of choices that make up a valid image of some layout and then damage it: numbers
// overwritten, bytes cut off or put in, as the textual fixtures do (patch, truncate, append).
#include <cstring>
#include <limits>

#include "fuzz/targets.hpp"
#include "jireloc/cache_file.hpp"
#include "support/image_mutation.hpp"
#include "support/random_image.hpp"

namespace jireloc::fuzz {
namespace {

uint64_t number(test::ByteChooser& choose, uint64_t size) {
  switch (choose.below(5)) {
    case 0:
      return size - 4 + choose.below(8);  // just before and behind the end
    case 1:
      return std::numeric_limits<uint64_t>::max() - choose.below(4);
    case 2:
      return (uint64_t{1} << choose.below(64)) - choose.below(2);
    default:
      return choose.bits();
  }
}

void damage_once(std::string& bytes, test::ByteChooser& choose) {
  if (bytes.size() < 16) return;
  const size_t at = choose.below(bytes.size() - 8);
  switch (choose.below(4)) {
    case 0:
      bytes.erase(at, choose.below(bytes.size() - at));
      return;
    case 1:
      bytes.insert(at, choose.bytes(choose.below(16)));
      return;
    default:
      const uint64_t value = number(choose, bytes.size());
      std::memcpy(bytes.data() + at, &value, choose.one_in(2) ? 4 : 8);
      return;
  }
}

void require_read_as_written(const test::RandomImage& image) {
  try {
    const std::string different = test::difference(read_cache_file(*view_bytes(image.bytes)), image.file);
    require(different.empty(), "a valid image is read as it was written, but not its " + different);
  } catch (const Error& error) {
    // Bytes can be chosen so that two layouts of one format fit a development version's image. It is refused
    // then.
    if (error.kind() != ErrorKind::no_layout_fits) throw;
  }
}

}  // namespace

void damage(std::string_view data) {
  test::ByteChooser choose(data);
  const Layout& layout = layouts()[choose.below(layouts().size())];
  const test::RandomImage image = test::random_image(choose, layout);
  require_read_as_written(image);
  std::string bytes = image.bytes;
  for (uint64_t count = 1 + choose.below(3); count > 0; --count) damage_once(bytes, choose);
  if (choose.one_in(2)) test::mend_file_crc(bytes);
  parse(bytes);
  round_trip(bytes);
}

}  // namespace jireloc::fuzz
