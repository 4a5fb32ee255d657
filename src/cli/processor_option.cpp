#include "cli/processor_option.hpp"

#include "jireloc/error.hpp"
#include "jireloc/paths.hpp"

namespace jireloc::cli {
namespace {

ImageOfProcessor read_image(const std::string& path, uint64_t max_size) {
  auto source = open_file(path);
  if (paths::is_compressed_image(path)) source = decompress(*source, max_size);
  return {path, read_cache_file(*source, {ReadDepth::header, nullptr})};
}

std::shared_ptr<const Processor> processor_by_name(const std::string& text) {
  if (text == "native") return machine_processor(this_machine());
  if (text.starts_with("native,")) return machine_processor(this_machine(), text.substr(7));
  return named_processor(text);
}

}  // namespace

std::shared_ptr<const Processor> processor_option(const CommandLine& line, bool julia_runs_here) {
  if (line.has("cpu") && line.has("cpu-of"))
    throw Error(ErrorKind::usage, "--cpu and --cpu-of both name the processor");
  if (line.has("cpu")) return processor_by_name(line.get("cpu"));
  if (line.has("cpu-of")) {
    std::vector<ImageOfProcessor> images;
    for (const std::string& path : line.all("cpu-of"))
      images.push_back(read_image(path, line.common.max_size));
    return processor_of_images(std::move(images));
  }
  return julia_runs_here ? machine_processor(this_machine()) : nullptr;
}

}  // namespace jireloc::cli
