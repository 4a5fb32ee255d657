// consumer IMAGE.ji OLD NEW OUTPUT.ji: writes the image as it is for a depot that moved from OLD to NEW.
#include <iostream>
#include <jireloc/jireloc.hpp>

int main(int argc, char** argv) try {
  if (argc != 5) return std::cerr << "usage: consumer IMAGE.ji OLD NEW OUTPUT.ji\n", 2;
  const auto image = jireloc::Image::open(argv[1]);
  std::cout << image.package() << ", compiled by Julia " << image.header().prefix.version << "\n";
  const auto relocation = image.plan({.map = {{argv[2], argv[3]}}});
  if (!relocation) return std::cerr << relocation.why() << "\n", 1;
  relocation.write_to(argv[4]);
  const auto report = jireloc::check(argv[4]);
  std::cout << name(report.verdict) << "\n";
  for (const auto& reason : report.reasons) std::cout << reason.message << "\n";
} catch (const jireloc::Error& error) {
  return std::cerr << error.what() << "\n", 3;
}
