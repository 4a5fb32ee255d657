// Images of a depot that are in memory and nowhere else.
#include "relocate/held_images.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "bytes/folders.hpp"
#include "jireloc/check.hpp"
#include "support/temp_folder.hpp"

namespace jireloc::relocating {
namespace {

struct stat status_of(std::string_view content) {
  struct stat status {};
  status.st_mode = S_IFREG | 0644;
  status.st_size = static_cast<off_t>(content.size());
  return status;
}

}  // namespace

TEST_CASE("what is held is there for code that names it, with its folders, and nothing else is") {
  const test::TempFolder depot;
  HeldImages held;
  const std::string content = "image";
  held.add("compiled/v1.10/Leaf/a_b.ji", content, status_of(content));
  PresenceCache presences;
  const FileView view;
  // The folder of what is held is nowhere on the disk.
  CHECK(presences.look_back(view, depot / "compiled/v1.10/Other/c_d.ji") == Presence::absent);
  held.note_in(presences, depot.path());
  for (const char* path : {"compiled", "compiled/v1.10", "compiled/v1.10/", "compiled/v1.10/Leaf",
                           "compiled/v1.10/Leaf/a_b.ji", "//compiled//v1.10/Leaf/a_b.ji"}) {
    CAPTURE(path);
    CHECK(presences.look(view, depot / path) == Presence::there);
    CHECK(presences.look_back(view, depot / path) == Presence::there);
  }
  for (const char* path : {"compiled/v1.10/Leaf/a_b.so", "compiled/v1.10/Leaf/e_f.ji", "compiled/v1.9"})
    CHECK(presences.look_back(view, depot / path) == Presence::absent);
}

}  // namespace jireloc::relocating
