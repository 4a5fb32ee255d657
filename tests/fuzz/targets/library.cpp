// Native libraries: any bytes taken for one, by its container and as the sibling of an image.
#include "native/library.hpp"

#include <algorithm>

#include "fuzz/targets.hpp"
#include "native/debug_lines.hpp"
#include "native/grow_elf.hpp"
#include "payload/synthetic.hpp"

namespace jireloc::fuzz {
namespace {

// With longer image data, and longer names in its line tables: whatever it is, only errors come of it.
void lengthen(const ByteSource& source, const native::Library& read) {
  std::vector<native::MovedSection> moved;
  const auto lines = std::find_if(read.sections.begin(), read.sections.end(),
                                  [](const native::Section& each) { return each.name == ".debug_line"; });
  if (lines != read.sections.end() && lines->extent.size > 40) {
    const Splice name{lines->extent.offset + 28, 8, std::string(100, 'x')};
    try {
      native::LongerLines longer = native::lengthen_lines(source, read, {name});
      require(longer.section.size() == lines->extent.size + 92,
              "the line tables are as long as they have to be");
      moved.push_back({longer.old_section, std::move(longer.section)});
    } catch (const Error& error) {
      require(error.kind() != ErrorKind::io, "memory has no input errors");
    }
  }
  const std::vector<Splice> splices = native::grow_image_data(source, "head", std::string(10'000, 'n'),
                                                              native::ImageChecksum::follows, moved);
  const auto after = spliced_source(source, {0, source.size()}, splices);
  const std::string bytes = after->read_string(0, after->size());
  require(bytes.find("head" + std::string(10'000, 'n')) != std::string::npos, "the new data is in the file");
}

}  // namespace

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
    lengthen(*source, read);
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
