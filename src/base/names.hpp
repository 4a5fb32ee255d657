// The names of values, one row each.
#pragma once

#include <optional>
#include <string_view>

namespace jireloc {

template <typename Value>
struct Named {
  Value value;
  std::string_view name;
};

template <typename Value, size_t N>
constexpr std::string_view name_in(const Named<Value> (&names)[N], Value value,
                                   std::string_view otherwise = "unknown") noexcept {
  for (const Named<Value>& each : names)
    if (each.value == value) return each.name;
  return otherwise;
}

template <typename Value, size_t N>
constexpr std::optional<Value> value_in(const Named<Value> (&names)[N], std::string_view name) noexcept {
  for (const Named<Value>& each : names)
    if (each.name == name) return each.value;
  return std::nullopt;
}

}  // namespace jireloc
