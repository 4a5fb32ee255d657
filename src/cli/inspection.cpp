#include "cli/inspection.hpp"

#include <fmt/format.h>

#include "jireloc/crc32c.hpp"

namespace jireloc::cli {

std::vector<Error> Inspection::problems() const {
  std::vector<Error> found;
  const auto add = [&](ErrorKind kind, std::string sentence, std::optional<uint64_t> offset = {}) {
    found.emplace_back(kind, std::move(sentence), path, offset);
  };
  if (targets_problem) found.push_back(*targets_problem);
  if (checksums && checksums->payload_crc_ok && !*checksums->payload_crc_ok) {
    add(Code::bad_payload_checksum,
        fmt::format("the payload's CRC-32C is {}, its header says {}", hex32(checksums->payload_crc),
                    hex32(static_cast<uint32_t>(file.checksum))),
        file.payload.offset);
  }
  if (tail_problem) found.push_back(*tail_problem);
  if (checksums && !checksums->file_crc_ok) {
    add(Code::bad_file_checksum,
        fmt::format("the file's CRC-32C is {}, its last four bytes say otherwise",
                    hex32(checksums->file_crc)),
        file.file_size - sizeof(uint32_t));
  }
  if (native) {
    for (const Reason& problem : native->problems) add(problem.code, native->path + ": " + problem.message);
  }
  return found;
}

const WorklistModule* top_module(const CacheFile& file, const Dependency& dependency) {
  const auto index = static_cast<size_t>(dependency.module_index);
  if (dependency.module_index <= 0 || index > file.worklist.size()) return nullptr;
  return &file.worklist[index - 1];
}

uint32_t text_crc(const CacheFile& file, const SourceText& source) {
  return crc32c::value(file.text(source));
}

std::string module_path(const CacheFile& file, const Dependency& dependency) {
  const WorklistModule* module = top_module(file, dependency);
  std::string path = module != nullptr ? module->name : "";
  for (const std::string& name : dependency.submodules) path += "." + name;
  return path;
}

}  // namespace jireloc::cli
