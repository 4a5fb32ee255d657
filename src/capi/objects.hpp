// What the handles of jireloc.h stand for.
#pragma once

#include <atomic>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "jireloc.h"
#include "jireloc/error.hpp"

struct jireloc_cancel {
  std::atomic<bool> requested{false};
};
static_assert(std::atomic<bool>::is_always_lock_free, "handlers of signals ask for an end");

struct jireloc_options {
  std::vector<std::string> words;  // as on a command line
  jireloc_progress_function progress = nullptr;
  void* user = nullptr;
  jireloc_cancel* cancel = nullptr;
};

struct jireloc_result {
  int status = JIRELOC_WELL;
  std::string json, messages;
  std::string code, text, file;  // of the error
};

struct jireloc_image {
  std::string path;  // absolute
  std::string header;
};

namespace jireloc::capi {

// Stands for what there is no memory for; never freed.
extern jireloc_result out_of_memory;

struct FreeResult {
  void operator()(jireloc_result* result) const { jireloc_result_free(result); }
};
using Result = std::unique_ptr<jireloc_result, FreeResult>;

// The result where a call as a whole comes to that.
jireloc_result* failure(const Error& error);

// What `make` gives, and for what it throws a failure: nothing is thrown across the border to C.
template <typename Make>
jireloc_result* guarded(const Make& make) noexcept {
  try {
    try {
      return make();
    } catch (const Error& error) {
      return failure(error);
    } catch (const std::bad_alloc&) {
      return &out_of_memory;
    } catch (const std::exception& error) {
      return failure(Error(ErrorKind::io, error.what()));
    }
  } catch (...) {
    return &out_of_memory;  // the sentence that says why found no place
  }
}

}  // namespace jireloc::capi
