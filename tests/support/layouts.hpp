// Layouts by name.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "jireloc/layout.hpp"

namespace jireloc::test {

inline const Layout& layout_named(std::string_view name) {
  for (const Layout& layout : layouts())
    if (layout.name == name) return layout;
  throw std::runtime_error("no layout " + std::string(name));
}

}  // namespace jireloc::test
