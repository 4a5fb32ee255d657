// The absolute paths that a text is or holds.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace jireloc::payload {

struct PathInText {
  size_t begin = 0, end = 0;
  bool whole = false;  // it is the whole text
  // The text begins with the path and goes on in the same line: it may be one path with blanks in it. Then
  // this is the text's end; else 0.
  size_t perhaps_end = 0;
};

// In their order. A path begins as judge_begin says, with a '/' before a byte of a name, and goes on as long
// as such bytes follow; `roots` are paths that may hold other bytes too. What follows a path is not asked:
// "/a/b-c" is one path, whatever one knows of "/a/b". A full stop at the end belongs to the sentence.
void for_each_path(std::string_view text, std::span<const std::string> roots,
                   const std::function<void(const PathInText&)>& use);

}  // namespace jireloc::payload
