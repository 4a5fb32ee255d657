// The record of what was proven, as a value and as a file.
#include "relocate/proven_record.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "support/temp_folder.hpp"

using namespace jireloc;
using namespace jireloc::relocating;

namespace {

ProvenRecord some_record() {
  ProvenRecord record;
  record.circumstances = "from here\n";
  record.image_rules = "map";
  record.source_folders = {{"packages/A", std::string("\4AbCdE\0", 7), {15, 16}}};
  record.target_folders = {{"compiled/v1.10/A", "", {17, 18}}};
  record.trees = {{"packages/A/AbCdE", std::string("src\0src/A.jl\0", 13), {1, 2}, {3, 4}, true},
                  {"artifacts/00", "", {5, 6}, {7, 8}, false}};
  record.places = {{"/usr/lib/libc.so", {9, 10}}};
  record.tables = {{{12, 8, "Linux", "x86_64", "1.10.8", "", 0, "", "4c16ff4"}},
                   {{"A", {1, 2}, 3, 4}, {"A", {1, 2}, 3, 5}, {"Core", {}, 0, 6}},
                   {"/home/u/.julia", "/opt"},
                   {"/usr/share/julia/stdlib"}};
  record.images = {{"compiled/v1.10/A/a.ji",
                    "compiled/v1.10/A/b.ji",
                    {11, 12},
                    {13, 14},
                    1,
                    2,
                    3,
                    {1, 0},
                    {0},
                    {0, {1, 0}, {2}, {1}, {0}}}};
  return record;
}

struct Target {
  test::TempFolder place;
  const std::string path = place / "compiled/.jireloc-index";
  Target() { test::write_file(path, some_record().text()); }
  bool is_read() const {
    return ProvenRecord::read(real_file_system(), *open_folder(real_file_system(), place.path())).has_value();
  }
};

}  // namespace

TEST_CASE("a record is read as it was written") {
  CHECK(ProvenRecord::parse(some_record().text()) == some_record());
  CHECK(ProvenRecord::parse(ProvenRecord().text()) == ProvenRecord());
}

TEST_CASE("a record in order is the same, however it was filled, and has no place for nothing") {
  ProvenRecord record, other;
  record.tables.prefixes = other.tables.prefixes = {Prefix()};
  record.trees = {{"packages/A/AbCdE", "", {}, {}, false}, {"packages/B/AbCdE", "", {}, {}, false}};
  other.trees = {record.trees[1], record.trees[0]};
  record.places = {{"/a", {1, 1}}, {"/b", {2, 2}}};
  other.places = {{"/c", {3, 3}}, {"/b", {2, 2}}, {"/d", {4, 4}}, {"/a", {1, 1}}};
  record.images = {{"compiled/a", "compiled/a", {}, {}, 0, 0, 0, {0}, {0, 1}},
                   {"compiled/b", "compiled/b", {}, {}, 0, 0, 0, {0, 1}, {1}}};
  other.images = {{"compiled/b", "compiled/b", {}, {}, 0, 0, 0, {0, 1}, {1}},
                  {"compiled/a", "compiled/a", {}, {}, 0, 0, 0, {1}, {1, 3}}};
  record.put_in_order();
  CHECK(record.places.size() == 2);
  other.put_in_order();
  CHECK(other == record);
}

TEST_CASE("what a record holds twice, it holds once in order, and what rests on either rests on that") {
  ProvenRecord record;
  record.tables.prefixes = {Prefix()};
  record.places = {{"/b", {1, 2}}, {"/a", {1, 1}}, {"/b", {1, 1}}, {"/b", {1, 2}}};
  record.images = {{"compiled/a", "compiled/a", {}, {}, 0, 0, 0, {}, {0, 1}},
                   {"compiled/b", "compiled/b", {}, {}, 0, 0, 0, {}, {2, 3}}};
  record.put_in_order();
  const std::vector<ProvenPlace> once = {{"/a", {1, 1}}, {"/b", {1, 1}}, {"/b", {1, 2}}};
  CHECK(record.places == once);
  CHECK(record.images[0].places == std::vector<uint32_t>{0, 2});
  CHECK(record.images[1].places == std::vector<uint32_t>{1, 2});
}

