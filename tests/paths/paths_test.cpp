#include "jireloc/paths.hpp"

#include <catch2/catch.hpp>

using namespace jireloc;
using namespace jireloc::paths;
using Parts = std::vector<std::string_view>;

TEST_CASE("components are what stands between slashes") {
  CHECK(components("/a//b/./c/") == Parts{"a", "b", ".", "c"});
  CHECK(components("a") == Parts{"a"});
  CHECK(components("///").empty());
  CHECK(components("").empty());
}

TEST_CASE("a path is taken apart at its last slash, and joined with one") {
  CHECK(name("/a/b") == "b");
  CHECK(name("b") == "b");
  CHECK(name("a/").empty());
  CHECK(folder("/a/b") == "/a");
  CHECK(folder("/b").empty());
  CHECK(folder("b").empty());
  CHECK(parent("/a/b") == "/a");
  CHECK(parent("/b") == "/");
  CHECK(parent("b") == ".");
  CHECK(joined("/a", "b/c") == "/a/b/c");
  CHECK(joined("/", "b") == "/b");
  CHECK(trimmed("/a//") == "/a");
  CHECK(trimmed("///") == "/");
  CHECK(trimmed("").empty());
}

TEST_CASE("a path is made normal as Julia's normpath makes it") {
  CHECK(normal("/a/./b//c/") == "/a/b/c");
  CHECK(normal("/a/b/../../c") == "/c");
  CHECK(normal("/../a") == "/a");
  CHECK(normal("/a/..") == "/");
  CHECK(normal("//a/b") == "/a/b");
  CHECK(normal("../a/../../b") == "../../b");
  CHECK(normal("a/../b") == "b");
  CHECK(normal("a/b/..") == "a");
  CHECK(normal("./a/.") == "a");
  CHECK(normal("a/..").empty());
  CHECK(normal("/a/\xff\xfe/b") == "/a/\xff\xfe/b");
}

TEST_CASE("a tilde is the home only as a whole component") {
  CHECK(expand_home("~", "/home/u") == "/home/u");
  CHECK(expand_home("~/.julia", "/home/u") == "/home/u/.julia");
  CHECK(expand_home("~u/.julia", "/home/u") == "~u/.julia");
  CHECK(expand_home("/a/~", "/home/u") == "/a/~");
}

TEST_CASE("a real path is that of something that there is") {
  CHECK(real_path("/proc/../proc/.") == "/proc");
  CHECK_FALSE(real_path("/proc/nothing of this name"));
}

TEST_CASE("a path of Windows begins with a drive and a separator, or is of a share") {
  for (const std::string_view path : {"C:\\", "c:/", "Z:\\x", "z:/x", "\\\\server\\share", "\\\\"}) {
    CAPTURE(path);
    CHECK(is_windows_path(path));
    CHECK(separators(path) == "/\\");
  }
  for (const std::string_view path :
       {"`:/x", "{:/x", "@:/x", "1:/x", "C:", "C:x", "C;/x", "/C:/x", "\\x", ""}) {
    CAPTURE(path);
    CHECK_FALSE(is_windows_path(path));
    CHECK(separators(path) == "/");
  }
}

TEST_CASE("Windows is known by all names that builds of Julia record for it") {
  for (const std::string_view uname :
       {"Windows", "NT", "MINGW64_NT-10.0", "MINGW32_NT-6.1", "MSYS_NT-10.0-19045"}) {
    CAPTURE(uname);
    CHECK(is_windows_system(uname));
  }
  for (const std::string_view uname : {"Linux", "Darwin", "FreeBSD", "", "NTX"}) {
    CAPTURE(uname);
    CHECK_FALSE(is_windows_system(uname));
  }
}

TEST_CASE("an image is known by its ending, compressed at rest or not") {
  CHECK(is_image("a/x.ji"));
  CHECK(is_image("x.ji.zst"));
  CHECK_FALSE(is_image("x.zst"));
  CHECK_FALSE(is_image("x.so"));
  CHECK(is_compressed_image("x.ji.zst"));
  CHECK_FALSE(is_compressed_image("x.ji"));
  CHECK(loaded_name("a/x.ji.zst") == "a/x.ji");
  CHECK(loaded_name("x.tar.zst") == "x.tar.zst");
  CHECK(image_stem("a.b/x.ji.zst") == "a.b/x");
  CHECK(image_stem("x.ji") == "x");
  CHECK(image_stem("AbCdE_fGhIj") == "AbCdE_fGhIj");
}

TEST_CASE("a text is split at each separator, and what stands between two of them is empty") {
  using Pieces = std::vector<std::string_view>;
  CHECK(paths::split("a:b", ':') == Pieces{"a", "b"});
  CHECK(paths::split(":a::", ':') == Pieces{"", "a", "", ""});
  CHECK(paths::split("", ':') == Pieces{""});
}
