// The list of clone targets: an error, or a value that encodes to the same bytes.
#include "fuzz/targets.hpp"
#include "jireloc/cache_file.hpp"
#include "support/random_image.hpp"

namespace jireloc::fuzz {

void clone_targets(std::string_view data) {
  try {
    const std::vector<CloneTarget> targets = decode_clone_targets(data);
    require(data.empty() || test::encode_clone_targets(targets) == data,
            "clone targets encode to what they were decoded from");
  } catch (const Error& error) {
    require(!error.message().empty(), "an error has a sentence");
  }
}

}  // namespace jireloc::fuzz
