#include "check/standard_libraries.hpp"

#include <catch2/catch.hpp>

#include "check/extension_uuid.hpp"

using namespace jireloc;
using namespace jireloc::check;

namespace {

Uuid uuid(std::string_view text) {
  return Uuid::parse(text).value();
}
const Uuid mid = uuid("a1d00000-0000-4000-8000-000000000002");
const Uuid pkg = uuid("44cfe95a-1eb2-52ea-b672-e2afdf69b78f");
const Uuid statistics = uuid("10745b16-79ce-11e8-11f9-7d13ad32a3b2");

}  // namespace

TEST_CASE("an extension has the UUID that real Julias of both kinds of hash gave it") {
  // Recorded by 1.9.4 to 1.12.5, and by 1.13.0-rc1 and 1.14.0-DEV: all of the corpus.
  CHECK(is_extension_uuid(uuid("2af0f04e-0118-5193-8f25-14f779e163a3"), mid, "MidPrefsExt"));
  CHECK(is_extension_uuid(uuid("40cd13ee-4bb3-5f90-a3d6-b48509c5323c"), mid, "MidPrefsExt"));
  CHECK_FALSE(is_extension_uuid(uuid("2af0f04e-0118-5193-8f25-14f779e163a3"), mid, "MidPrefExt"));
  CHECK_FALSE(is_extension_uuid(uuid("2af0f04e-0118-5193-8f25-14f779e163a3"), pkg, "MidPrefsExt"));
}

TEST_CASE("what Julia ships is known by name and UUID, extensions by their parent") {
  CHECK(is_shipped("Pkg", pkg));
  CHECK_FALSE(is_shipped("Pkg", mid));
  CHECK_FALSE(is_shipped("Mid", pkg));
  CHECK(is_shipped("REPLExt", uuid("e5eb5ef1-03cf-53a7-ae1d-5a66b08e832b")));
  CHECK(is_shipped("REPLExt", uuid("99f2d272-39c9-508d-8695-790c621e7d50")));
  CHECK(is_shipped("SparseArraysExt", uuid("c399192f-b7ce-5053-9844-b5b6ade3ad52")));
  CHECK(is_shipped("SparseArraysExt", uuid("16bf1f32-ff6e-5930-959a-1ef8a7b7b2f5")));
  CHECK_FALSE(is_shipped("SparseArraysExt", uuid("2af0f04e-0118-5193-8f25-14f779e163a3")));
  CHECK_FALSE(is_shipped("MidPrefsExt", uuid("2af0f04e-0118-5193-8f25-14f779e163a3")));
}

TEST_CASE("names of every length have one UUID, whichever branch of the hash they take") {
  // From a model in another language that gives the corpus' values, too.
  struct Known {
    const char *name, *until, *since;
  };
  const Known known[] = {
      {"E", "3819a514-f793-58c3-959c-9df34e41e9f6", "3ca6d7f5-810d-56fe-9d3f-a3839b30f676"},
      {"Ext", "22b1c33f-d00e-50c8-b535-2f8b099d58da", "fa1db754-bac0-5c0f-bf28-3595f46ead54"},
      {"Exts", "bfa34f9d-30f7-5287-a626-cf7abadf7fd1", "1282831d-333b-5751-a6fa-51e44c245147"},
      {"ExtName", "b5b69cbc-352f-5ed2-a641-6240d6586603", "79e55ea5-21b9-5abe-b697-667f4e053a71"},
      {"ExtNames", "e6c2ff3e-b3b9-5c61-9979-e3d18ef197eb", "6d873c0f-5d80-5270-ad6c-d9a5265bdbc8"},
      {"SparseArraysExtn", "5fd080f0-1ac7-5b91-9876-3d1650399fe7", "d262df31-a071-52c3-b4e4-328faf6cd72d"},
      {"LinearAlgebraSparseExt", "f61a013c-0b2b-5a13-8375-76768d62d322",
       "a17e935b-9d35-5554-8922-c766941e7d3b"},
      {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "62ee4782-2fab-5eb9-8189-1c10efd3aaf3",
       "f8f9f2f3-1a5d-55cc-9f5a-2f47b4a55c63"},
      {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "d839c0ce-82a2-575c-a6af-8917cac569b3",
       "de764aba-ef78-503f-b72c-0cc44afe50cf"},
      {"AbcdefghAbcdefghAbcdefghAbcdefghAbcdefghAbcdefghAbcdefghAbcdefghAbcdefghAbcdefghAbcdefghAbcdefghExt",
       "6a613aa9-b8cf-5755-b399-588c433fd662", "a24ec096-c9c2-54db-a878-4dcceb9655bb"},
  };
  for (const auto& [name, until, since] : known) {
    CAPTURE(name);
    CHECK(is_extension_uuid(uuid(until), statistics, name));
    CHECK(is_extension_uuid(uuid(since), statistics, name));
  }
}