TEST_CASE("parts of headers that no image has are in no record, and the rest keep their order") {
  ProvenRecord record = some_record(), other = some_record();
  other.tables = {{Prefix(), record.tables.prefixes[0]},
                  {{"A", {1, 2}, 3, 5}, {"B", {}, 0, 0}, {"Core", {}, 0, 6}, {"A", {1, 2}, 3, 4}},
                  {"/opt", "/home/u/.julia"},
                  {"/nowhere", "/usr/share/julia/stdlib"}};
  other.images[0].header = {1, {0, 3}, {2}, {0}, {1}};
  record.put_in_order();
  other.put_in_order();
  CHECK(other == record);
  CHECK(record.tables.modules.size() == 3);
  CHECK(record.tables.depots == std::vector<std::string>{"/opt"});
  CHECK(record.images[0].header == NumberedHeader{0, {1, 0}, {2}, {0}, {0}});
}

TEST_CASE("a record with a number of nothing in a header, or with a thing twice in a table, is none") {
  ProvenRecord record = some_record();
  record.tables.prefixes.clear();
  CHECK_FALSE(ProvenRecord::parse(record.text()));
  for (auto list : {&NumberedHeader::provides, &NumberedHeader::needs, &NumberedHeader::depots,
                    &NumberedHeader::stdlibs}) {
    record = some_record();
    (record.images[0].header.*list).push_back(3);
    CHECK_FALSE(ProvenRecord::parse(record.text()));
  }
  record = some_record();
  record.tables.modules[1] = record.tables.modules[0];
  CHECK_FALSE(ProvenRecord::parse(record.text()));
}

TEST_CASE("a record in which any byte is another, or of which any part is missing, is none") {
  const std::string text = some_record().text();
  for (size_t at = 0; at < text.size(); ++at) {
    for (const int change : {0x01, 0x80, 0xff}) {
      std::string damaged = text;
      damaged[at] = static_cast<char>(damaged[at] ^ change);
      CHECK_FALSE(ProvenRecord::parse(damaged));
    }
    CHECK_FALSE(ProvenRecord::parse(text.substr(0, at)));
  }
  CHECK_FALSE(ProvenRecord::parse(text + '\0'));
  CHECK_FALSE(ProvenRecord::parse(text + text));
}

TEST_CASE("only a file that nobody else could have written is read") {
  const Target target;
  CHECK(target.is_read());
  for (const mode_t mode : {0664, 0646, 0666}) {
    REQUIRE(::chmod(target.path.c_str(), mode) == 0);
    CHECK_FALSE(target.is_read());
  }
  REQUIRE(::chmod(target.path.c_str(), 0600) == 0);
  CHECK(target.is_read());
  if (::geteuid() != 0) return;
  REQUIRE(::chown(target.path.c_str(), 1, 0) == 0);
  CHECK_FALSE(target.is_read());
}

TEST_CASE("a link, a folder or a pipe in the record's place is none") {
  for (const char* kind : {"link", "folder", "pipe", "nothing"}) {
    INFO(kind);
    const Target target;
    const std::string elsewhere = target.place / "elsewhere";
    REQUIRE(::rename(target.path.c_str(), elsewhere.c_str()) == 0);
    if (kind[0] == 'l') REQUIRE(::symlink(elsewhere.c_str(), target.path.c_str()) == 0);
    if (kind[0] == 'f') REQUIRE(::mkdir(target.path.c_str(), 0755) == 0);
    if (kind[0] == 'p') REQUIRE(::mkfifo(target.path.c_str(), 0644) == 0);
    CHECK_FALSE(target.is_read());
  }
}
