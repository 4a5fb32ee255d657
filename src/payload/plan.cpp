// Planning equal-length replacement: which bytes to write where, and what keeps the checksum.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "bytes/windows.hpp"
#include "jireloc/error.hpp"
#include "jireloc/grown_set.hpp"
#include "payload/exact_texts.hpp"
#include "payload/grow.hpp"
#include "payload/grown_text.hpp"
#include "payload/keep_checksum.hpp"
#include "payload/repack.hpp"
#include "payload/scan.hpp"
#include "payload/targets.hpp"

namespace jireloc::payload {
namespace {

class Planner {
 public:
  Planner(const OpenPayload& open, const PayloadInput& input, const PayloadOptions& options,
          const Targets& targets)
      : open_(open), input_(input), options_(options), targets_(targets) {
    plan_.scan = scan_open(open, input.file, patterns_of(targets), options);
    plan_.obstacle = open.obstacle;
  }

  PayloadPlan plan() {
    for (Occurrence& occurrence : plan_.scan.occurrences) {
      if (occurrence.left.empty()) replace(occurrence);
    }
    write_names();
    for (std::vector<BytePatch>* patches : {&plan_.image, &plan_.library, &unpacked_}) sort(*patches);
    if (!plan_.obstacle && !rooms_.empty()) plan_.obstacle = too_long(rooms_, targets_);
    if (!plan_.obstacle && open_.packed && rests_on_grown_images())
      plan_.obstacle = Reason{Code::dependency_grown,
                              "an image that it requires has a new build id, and its payload is compressed"};
    if (!plan_.obstacle && (!growing_.empty() || rests_on_grown_images()))
      grow();
    else if (rests_on_grown_images())
      plan_.obstacle = Reason{Code::dependency_grown, plan_.obstacle->message};
    else if (!plan_.obstacle)
      keep_checksum();
    settle_lines();
    if (plan_.obstacle) give_up();
    return std::move(plan_);
  }

 private:
  std::vector<BytePatch>& patches_of(PayloadFile file) {
    return file == PayloadFile::image ? plan_.image : plan_.library;
  }

  static void sort(std::vector<BytePatch>& patches) {
    std::sort(patches.begin(), patches.end(),
              [](const BytePatch& a, const BytePatch& b) { return a.offset < b.offset; });
  }

  // Those of a compressed payload are for what it unpacks to.
  std::vector<BytePatch>& patches_of(const Occurrence& occurrence) {
    return occurrence.unpacked ? unpacked_ : patches_of(occurrence.file);
  }

  void replace(Occurrence& occurrence) {
    const Target& target = targets_.at(occurrence.path);
    if (target.written == occurrence.path) {
      // Mapped onto itself: only there to keep a shorter map away.
      occurrence.left = "it is mapped onto itself";
      occurrence.stays = true;
      return;
    }
    if (may_be_exact(occurrence))
      names_.push_back(&occurrence);
    else
      replace_in_place(occurrence);
  }

  // A name, whose length may change: what refers to it knows its place or number, and nothing folds it. Where
  // the whole payload gets shorter with it, the way back must be one that it may get longer.
  bool may_be_exact(const Occurrence& occurrence) const {
    if (options_.spelling != Spelling::exact || open_.packed || !open_.place) return false;
    return (open_.place->checksum || options_.growth != Growth::none) &&
           occurrence.file == open_.place->file &&
           (occurrence.kind == OccurrenceKind::source_location ||
            (occurrence.kind == OccurrenceKind::recorded_source && occurrence.section != "sysdata"));
  }

  bool changes_length(const Occurrence& occurrence) const {
    return targets_.at(occurrence.path).written.size() + (occurrence.run != 0) != occurrence.size;
  }

