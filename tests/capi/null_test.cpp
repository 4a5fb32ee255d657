// Nothing that a caller leaves out ends the process.
#include <catch2/catch.hpp>
#include <string>

#include "capi/objects.hpp"

namespace {

// A call that cannot begin.
void expect_usage(jireloc_result* result, const std::string& sentence) {
  CHECK(jireloc_result_status(result) == JIRELOC_USAGE);
  CHECK(std::string(jireloc_result_error_code(result)) == "usage");
  CHECK(std::string(jireloc_result_error_text(result)) == sentence);
  CHECK(std::string(jireloc_result_json(result)).empty());
  jireloc_result_free(result);
}

}  // namespace

TEST_CASE("Each call says what was left out", "[capi]") {
  const char* const nothing[] = {nullptr};
  for (auto* call : {jireloc_inspect, jireloc_scan, jireloc_check, jireloc_plan, jireloc_rewrite}) {
    expect_usage(call(nullptr, 0, nullptr), "there are no paths");
    expect_usage(call(nothing, 1, nullptr), "there is no path 1");
  }
  expect_usage(jireloc_explain(nullptr, nullptr), "there is no package");
  expect_usage(jireloc_relocate(nullptr, "/tmp", nullptr), "there is no depot to take from");
  expect_usage(jireloc_relocate("/tmp", nullptr, nullptr), "there is no depot to merge into");
  expect_usage(jireloc_prune(nullptr, nullptr), "there is no depot");
  for (auto* call : {jireloc_image_check, jireloc_image_plan, jireloc_image_rewrite})
    expect_usage(call(nullptr, nullptr), "there is no path 1");
  jireloc_result* problem = nullptr;
  CHECK(jireloc_image_open(nullptr, &problem) == nullptr);
  expect_usage(problem, "there is no path");
  CHECK(jireloc_image_open(nullptr, nullptr) == nullptr);
  CHECK(std::string(jireloc_image_header(nullptr)).empty());
}

TEST_CASE("What is asked of no result, options or cancel handle is answered", "[capi]") {
  CHECK(jireloc_result_status(nullptr) == JIRELOC_USAGE);
  CHECK(std::string(jireloc_result_error_code(nullptr)) == "usage");
  CHECK(std::string(jireloc_result_error_text(nullptr)) == "there is no result");
  for (auto* text : {jireloc_result_json, jireloc_result_messages, jireloc_result_error_file})
    CHECK(std::string(text(nullptr)).empty());
  CHECK(jireloc_options_set(nullptr, "depot", "/d") == JIRELOC_USAGE);
  CHECK(jireloc_options_map(nullptr, "/a", "/b") == JIRELOC_USAGE);
  CHECK(jireloc_options_on_progress(nullptr, nullptr, nullptr) == JIRELOC_USAGE);
  CHECK(jireloc_options_cancel_with(nullptr, nullptr) == JIRELOC_USAGE);
  CHECK(jireloc_set_limit(nullptr, 1) == JIRELOC_USAGE);
  CHECK(jireloc_set_limit("patience", 1) == JIRELOC_USAGE);
  CHECK(jireloc_cancel_requested(nullptr) == 0);
  jireloc_cancel_request(nullptr);
  jireloc_result_free(nullptr);
  jireloc_options_free(nullptr);
  jireloc_cancel_free(nullptr);
  jireloc_image_free(nullptr);
}

TEST_CASE("Whatever is thrown becomes a result, memory that is not there too", "[capi]") {
  using jireloc::capi::guarded;
  jireloc_result* none = guarded([]() -> jireloc_result* { throw std::bad_alloc(); });
  CHECK(jireloc_result_status(none) == JIRELOC_FAILED);
  CHECK(std::string(jireloc_result_error_code(none)) == "too-large");
  CHECK(std::string(jireloc_result_error_text(none)) == "out of memory");
  jireloc_result_free(none);
  jireloc_result_free(none);  // nobody's
  jireloc_result* other = guarded([]() -> jireloc_result* { throw std::logic_error("of another kind"); });
  CHECK(std::string(jireloc_result_error_text(other)) == "of another kind");
  jireloc_result_free(other);
  jireloc_result* error = guarded([]() -> jireloc_result* {
    throw jireloc::Error(jireloc::ErrorKind::truncated, "too short", "/a/file", 17);
  });
  CHECK(std::string(jireloc_result_error_code(error)) == "truncated");
  CHECK(std::string(jireloc_result_error_file(error)) == "/a/file");
  jireloc_result_free(error);
}

TEST_CASE("Options that are none, or are for people at a terminal, are refused where they are set",
          "[capi]") {
  jireloc_options* options = jireloc_options_new();
  for (const char* name :
       {"", "-", "--depot", "depot=/d", "a b", "json", "color", "help", "quiet", "verbose"})
    CHECK(jireloc_options_set(options, name, nullptr) == JIRELOC_USAGE);
  CHECK(jireloc_options_set(options, nullptr, "x") == JIRELOC_USAGE);
  CHECK(jireloc_options_map(options, nullptr, "/b") == JIRELOC_USAGE);
  CHECK(jireloc_options_map(options, "/a", nullptr) == JIRELOC_USAGE);
  const char* const paths[] = {"/nowhere"};
  CHECK(jireloc_options_set(options, "dry-run", nullptr) == JIRELOC_WELL);
  jireloc_result* result = jireloc_inspect(paths, 1, options);
  CHECK(jireloc_result_status(result) == JIRELOC_USAGE);
  CHECK_THAT(jireloc_result_error_text(result), Catch::Contains("dry-run"));
  jireloc_result_free(result);
  jireloc_options_free(options);
}

TEST_CASE("Options that would change the process of the caller are refused", "[capi]") {
  const char* const paths[] = {"/nowhere"};
  for (const auto& [name, value] : {std::pair("limit", "seconds=1"), std::pair("files-from", "-")}) {
    jireloc_options* options = jireloc_options_new();
    CHECK(jireloc_options_set(options, name, value) == JIRELOC_WELL);
    jireloc_result* result = jireloc_inspect(paths, 1, options);
    CHECK(jireloc_result_status(result) == JIRELOC_USAGE);
    CHECK_THAT(jireloc_result_error_text(result), Catch::Contains("for the program alone"));
    jireloc_result_free(result);
    jireloc_options_free(options);
  }
  jireloc_options* options = jireloc_options_new();
  CHECK(jireloc_options_set(options, "user", "nobody") == JIRELOC_WELL);
  jireloc_result* result = jireloc_relocate("/nowhere", "/nowhere/else", options);
  CHECK(jireloc_result_status(result) == JIRELOC_USAGE);
  jireloc_result_free(result);
  jireloc_options_free(options);
}
