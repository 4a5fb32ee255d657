// What `jireloc check` says to people: causes first, on one page.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/check_causes.hpp"
#include "cli/check_report.hpp"
#include "cli/hyperlink.hpp"
#include "cli/printable.hpp"
#include "cli/text_table.hpp"

namespace jireloc::cli {
namespace {

constexpr size_t kExamples = 3;

struct Counts {
  uint64_t images = 0, fresh = 0, stale = 0, unreadable = 0, unknown = 0, not_loading = 0;
};

Counts count(const CheckedImages& images) {
  Counts counts;
  for (const auto& image : images) {
    if (!image->input) continue;
    ++counts.images;
    const Verdict verdict = image->report.verdict;
    ++(verdict == Verdict::fresh     ? counts.fresh
       : verdict == Verdict::stale   ? counts.stale
       : verdict == Verdict::unknown ? counts.unknown
                                     : counts.unreadable);
    if (verdict == Verdict::fresh && !image->report.loads) ++counts.not_loading;
  }
  return counts;
}

std::string coloured(std::string_view text, Verdict verdict, bool on) {
  switch (verdict) {
    case Verdict::fresh:
      return green(text, on);
    case Verdict::stale:
      return yellow(text, on);
    default:
      return red(text, on);
  }
}

// How much of a cause is said.
enum class Detail {
  line,   // how many
  brief,  // and three examples, and the command
  some,   // and what is wrong with the first of them
  all,    // all images with all that is wrong
};

class CausesText {
 public:
  CausesText(const CheckedImages& images, const CommandLine& line, const Screen& screen)
      : line_(line), screen_(screen), causes_(causes_of(images)) {
    for (const Cause& cause : causes_) commands_.push_back(mend_command(cause, images, line));
  }

  // All causes on so many lines of the screen; those that have no room only as codes with their numbers.
  std::string text(size_t room) const {
    if (line_.common.verbose) return all(Detail::all);
    for (const Detail detail : {Detail::some, Detail::brief}) {
      std::string text = all(detail);
      if (lines_taken(text, screen_) <= room) return text;
    }
    return as_many_as_fit(room);
  }

 private:
  std::string all(Detail detail) const {
    std::string text;
    for (size_t i = 0; i < causes_.size(); ++i) text += said(i, detail);
    return text;
  }

  std::string as_many_as_fit(size_t room) const {
    std::string text;
    size_t shown = 0;
    for (; shown < causes_.size(); ++shown) {
      const std::string more = text + said(shown, Detail::brief);
      if (lines_taken(more + rest(shown + 1), screen_) > room) break;
      text = more;
    }
    return text + rest(shown);
  }

  // "and 7 more causes with 43 images: CODE 12, CODE 9, …"
  std::string rest(size_t first) const {
    if (first >= causes_.size()) return {};
    constexpr size_t kCodes = 6;
    std::string codes;
    uint64_t images = 0;
    for (size_t i = first; i < causes_.size(); ++i) {
      images += causes_[i].images.size();
      if (i - first < kCodes)
        codes +=
            fmt::format("{}{} ({})", i == first ? "" : ", ", name(causes_[i].code), causes_[i].images.size());
    }
    if (causes_.size() - first > kCodes) codes += ", ...";
    return "\n" + paragraph(fmt::format("{} with {} not shown: {}; --verbose shows them",
                                        plural(causes_.size() - first, "more cause"), plural(images, "image"),
                                        codes),
                            0, screen_);
  }

  std::string said(size_t number, Detail detail) const {
    const Cause& cause = causes_[number];
    std::string text = "\n" + head(cause);
    text += paragraph(meaning(cause), 2, screen_);
    text += detail == Detail::all ? all_images(cause) : examples(cause, detail);
    if (!commands_[number].empty())
      text += "  mend: " + commands_[number] + "\n";  // never broken: it is to be pasted
    else if (const std::string sentence = mend_sentence(cause); !sentence.empty())
      text += paragraph("mend: " + printable(sentence), 2, screen_);
    return text;
  }

  std::string head(const Cause& cause) const {
    std::string where = printable(common_place(cause));
    where = cause.images.size() == 1 || where.empty() ? "" : " below " + where;
    const std::string_view verdict = cause.verdict == Verdict::fresh ? "" : name(cause.verdict);
    const std::string title =
        bold(coloured(name(cause.code), cause.verdict == Verdict::fresh ? Verdict::stale : cause.verdict,
                      line_.common.color),
             line_.common.color);
    return fmt::format("{}{}{}: {}{}{}\n", verdict, verdict.empty() ? "" : ", ", title,
                       plural(cause.images.size(), "image"), where,
                       cause.named ? "" : " (not named here, but needed)");
  }

  static std::string meaning(const Cause& cause) {
    std::string text(jireloc::meaning(cause.code));
    if (!cause.lacking.empty()) {
      std::vector<std::string> names(cause.lacking.begin(), cause.lacking.end());
      const size_t more = names.size() > kExamples ? names.size() - kExamples : 0;
      names.resize(names.size() - more);
      text += printable(fmt::format(": {}", fmt::join(names, ", ")));
      if (more != 0) text += fmt::format(" and {} more", more);
    }
    if (cause.waiting != 0)
      text += fmt::format("; {} {} for {}", plural(cause.waiting, "more image"),
                          cause.waiting == 1 ? "waits" : "wait", cause.images.size() == 1 ? "it" : "these");
    return text;
  }