  void write_names() {
    const auto changes = [&](const Occurrence* name) { return changes_length(*name); };
    std::set<uint64_t> texts;
    if (!plan_.obstacle && std::any_of(names_.begin(), names_.end(), changes))
      for (const Occurrence* name : names_) texts.insert(name->text_offset);
    if (!open_.place || !open_.place->checksum) {
      for (Occurrence* name : names_) write_in_stream(*name, texts);
      return;
    }
    ExactTexts exact;
    if (!texts.empty()) exact = write_exactly(open_, plan_.scan.occurrences, texts, targets_);
    auto& patches = patches_of(open_.place->file);
    patches.insert(patches.end(), exact.patches.begin(), exact.patches.end());
    for (Occurrence* name : names_) {
      if (exact.settled.contains(name->text_offset))
        ++plan_.replaced[static_cast<size_t>(name->kind)];
      else
        replace_in_place(*name);
    }
  }

  // Where each text carries its length, and nothing counts bytes.
  void write_in_stream(Occurrence& name, const std::set<uint64_t>& texts) {
    const bool longer = targets_.at(name.path).written.size() + (name.run != 0) > name.size;
    if (!texts.contains(name.text_offset) || longer) return replace_in_place(name);
    growing_.insert(name.text_offset);
    ++plan_.replaced[static_cast<size_t>(name.kind)];
  }

  void replace_in_place(Occurrence& occurrence) {
    const Target& target = targets_.at(occurrence.path);
    const bool inside = occurrence.run != 0;
    const char separator = inside ? occurrence.run_separator : is_windows_path(target.written) ? '\\' : '/';
    const auto bytes = spell(target.written, occurrence.size, inside, separator);
    if (!bytes && occurrence.kind == OccurrenceKind::debug_info && options_.growth != Growth::none) {
      lines_.push_back(&occurrence);
      return;
    }
    const uint64_t room = occurrence.size - (inside ? 1 : 0);
    if (!bytes && may_grow(occurrence)) {
      note_room(growing_rooms_, occurrence, room);
      growing_.insert(occurrence.text_offset);
      ++plan_.replaced[static_cast<size_t>(occurrence.kind)];
      return;
    }
    if (!bytes) {
      note_room(rooms_, occurrence, room);
      occurrence.left = fmt::format("\"{}\" is longer than the {} bytes that are here", target.written, room);
      return;
    }
    patches_of(occurrence).push_back({occurrence.offset, *bytes});
    ++plan_.replaced[static_cast<size_t>(occurrence.kind)];
  }

  // Names in line tables can get longer where the library does.
  bool lines_may_grow() const {
    return open_.place && open_.place->file == PayloadFile::library && !open_.packed &&
           std::all_of(lines_.begin(), lines_.end(),
                       [](const Occurrence* line) { return line->section == ".debug_line"; });
  }

  std::vector<Splice> longer_lines() const {
    std::vector<Splice> texts;
    for (const Occurrence* line : lines_) {
      std::string text = targets_.at(line->path).written;
      if (line->run != 0) text += line->run_separator;
      texts.push_back({line->offset, line->size, std::move(text)});
    }
    return texts;
  }

  void settle_lines() {
    for (Occurrence* line : lines_) {
      if (plan_.growth && lines_left_.empty())
        ++plan_.replaced[static_cast<size_t>(line->kind)];
      else
        line->left = fmt::format("stack traces of native code will name the old place: {}", lines_left_);
    }
  }

  // An image that it requires has a new identity.
  bool rests_on_grown_images() const {
    if (options_.grown == nullptr) return false;
    const auto& required = input_.file.required_modules;
    return std::any_of(required.begin(), required.end(),
                       [&](const RequiredModule& module) { return options_.grown->find(module) != nullptr; });
  }

  // In 1.9 Strings lie in sysdata, between objects that must not move.
  bool may_grow(const Occurrence& occurrence) const {
    const bool is_text = occurrence.kind == OccurrenceKind::source_location ||
                         occurrence.kind == OccurrenceKind::recorded_source ||
                         occurrence.kind == OccurrenceKind::path_constant;
    if (!is_text || occurrence.section == "sysdata" || options_.growth == Growth::none || open_.packed)
      return false;
    // A String that is appended changes the identity: without the set, dependents would be lost.
    if (occurrence.section == "const data" && options_.grown == nullptr) return false;
    return options_.growth == Growth::all ||
           (options_.growth == Growth::names && occurrence.kind != OccurrenceKind::path_constant);
  }

