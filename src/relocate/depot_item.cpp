// What is said of the things of a depot.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "relocate/judging.hpp"

namespace jireloc {

namespace {

// In the order of the enumeration.
template <typename Enum, size_t count>
std::string_view name_in(const std::string_view (&names)[count], Enum value) noexcept {
  const auto number = static_cast<size_t>(value);
  return number < count ? names[number] : "unknown";
}

}  // namespace

std::string_view name(DepotItemKind kind) noexcept {
  static constexpr std::string_view kNames[] = {"package",  "artifact",     "image",
                                                "leftover", "scratchspace", "alias"};
  return name_in(kNames, kind);
}

std::string_view name(DepotItemStatus status) noexcept {
  static constexpr std::string_view kNames[] = {"merged",  "relocated", "already-there", "kept",
                                                "dropped", "conflict",  "failed"};
  return name_in(kNames, status);
}

Code root_cause(const DepotItem& item) noexcept {
  if (item.cause != Code::none) return item.cause;
  return item.reasons.empty() ? Code::none : item.reasons[0].code;
}

bool is_users_rule(Code cause) noexcept {
  constexpr Code kRules[] = {Code::build_script, Code::modified_tree, Code::untrusted_tree, Code::developed,
                                         Code::too_many};
  return std::find(std::begin(kRules), std::end(kRules), cause) != std::end(kRules);
}

namespace relocating {

DepotItem item_of(DepotItemKind kind, std::string path, DepotItemStatus status, Reason reason) {
  DepotItem item;
  item.kind = kind;
  item.path = std::move(path);
  item.status = status;
  item.reasons.push_back(std::move(reason));
  return item;
}

void report_leftovers(const Judging& judging, const Inventory& inventory) {
  for (const LeftoverRef& leftover : inventory.leftovers)
    judging.sink(item_of(DepotItemKind::leftover, judging.places.from_here() + "/" + leftover.relative(),
                         leftover.in_progress ? DepotItemStatus::kept : DepotItemStatus::dropped,
                         {leftover.code, leftover.message}));
  for (const Error& problem : inventory.problems)
    judging.sink(item_of(DepotItemKind::leftover, problem.file(), DepotItemStatus::failed,
                         problem.retold(problem.message())));
}

}  // namespace relocating
}  // namespace jireloc
