// Cache files made from text (fixtures/text, tests/support/fixture.py), read by the library: every field must
// be what the text says, every damage the kind of error that the text names.
#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "jireloc/cache_file.hpp"
#include "jireloc/crc32c.hpp"
#include "support/temp_folder.hpp"
#include "test_places.hpp"

using nlohmann::json;
using namespace jireloc;

namespace {

struct TextFixture {
  std::string name, bytes;
  json expected;
};

std::vector<TextFixture> all_fixtures() {
  std::vector<TextFixture> found;
  for (const auto& entry : std::filesystem::directory_iterator(JIRELOC_TEXT_FIXTURES)) {
    auto path = entry.path();
    if (path.extension() != ".ji") continue;
    TextFixture fixture{path.stem(), test::read_file(path), {}};
    fixture.expected = json::parse(test::read_file(path.replace_extension(".json")));
    found.push_back(std::move(fixture));
  }
  std::ranges::sort(found, {}, &TextFixture::name);
  return found;
}

std::vector<TextFixture> fixtures(bool malformed) {
  auto found = all_fixtures();
  std::erase_if(found, [&](const auto& fixture) { return fixture.expected.contains("error") != malformed; });
  return found;
}

std::string hex(std::string_view bytes) {
  std::string out;
  for (unsigned char byte : bytes) out += {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
  return out;
}

std::string uuid_text(const Uuid& uuid) {
  return uuid.is_nil() ? "" : uuid.text();
}

json describe(const Dependency& dependency) {
  bool require = dependency.is_require();
  return {{"kind", require ? "require" : "include"},
          {"path", hex(dependency.path)},
          {"uuid", require ? uuid_text(dependency.require_uuid()) : ""},
          {"name", hex(require ? dependency.require_name() : std::string_view(dependency.path))},
          {"fsize", dependency.fsize},
          {"hash", dependency.hash},
          {"mtime_bits", hex64(std::bit_cast<uint64_t>(dependency.mtime))},
          {"module_index", dependency.module_index},
          {"submodules", dependency.submodules}};
}

// The same shape as the generator's describe().
json describe(const CacheFile& file) {
  json out = {{"layout", file.layout->name},
              {"format", file.prefix.format},
              {"pointer_size", file.prefix.pointer_size},
              {"uname", file.prefix.uname},
              {"arch", file.prefix.arch},
              {"version", file.prefix.version},
              {"branch", file.prefix.branch},
              {"commit", file.prefix.commit},
              {"gc", file.prefix.gc},
              {"image_flags", file.prefix.image_flags},
              {"pkgimage", file.pkgimage},
              {"checksum", hex64(file.checksum)},
              {"flags", file.flags},
              {"syntax_version", file.syntax_version},
              {"datastartpos", file.datastartpos},
              {"dataendpos", file.dataendpos},
              {"srctextpos", file.srctextpos},
              {"header_end", file.header_end},
              {"payload_offset", file.payload.offset},
              {"payload_size", file.payload.size},
              {"so_crc", file.so_crc},
              {"file_crc", file.file_crc},
              {"file_size", file.file_size},
              {"split", file.is_split()},
              {"clone_targets", hex(file.clone_targets)}};
  for (const char* list : {"worklist", "dependencies", "required_modules", "targets", "source_texts"})
    out[list] = json::array();
  for (const auto& module : file.worklist)
    out["worklist"].push_back(
        {{"name", module.name}, {"uuid", uuid_text(module.uuid)}, {"build_id", hex64(module.build_id)}});
  for (const auto& dependency : file.dependencies) out["dependencies"].push_back(describe(dependency));
  out["preferences"] = {{"names", file.preferences.names},
                        {"hash", hex64(file.preferences.hash)},
                        {"blob", hex(file.preferences.blob)}};
  for (const auto& module : file.required_modules)
    out["required_modules"].push_back({{"name", module.name},
                                       {"uuid", uuid_text(module.uuid)},
                                       {"build_id_hi", hex64(module.build_id_hi)},
                                       {"build_id_lo", hex64(module.build_id_lo)}});
  if (file.is_split())
    for (const auto& target : decode_clone_targets(file.clone_targets)) {
      out["targets"].push_back({{"name", target.name},
                                {"flags", target.flags},
                                {"features", target.extra_features},
                                {"enabled", target.features_enabled},
                                {"disabled", target.features_disabled}});
      if (target.base) out["targets"].back()["base"] = *target.base;
    }
  for (const auto& source : file.source_texts)
    out["source_texts"].push_back({{"path", hex(source.path)}, {"text", hex(file.text(source))}});
  return out;
}

}  // namespace

TEST_CASE("every layout has a fixture, those without a real image above all") {
  std::vector<std::string> seen;
  for (const auto& fixture : fixtures(false)) seen.push_back(fixture.expected["layout"]);
  for (const auto& layout : layouts()) CHECK_THAT(seen, Catch::VectorContains(std::string(layout.name)));
}

TEST_CASE("a cache file made from text is read as the text says, in every layout") {
  for (const auto& fixture : fixtures(false)) {
    INFO(fixture.name);
    auto source = view_bytes(fixture.bytes, fixture.name);
    json read = describe(read_cache_file(*source));
    for (const auto& [field, value] : fixture.expected.items()) {
      INFO(field);
      CHECK(read.at(field) == value);
    }
  }
}

TEST_CASE("a cache file made from text is written back byte for byte") {
  for (const auto& fixture : fixtures(false)) {
    INFO(fixture.name);
    auto source = view_bytes(fixture.bytes, fixture.name);
    CacheFile file = read_cache_file(*source);
    CHECK(hex(serialize_ji(file, *source, file.payload)) == hex(fixture.bytes));
  }
}

TEST_CASE("placing a file with its own names changes nothing") {
  for (const auto& fixture : fixtures(false)) {
    INFO(fixture.name);
    auto source = view_bytes(fixture.bytes, fixture.name);
    CacheFile file = read_cache_file(*source);
    std::vector<std::string> names;
    for (const auto& text : file.source_texts) names.push_back(text.path);
    Extent payload = file.payload;
    place(file, names);
    CHECK(hex(serialize_ji(file, *source, payload)) == hex(fixture.bytes));
  }
}

TEST_CASE("the checksums of a cache file made from text hold") {
  for (const auto& fixture : fixtures(false)) {
    INFO(fixture.name);
    auto source = view_bytes(fixture.bytes, fixture.name);
    CacheFile file = read_cache_file(*source);
    Checksums checksums = verify_checksums(file, *source);
    CHECK(checksums.file_crc_ok);
    bool recorded_here = file.layout->has_aligned_payload() && file.payload.size != 0;
    CHECK(checksums.payload_crc_ok == (recorded_here ? std::optional(true) : std::nullopt));
  }
}

TEST_CASE("a flipped payload byte is seen by the checksums that cover it") {
  for (auto& fixture : fixtures(false)) {
    INFO(fixture.name);
    uint64_t size = fixture.expected["payload_size"], offset = fixture.expected["payload_offset"];
    if (size == 0) continue;
    fixture.bytes[offset + size / 2] ^= 1;
    auto source = view_bytes(fixture.bytes, fixture.name);
    CacheFile file = read_cache_file(*source);
    Checksums checksums = verify_checksums(file, *source);
    CHECK_FALSE(checksums.file_crc_ok);
    if (file.layout->has_aligned_payload()) CHECK(checksums.payload_crc_ok == std::optional(false));
  }
}

TEST_CASE("a malformed cache file is refused with the kind of error that fits the damage, and its place") {
  auto malformed = fixtures(true);
  REQUIRE(malformed.size() >= 30);
  for (const auto& fixture : malformed) {
    INFO(fixture.name);
    auto source = view_bytes(fixture.bytes, fixture.name);
    std::string got = "no error";
    try {
      read_cache_file(*source);
    } catch (const Error& error) {
      got = name(error.kind());
      CHECK_FALSE(error.message().empty());
      CHECK(error.file() == fixture.name);
      if (fixture.expected.contains("error_offset"))
        CHECK(error.offset() == fixture.expected["error_offset"].get<uint64_t>());
    }
    CHECK(got == fixture.expected["error"].get<std::string>());
  }
}
