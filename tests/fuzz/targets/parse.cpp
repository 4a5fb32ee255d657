// Reading any bytes: an error of a known kind, or a value whose parts all can be looked at.
#include "fuzz/targets.hpp"
#include "jireloc/cache_file.hpp"

namespace jireloc::fuzz {
namespace {

void look_at(const CacheFile& file, const ByteSource& source) {
  uint64_t seen = 0;
  for (const Dependency& entry : file.dependencies) {
    if (entry.is_require()) seen += entry.require_uuid().lo + entry.require_name().size();
    if (const SourceText* text = file.find_source_text(entry.path)) seen += file.text(*text).size();
  }
  for (const SourceText& text : file.source_texts)
    require(text.text.end() <= source.size(), "a stored text lies inside the file");
  require(file.payload.end() <= source.size(), "the payload lies inside the file");
  require(file.header_end <= file.payload.offset, "the payload lies behind the header");
  require(seen + 1 != 0, "sizes are sane");
  const Checksums sums = verify_checksums(file, source, {.digest = true});
  require(sums.payload_digest.empty() == (file.payload.size == 0), "there is a digest of what is there");
  decode_cache_flags(file.flags, file.prefix.version);
}

}  // namespace

void parse(std::string_view data) {
  const auto source = view_bytes(data, "input");
  try {
    const CacheFile file = read_cache_file(*source);
    look_at(file, *source);
    require(has_magic(*source), "what is read has the magic");
    require(read_cache_file(*source, {.depth = ReadDepth::header}).layout == file.layout,
            "the header alone is read as the same layout");
    decode_clone_targets(file.clone_targets);
  } catch (const Error& error) {
    require(!error.message().empty(), "an error has a sentence");
    require(error.kind() != ErrorKind::io, "memory has no input errors");
    require(error.file() == "input" || error.file().empty(), "an error names the file");
    if (error.offset().value_or(0) < 100) return;  // before the lists: nothing else to read
  }
  std::optional<Error> tail_problem;
  try {
    read_cache_file(*source, {.tail_problem = &tail_problem});
  } catch (const Error&) {
  }
}

}  // namespace jireloc::fuzz
