// Native libraries: any bytes taken for one, by its container and as the sibling of an image.
#include "native/library.hpp"

#include "fuzz/targets.hpp"
#include "payload/synthetic.hpp"

namespace jireloc::fuzz {

void library(std::string_view data) {
  const auto source = view_bytes(data, "input.so");
  try {
    const native::Library read = native::read_library(*source);
    for (const native::Section& section : read.sections)
      require(
          section.extent.offset <= data.size() && section.extent.size <= data.size() - section.extent.offset,
          "a section lies inside the file");
    if (read.image_data)
      require(read.image_data->offset <= data.size() &&
                  read.image_data->size <= data.size() - read.image_data->offset,
              "the image data lies inside the file");
  } catch (const Error& error) {
    require(error.kind() != ErrorKind::io, "memory has no input errors");
  }
  static const std::vector<PayloadMap> maps{{"/home/pkgeval/.julia", "/usr/share/julia", {}}};
  for (const std::string_view layout : {"V12a", "V13b"}) {
    test::SyntheticImage image("", layout);
    image.set_library(std::string(data));
    const PayloadOptions options{.max_decompressed = uint64_t{1} << 20};
    try {
      const PayloadPlan plan = plan_payload(image.input(), maps, options);
      if (plan.obstacle) require(plan.library.empty(), "an obstacle leaves the library alone");
      for (const BytePatch& patch : plan.library)
        require(patch.offset <= data.size() && patch.bytes.size() <= data.size() - patch.offset,
                "patches lie inside");
    } catch (const Error& error) {
      require(!error.message().empty(), "an error has a sentence");
    }
  }
}

}  // namespace jireloc::fuzz
