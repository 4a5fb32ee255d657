// Images of a check and what they need of each other, as it is drawn.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/check_run.hpp"

namespace jireloc::cli {

enum class Condition {
  loads,
  waits,  // fresh, and something that it needs does not load
  stale,
  unreadable,
  unknown,
  absent,  // a package in a build of which there is no image
};
std::string_view name(Condition condition) noexcept;

struct NetworkNode {
  const CheckedImage* image = nullptr;  // null: absent
  std::string package;
  std::string label;  // the package, and where images of several Julias or several of it are there: which
  Condition condition;
  std::string cause;           // the code of the first reason against it; empty: there is none
  std::string message;         // of that reason
  std::vector<size_t> needs;   // all, by place in the network
  std::vector<size_t> direct;  // without those that others of these need already
};

// Those that were asked for, in their order, then those that they need, then the absent ones.
struct Network {
  std::vector<NetworkNode> nodes;
  // Whether the one does not load for the other.
  bool is_rejected_chain(size_t from, size_t to) const;
};
Network network_of(const CheckRun& run);

}  // namespace jireloc::cli
