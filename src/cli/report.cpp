// jireloc report: a page to look at.
#include <fmt/format.h>

#include <cstdlib>
#include <ctime>

#include "cli/check_report.hpp"
#include "cli/check_run.hpp"
#include "cli/commands.hpp"
#include "cli/judging_options.hpp"
#include "cli/report_data.hpp"
#include "cli/result_file.hpp"
#include "cli/shell_words.hpp"
#include "cli/text_table.hpp"

namespace jireloc::cli {
namespace {

constexpr Option own_options[] = {
    result_file_row,
    {"no-payloads", 0, "", "do not look into the code: the page says less of each image, and is made sooner"},
};
constexpr auto options = joined(own_options, judging_options);

constexpr Example examples[] = {
    {"jireloc report -o report.html ~/.julia", "all that lies in a depot, to be opened in a browser"},
    {"jireloc report -o report.html --depot ~/.julia:/usr/share/julia --project . /usr/share/julia",
     "a shared depot, as a user's project sees it"},
};

constexpr CommandSpec spec = {
    "report",
    "make a page of what is fresh, stale and unreadable, and why",
    "PATH...",
    "Judges cache files as check does, and makes one HTML file of it that needs no network: the causes with "
    "what mends each, a table of the images that sorts and filters, and for each image what speaks against "
    "it, what it needs and what needs it, which places its code names and where its bytes lie. Exit status: "
    "as of check.",
    takes_inputs | takes_depot | takes_project | takes_root | takes_max_size,
    packed<options>,
    packed<examples>};

std::string typed(const CommandLine& line) {
  std::string command = "jireloc report";
  for (const std::string& word : line.words) command += " " + shell_word(word);
  return command;
}

// SOURCE_DATE_EPOCH, where it is set, makes pages of one state the same.
std::string made_at() {
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  const double seconds =
      epoch != nullptr ? std::strtod(epoch, nullptr) : static_cast<double>(std::time(nullptr));
  const std::string text = date_text(seconds);  // "2026-11-22 14:38:30.000000000 UTC"
  constexpr size_t kMinutes = 16;
  return text.size() > kMinutes ? text.substr(0, kMinutes) + " UTC" : text;
}

ExitStatus run(const CommandLine& line, Output& out) {
  const CommandLine asked = as_check(line);
  const CheckRun check(asked);
  write_result(line, out,
               report_page(report_data(check, asked, typed(line), made_at(), !line.has("no-payloads"))));
  return status_of(check);
}

}  // namespace

constinit const Command report_command{&spec, run};

}  // namespace jireloc::cli