  std::string examples(const Cause& cause, Detail detail) const {
    const size_t shown = std::min(cause.images.size(), kExamples);
    std::vector<std::string> names;
    const std::string place = cause.images.size() == 1 ? "" : common_place(cause);
    for (size_t i = 0; i < shown; ++i) {
      const std::string& path = cause.images[i].image->path;
      names.push_back(printable(place.empty() ? path : path.substr(place.size() + 1)));
    }
    const size_t more = cause.images.size() - shown;
    std::string text;
    if (detail == Detail::brief) {
      std::string list = fmt::format("{}", fmt::join(names, ", "));
      if (more != 0) list += fmt::format(", and {} more", more);
      return paragraph(list, 4, screen_);
    }
    for (size_t i = 0; i < shown; ++i) {
      text += paragraph(linked(cause.images[i].image->path, names[i], line_.common.color), 4, screen_);
      if (i == 0 || more == 0) text += messages(cause.images[i], false);
    }
    if (more != 0) text += paragraph(fmt::format("and {} more (--verbose lists all)", more), 4, screen_);
    return text;
  }

  std::string all_images(const Cause& cause) const {
    std::string text;
    for (const Cause::Image& image : cause.images)
      text += paragraph(linked(image.image->path, line_.common.color), 4, screen_) + messages(image, true);
    return text;
  }

  std::string messages(const Cause::Image& image, bool all) const {
    std::string text = paragraph(printable(image.reason->message), 6, screen_);
    const std::vector<Reason>& reasons = image.image->report.reasons;
    if (reasons.empty() || image.reason != &reasons[0]) return text;
    if (!all && reasons.size() > 1)
      return text + paragraph(fmt::format("and {}", plural(reasons.size() - 1, "more reason")), 6, screen_);
    for (size_t i = 1; i < reasons.size(); ++i)
      text += paragraph(fmt::format("also {}: {}", name(reasons[i].code), printable(reasons[i].message)), 6,
                        screen_);
    return text;
  }

  const CommandLine& line_;
  const Screen& screen_;
  std::vector<Cause> causes_;
  std::vector<std::string> commands_;
};

std::string counts_line(const CheckedImages& images, bool color) {
  const Counts counts = count(images);
  const auto part = [color](uint64_t number, Verdict verdict, std::string_view word) {
    const std::string text = fmt::format("{} {}", number, word);
    return number == 0 ? text : coloured(text, verdict, color);
  };
  std::string text =
      fmt::format("{}: {}, {}, {}", plural(counts.images, "image"),
                  part(counts.fresh, Verdict::fresh, "fresh"), part(counts.stale, Verdict::stale, "stale"),
                  part(counts.unreadable, Verdict::unreadable, "unreadable"));
  if (counts.unknown > 0)
    text += ", " + part(counts.unknown, Verdict::unknown, "unknown (could not be looked at)");
  if (counts.not_loading > 0) text += fmt::format("; {} of the fresh ones do not load", counts.not_loading);
  return text;
}

std::string notes_text(const CheckedImages& images, bool all, const Screen& screen) {
  constexpr size_t kShown = 3;
  std::map<std::string, uint64_t> times;
  for (const auto& image : images) {
    if (!image->input) continue;
    for (const std::string& note : image->report.notes) ++times[note];
  }
  if (times.empty()) return {};
  std::vector<std::pair<std::string, uint64_t>> notes(times.begin(), times.end());
  std::stable_sort(notes.begin(), notes.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text = "\nnot judged:\n";
  for (size_t i = 0; i < notes.size() && (all || i < kShown); ++i) {
    const auto& [note, number] = notes[i];
    text += paragraph(printable(note) + (number > 1 ? fmt::format(" ({} images)", number) : ""), 2, screen);
  }
  if (!all && notes.size() > kShown)
    text += fmt::format("  and {} more (--verbose lists all)\n", notes.size() - kShown);
  return text;
}

}  // namespace

std::string check_text(const CheckedImages& images, const CommandLine& line, const Screen& screen) {
  const std::string head = paragraph(counts_line(images, line.common.color), 0, screen);
  const std::string notes = notes_text(images, line.common.verbose, screen);
  const size_t taken = lines_taken(head, screen) + lines_taken(notes, screen) + 1;  // and the prompt
  const size_t room = screen.height > taken ? screen.height - taken : 0;
  return head + CausesText(images, line, screen).text(room) + notes;
}

std::string cause_list(const CheckedImages& images, std::string_view name) {
  std::string list;
  for (const Cause& cause : causes_of(images)) {
    if (!cause.named || (jireloc::name(cause.code) != name && name_of(cause) != name)) continue;
    for (const Cause::Image& image : cause.images) list += image.image->path + '\n';
  }
  return list;
}

}  // namespace jireloc::cli
