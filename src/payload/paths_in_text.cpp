#include "payload/paths_in_text.hpp"

#include <algorithm>

#include "payload/boundaries.hpp"
#include "payload/objects.hpp"
#include "payload/text.hpp"

namespace jireloc::payload {
namespace {

bool continues_path(char byte) {
  return is_name_byte(static_cast<unsigned char>(byte));
}

bool begins_path(std::string_view text, size_t at) {
  if (at + 1 >= text.size() || text[at + 1] == '/' || !continues_path(text[at + 1])) return false;
  const size_t context = std::min(at, kBoundaryContext);
  return judge_begin(text.substr(at - context, context)).certainty == Match::path;
}

size_t end_of_path(std::string_view text, size_t begin, std::span<const std::string> roots) {
  size_t end = begin;
  for (const std::string& root : roots) {
    const std::string_view rest = text.substr(begin);
    if (rest.starts_with(root) && (rest.size() == root.size() || rest[root.size()] == '/'))
      end = std::max(end, begin + root.size());
  }
  while (end < text.size() && continues_path(text[end])) ++end;
  return end;
}

bool is_one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F; });
}

}  // namespace

void for_each_path(std::string_view text, std::span<const std::string> roots,
                   const std::function<void(const PathInText&)>& use) {
  for (size_t at = text.find('/'); at != std::string_view::npos; at = text.find('/', at)) {
    if (!begins_path(text, at)) {
      ++at;
      continue;
    }
    PathInText path{at, end_of_path(text, at, roots), false, 0};
    path.whole = path.begin == 0 && path.end == text.size();
    if (path.begin == 0 && !path.whole && text.size() <= kLongestPath && is_one_line(text))
      path.perhaps_end = text.size();
    at = path.end;
    if (!path.whole)
      while (path.end > path.begin + 2 && text[path.end - 1] == '.') --path.end;
    use(path);
  }
}

}  // namespace jireloc::payload
