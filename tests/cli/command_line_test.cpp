#include "cli/command_line.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <set>
#include <stdexcept>

#include "cli/choices.hpp"
#include "cli/commands.hpp"
#include "cli/value_options.hpp"
#include "jireloc/error.hpp"
#include "jireloc/paths.hpp"

using namespace jireloc;
using namespace jireloc::cli;

namespace {

constexpr Option own[] = {{"map", 'm', "OLD=NEW", "a map"}, {"verify", 0, "", "look harder"}};
constexpr CommandSpec spec = {"try",
                              "tries",
                              "PATH...",
                              "Tries.",
                              takes_inputs | takes_json | takes_shard | takes_depot | takes_max_size,
                              packed<own>,
                              {}};

CommandLine parsed(std::vector<std::string> arguments) {
  return {spec, arguments};
}

std::string complaint(std::vector<std::string> arguments) {
  try {
    parsed(std::move(arguments));
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("own and shared options and paths are told apart wherever they stand") {
  const CommandLine line = parsed({"a", "--map", "x=y", "-mz=w", "--verify", "b", "-j3", "--", "-c"});
  CHECK(line.common.paths == std::vector<std::string>{"a", "b", "-c"});
  CHECK(line.all("map") == std::vector<std::string>{"x=y", "z=w"});
  CHECK(line.has("verify"));
  CHECK(line.common.jobs == 3);
}

TEST_CASE("a thousand words are parsed like a few, wherever an argument stands") {
  for (size_t before = 0; before < 140; ++before) {
    std::vector<std::string> words;
    for (size_t k = 0; k < before; ++k) words.push_back("p" + std::to_string(k));
    words.insert(words.end(), {"--map", "x=y", "-m", "z=w", "--verify", "-j", "3", "-mv=u"});
    for (size_t k = before; k < 140; ++k) words.push_back("p" + std::to_string(k));
    words.insert(words.end(), {"--", "--verify", "--"});
    const CommandLine line = parsed(words);
    CAPTURE(before);
    REQUIRE(line.common.paths.size() == 142);
    for (size_t k = 0; k < 140; ++k) REQUIRE(line.common.paths[k] == "p" + std::to_string(k));
    CHECK(line.common.paths[140] + line.common.paths[141] == "--verify--");
    CHECK(line.all("map") == std::vector<std::string>{"x=y", "z=w", "v=u"});
    CHECK(line.all("verify").size() == 1);
    CHECK(line.common.jobs == 3);
  }
  CHECK_FALSE(complaint({"a", "--map"}).empty());
}

TEST_CASE("--json takes a form only behind an equal sign") {
  CHECK(parsed({"--json", "array"}).common.json == JsonMode::lines);
  CHECK(parsed({"--json", "array"}).common.paths == std::vector<std::string>{"array"});
  CHECK(parsed({"--json=array", "a"}).common.json == JsonMode::array);
  CHECK(parsed({"a"}).common.json == JsonMode::none);
  CHECK(complaint({"--json=xml", "a"}).find("array") != std::string::npos);
}

TEST_CASE("the depot path comes from the option, else from the environment") {
  ::setenv("JULIA_DEPOT_PATH", "/env:", 1);
  CHECK(parsed({"a"}).common.depot == "/env:");
  CHECK(parsed({"a", "--depot", "/given"}).common.depot == "/given");
  ::unsetenv("JULIA_DEPOT_PATH");
  CHECK_FALSE(parsed({"a"}).common.depot.has_value());
}

TEST_CASE("sizes are read in powers of 1024 and shards as K of N") {
  CHECK(parsed({"a", "--max-size", "3M"}).common.max_size == 3U << 20);
  const Shard shard = parsed({"a", "--shard", "2/5"}).common.shard;
  CHECK(shard.number == 2);
  CHECK(shard.count == 5);
}

TEST_CASE("malformed, abbreviated and unknown options are usage errors") {
  for (const std::vector<std::string>& bad :
       std::vector<std::vector<std::string>>{{},
                                             {"a", "-j0"},
                                             {"a", "-j", "two"},
                                             {"a", "--max-size", "1T"},
                                             {"a", "--max-size", ""},
                                             {"a", "--max-size", "99999999999G"},
                                             {"a", "--shard", "0/2"},
                                             {"a", "--shard", "3/2"},
                                             {"a", "--shard", "2"},
                                             {"a", "--verif"},
                                             {"a", "--root", "x"},
                                             {"a", "--color=blue"},
                                             {"a", "-0"}}) {
    CAPTURE(bad);
    CHECK_FALSE(complaint(bad).empty());
  }
}

TEST_CASE("the worst status of a run wins in the order usage, failed, findings, well") {
  CHECK(worse(ExitStatus::well, ExitStatus::findings) == ExitStatus::findings);
  CHECK(worse(ExitStatus::failed, ExitStatus::findings) == ExitStatus::failed);
  CHECK(worse(ExitStatus::failed, ExitStatus::usage) == ExitStatus::usage);
}

TEST_CASE("to ask for an option that a command does not have is an error of the program") {
  const CommandLine line = parsed({"a"});
  CHECK_FALSE(line.takes("maps"));
  CHECK_THROWS_AS(line.has("maps"), std::logic_error);
  CHECK_THROWS_AS(line.get("dry-run"), std::logic_error);  // of other commands
  CHECK_THROWS_AS(line.all("mtime"), std::logic_error);
  CHECK(line.get("map", "none") == "none");
}

TEST_CASE("an option has one letter and one kind of argument in all commands that have it") {
  std::map<std::string_view, Option> seen;
  for (const Command* command : commands()) {
    for (const Option& option : command->spec->options) {
      if (option.name == "to") continue;    // a depot or any place
      if (option.name == "from") continue;  // a depot, or a folder of bundles
      if (option.name == "list") continue;  // the images of one cause, or all that a bundle holds
      const Option& first = seen.emplace(option.name, option).first->second;
      CAPTURE(command->spec->name, option.name);
      CHECK(first.letter == option.letter);
      CHECK(first.argument == option.argument);
    }
  }
}

TEST_CASE(
    "a word that is none of an option's choices is refused by every command, and each choice accepted") {
  size_t refused = 0, open = 0;
  for (const Command* command : commands()) {
    std::vector<Option> options(command->spec->options.begin(), command->spec->options.end());
    for (const SharedOption& shared : shared_options(command->spec->shared)) options.push_back(shared.option);
    for (const Option& option : options) {
      if (option.choices.empty()) continue;
      CAPTURE(command->spec->name, option.name, option.choices);
      const auto given = [&](const std::string& word) {
        std::vector<std::string> words = {"--" + std::string(option.name) + "=" + word};
        if (!command->spec->arguments.empty()) words.emplace_back("a.ji");
        return CommandLine(*command->spec, words).get(option.name);
      };
      const auto choices = paths::split(option.choices, ' ');
      for (const std::string_view choice : choices) {
        const std::string word = std::string(choice) + (choice.ends_with('=') ? "7" : "");
        CHECK(given(word) == word);
      }
      if (option.or_other) {
        CHECK(given("/other") == "/other");
        ++open;
        continue;
      }
      const std::string wrong = std::string(choices.back()) + "x";
      try {
        given(choices.back().ends_with('=') ? "x" + wrong : wrong);
        FAIL("accepted: " << wrong);
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::usage);
        CHECK(error.message().starts_with("--" + std::string(option.name) + ": "));
        CHECK(error.message().find("did you mean '" + std::string(choices.back()) + "'?") !=
              std::string::npos);
        for (const std::string_view choice : choices)
          CHECK(error.message().find(choice) != std::string::npos);
      }
      if (!option.argument.starts_with('[')) CHECK_THROWS_AS(given(""), Error);
      ++refused;
    }
  }
  CHECK(refused > 25);  // --color and --limit of nine commands, and others
  CHECK(open == 2);
}

TEST_CASE("each choice means something else to the library, and a list may name several") {
  const auto values = [](const auto& option) {
    std::set<int> found;
    for (const std::string_view word : paths::split(option.choices, ' '))
      found.insert(static_cast<int>(option.parse(std::string(word))));
    return found.size();
  };
  CHECK(values(payload_option) == 4);
  CHECK(values(longer_option) == 5);
  CHECK(values(spelling_option) == 2);
  CHECK(values(durability_option) == 3);
  const Option list = {"section", 0, "NAME[,NAME]", "", false, "header deps"};
  check_choice(list, "deps,header");
  CHECK_THROWS_AS(check_choice(list, "deps,"), Error);
  CHECK_THROWS_AS(check_choice(list, "deps,heather"), Error);
}

TEST_CASE("a tilde stands for the home in the maps and aliases of every command that has them") {
  ::setenv("HOME", "/home/u", 1);
  size_t commands_with_maps = 0;
  for (const Command* command : commands()) {
    const CommandLine none(*command->spec, {"--help"});
    if (!none.takes("map")) continue;
    ++commands_with_maps;
    CAPTURE(command->spec->name);
    const CommandLine line(*command->spec,
                           {"--help", "-m", "~/a=~/b", "--keep-path", "~/k/", "--moved-path=~/m=/n"});
    CHECK(map_option.all(line) == std::vector<PathMapping>{{"/home/u/a", "/home/u/b"}});
    CHECK(keep_path_option.all(line) == std::vector<std::string>{"/home/u/k"});
    CHECK(moved_path_option.all(line) == std::vector<PathMapping>{{"/home/u/m", "/n"}});
    if (!none.takes("payload-alias")) continue;
    const CommandLine alias(*command->spec, {"--help", "--payload-alias", "~/l", "--payload-alias=auto"});
    CHECK(payload_alias_option.all(alias) == std::vector<std::string>{"/home/u/l", "auto"});
    CHECK(wants_alias_made(alias));
  }
  CHECK(commands_with_maps == 3);
}

TEST_CASE("the help of every command names all of its options and shows an example") {
  for (const Command* command : commands()) {
    const std::string help = help_text(*command->spec);
    CAPTURE(command->spec->name);
    for (const Option& option : command->spec->options) {
      CHECK(help.find("--" + std::string(option.name)) != std::string::npos);
    }
    for (const auto& [group, option, read] : shared_options(command->spec->shared)) {
      CHECK(help.find("--" + std::string(option.name)) != std::string::npos);
    }
    CHECK(help.find("Examples:\n  jireloc " + std::string(command->spec->name)) != std::string::npos);
  }
}
