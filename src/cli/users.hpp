// Users, groups and permission bits, as options name them. All throw Error (usage), naming `option`.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>

namespace jireloc::cli {

// "USER" or "USER:GROUP"; without a group that of the user.
std::pair<uid_t, gid_t> read_owner(const std::string& text, std::string_view option);
// From now on this process has that user's rights. Throws Error (io) too, where it must not.
void become(const std::string& user_name, std::string_view option);
// Octal: "644".
mode_t read_mode(const std::string& text, std::string_view option);
// Whoever may read the files must be able to enter the folders.
mode_t folder_mode_for(mode_t file_mode);

}  // namespace jireloc::cli
