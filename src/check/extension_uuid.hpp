// The UUIDs of package extensions, which no file records: Julia makes them of the parent's and the name.
#pragma once

#include <string_view>

#include "jireloc/uuid.hpp"

namespace jireloc::check {

// Whether Base.uuid5(parent, name) gives `uuid` (base/loading.jl). That is no UUID of RFC 4122's version 5,
// for it goes by Base.hash: the one of 1.9 to 1.12, and the one since 1.13. Of Julias with 64 bits.
bool is_extension_uuid(const Uuid& uuid, const Uuid& parent, std::string_view name) noexcept;

}  // namespace jireloc::check
