#include "relocate/arrivals.hpp"

#include <catch2/catch.hpp>

using jireloc::relocating::Arrivals;

TEST_CASE("images are ranked in the order of their lines, and what is not recorded comes before all") {
  const Arrivals arrivals = Arrivals::parse("jireloc-order 1\nv1.10/A/a.ji\nv1.10/B/b.ji\n");
  CHECK(arrivals.rank("compiled/v1.10/C/c.ji") == 0);
  CHECK(arrivals.rank("compiled/v1.10/A/a.ji") < arrivals.rank("compiled/v1.10/B/b.ji"));
  CHECK(arrivals.rank("packages/A/a.ji") == 0);
}

TEST_CASE("what comes again counts as new, and what is gone is forgotten") {
  Arrivals arrivals = Arrivals::parse("jireloc-order 1\nv1.10/A/a.ji\nv1.10/B/b.ji\n");
  arrivals.add({"compiled/v1.10/A/a.ji", "compiled/v1.10/C/c.ji"});
  arrivals.keep_only([](const std::string& image) { return image != "compiled/v1.10/B/b.ji"; });
  CHECK(arrivals.text() == "jireloc-order 1\nv1.10/A/a.ji\nv1.10/C/c.ji\n");
}

TEST_CASE("a damaged or hostile record records less, and never a name that is no image's") {
  for (const char* text : {"", "jireloc-order 2\nv1.10/A/a.ji\n", "\xff\xfe", "v1.10/A/a.ji\n"})
    CHECK(Arrivals::parse(text).text() == "jireloc-order 1\n");
  CHECK(Arrivals::parse("jireloc-order 1\nv1.10/A/a.ji\nv1.10/B/b.j").text() ==
        "jireloc-order 1\nv1.10/A/a.ji\n");
  CHECK(Arrivals::parse("jireloc-order 1\n/etc/a.ji\nv1.10/\x01.ji\nx.ji\nv1.10/A/a.txt\n\n").text() ==
        "jireloc-order 1\n");
  Arrivals arrivals;
  arrivals.add({"compiled/v1.10/A/a\nb.ji", "elsewhere/a.ji"});
  CHECK(arrivals.text() == "jireloc-order 1\n");
}
