// A short symbolic link to a depot, written into payloads in which the depot's own path has no room.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "jireloc/durability.hpp"
#include "jireloc/file_view.hpp"
#include "jireloc/real_file_system.hpp"

namespace jireloc {

// Where a depot names its alias: one line, the absolute path of the link. Images of the depot may rest on it.
inline constexpr std::string_view kAliasRecord = "compiled/.jireloc-alias";

// Where a symbolic link lies here: the way to it is followed, the link itself is not.
std::string place_of_link(const std::string& link, const FileView& view);

struct RecordedAlias {
  std::string path;
  std::string problem;  // why it does not lead to the depot; empty where it does
};

// The alias that the depot's record names; nothing where there is no record. A record that is no single
// absolute path has a problem. Throws Error (io) where the record is there and cannot be read.
std::optional<RecordedAlias> recorded_alias(const std::string& depot, const FileView& view,
                                            FileSystem& system = real_file_system());

struct AliasWish {
  std::string depot;              // what the link shall lead to; absolute, without trailing slashes
  uint64_t most_bytes = 0;        // what the link's path may take
  std::string folder;             // where it may be made; empty: /usr/jl, /opt/jl, /jl, in this order
  bool dry_run = false;           // nothing is made: the path is only chosen
  bool must_be_recorded = false;  // make "compiled" in the depot where it is not there
  Durability durability = Durability::batch;
};

struct ChosenAlias {
  std::string path;
  bool made = false;      // by this call; false: it was there (or would be made: dry_run)
  bool recorded = false;  // the depot's record names it
};

// The depot's recorded alias where it leads there and fits; else a link that is there already and leads
// there; else a new one. Nothing that exists is ever replaced. Links that others could bend (owned by neither
// root nor this user, or in a folder that everybody may write to) are never taken. The record is written
// before it returns, so that no image can name an alias that nobody knows of. Throws Error: usage (no path
// there is short enough), conflict (something else is at all of the places), io.
ChosenAlias choose_alias(const AliasWish& wish, const FileView& view,
                         FileSystem& system = real_file_system());

}  // namespace jireloc
