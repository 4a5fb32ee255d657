#include "capi/objects.hpp"

#include "cli/reasons.hpp"
#include "jireloc/work_limits.hpp"

namespace jireloc::capi {

jireloc_result out_of_memory{JIRELOC_FAILED,  "", "", "too-large",
                             "out of memory", ""};  // short: no allocation

jireloc_result* failure(const Error& error) {
  const int status = error.kind() == ErrorKind::usage         ? JIRELOC_USAGE
                     : error.kind() == ErrorKind::interrupted ? JIRELOC_CANCELLED
                                                              : JIRELOC_FAILED;
  return new jireloc_result{
      status, "", "", std::string(name(error.kind())), cli::sentence(error.reason()), error.file()};
}

}  // namespace jireloc::capi

using namespace jireloc;

const char* jireloc_version() {
  return JIRELOC_VERSION;
}

unsigned jireloc_abi() {
  return JIRELOC_ABI;
}

int jireloc_set_limit(const char* name, uint64_t value) {
  WorkLimits limits = work_limits();
  if (name == nullptr || !set_limit(limits, name, value)) return JIRELOC_USAGE;
  set_work_limits(limits);
  return JIRELOC_WELL;
}

int jireloc_result_status(const jireloc_result* result) {
  return result == nullptr ? JIRELOC_USAGE : result->status;
}

const char* jireloc_result_json(const jireloc_result* result) {
  return result == nullptr ? "" : result->json.c_str();
}

const char* jireloc_result_messages(const jireloc_result* result) {
  return result == nullptr ? "" : result->messages.c_str();
}

const char* jireloc_result_error_code(const jireloc_result* result) {
  return result == nullptr ? "usage" : result->code.c_str();
}

const char* jireloc_result_error_text(const jireloc_result* result) {
  return result == nullptr ? "there is no result" : result->text.c_str();
}

const char* jireloc_result_error_file(const jireloc_result* result) {
  return result == nullptr ? "" : result->file.c_str();
}

void jireloc_result_free(jireloc_result* result) {
  if (result != &capi::out_of_memory) delete result;
}

jireloc_cancel* jireloc_cancel_new() {
  return new (std::nothrow) jireloc_cancel;
}

void jireloc_cancel_request(jireloc_cancel* cancel) {
  if (cancel != nullptr) cancel->requested = true;
}

int jireloc_cancel_requested(const jireloc_cancel* cancel) {
  return cancel != nullptr && cancel->requested ? 1 : 0;
}

void jireloc_cancel_free(jireloc_cancel* cancel) {
  delete cancel;
}