  void grow() {
    GrowthTask task{open_, input_, options_, {}, {}, {}};
    task.texts = grown_texts(plan_.scan.occurrences, growing_, targets_, *open_.place);
    const bool in_image = open_.place->file == PayloadFile::image;
    task.patches = without_texts(in_image ? plan_.image : plan_.library, task.texts);
    task.elsewhere = in_image ? plan_.library : plan_.image;
    if (lines_may_grow()) task.lines = longer_lines();
    GrowthResult result = open_.place->checksum ? grow_static_data(task) : grow_stream(task);
    if (lines_may_grow()) lines_left_ = result.lines_left;
    take(std::move(result));
  }

  void take(GrowthResult result) {
    if (result.obstacle) {
      plan_.obstacle = std::move(result.obstacle);
      plan_.obstacle->message += alias_advice(growing_rooms_, targets_);
      if (!growing_rooms_.empty()) plan_.obstacle->fix = fix::Choose{Setting::alias};
      return;
    }
    plan_.growth = std::move(result.growth);
    plan_.image.clear();
    plan_.library.clear();
  }

  void keep_checksum() {
    if (!open_.place || !open_.place->checksum) return;
    std::vector<BytePatch>& patches = open_.packed ? unpacked_ : patches_of(open_.place->file);
    const KeptChecksum kept = keep_payload_checksum(*open_.place, patches);
    plan_.free_bits = kept.free_bits;
    plan_.rank = kept.rank;
    if (!kept.solved)
      plan_.obstacle = Reason{Code::not_enough_padding,
                              fmt::format("the payload's checksum cannot be kept: {} padding bits "
                                          "of rank {} where 32 are needed; relocate "
                                          "the header alone, or compile in the new place",
                                          kept.free_bits, kept.rank)};
    if (kept.solved && open_.packed && !unpacked_.empty()) pack_again();
  }

  void pack_again() {
    Repacked repacked = repack(open_, unpacked_);
    plan_.packed_payload = std::move(repacked.payload);
    if (!repacked.moving.empty()) {
      take(move_packed_data(open_, std::move(repacked.moving), plan_.library));
      return;
    }
    std::vector<BytePatch>& library = plan_.library;
    library.insert(library.end(), repacked.library.begin(), repacked.library.end());
    sort(library);
  }

  void give_up() {
    plan_.image.clear();
    plan_.library.clear();
    plan_.packed_payload.clear();
    plan_.replaced = {};
    for (Occurrence& occurrence : plan_.scan.occurrences) {
      if (occurrence.left.empty()) occurrence.left = plan_.obstacle->message;
    }
  }

  const OpenPayload& open_;
  const PayloadInput& input_;
  const PayloadOptions& options_;
  const Targets& targets_;
  std::vector<Occurrence*> names_;                       // that may be written exactly
  std::vector<Occurrence*> lines_;                       // of debug info, where the new path does not fit
  std::string lines_left_ = "debug info does not grow";  // why they are left, unless it is empty
  std::set<uint64_t> growing_;                           // offsets of texts
  Rooms rooms_, growing_rooms_;                          // of what stays, and of what may grow
  std::vector<BytePatch> unpacked_;                      // of what a compressed payload unpacks to
  PayloadPlan plan_;
};

}  // namespace
}  // namespace jireloc::payload

namespace jireloc {

PayloadPlan plan_payload(const PayloadInput& input, std::span<const PayloadMap> maps,
                         const PayloadOptions& options) {
  const auto targets = payload::targets_of(maps);
  const payload::Opened open(input, options);
  return payload::Planner(*open, input, options, targets).plan();
}

}  // namespace jireloc
