#include "cli/library_beside.hpp"

#include <cerrno>

#include "jireloc/error.hpp"

namespace jireloc::cli {

std::unique_ptr<ByteSource> open_if_there(const ImageCandidate& candidate, const std::string& library) {
  try {
    return open_beside(candidate, library);
  } catch (const Error& error) {
    if (error.system_errno() == ENOENT) return nullptr;
    throw;
  }
}

}  // namespace jireloc::cli
