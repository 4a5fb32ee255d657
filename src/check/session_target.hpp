// What a session settles on when it is told a processor: shared by the kinds of processors.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "check/processor_tables.hpp"
#include "jireloc/processor.hpp"

namespace jireloc::check {

struct FeatureChange {
  std::string name;
  bool on;
};

// "+aes,-avx2". Throws Error (usage) for anything else.
std::vector<FeatureChange> parse_feature_changes(std::string_view text);

// The target of a session on a processor with these features; or why it cannot be told. `on_machine`: no
// change adds what the features lack, since the machine lacks it.
std::variant<SessionTarget, std::string> settle(const ProcessorTable& table, std::string name,
                                                const FeatureWords& features,
                                                const std::vector<FeatureChange>& changes, bool on_machine,
                                                const JuliaVersion& version);

std::string no_numbering(const Prefix& writer);

// Targets once made, by table and version; for several threads.
class TargetMemory {
 public:
  using Made = std::variant<SessionTarget, std::string>;
  using Make = std::function<Made(const ProcessorTable&, const JuliaVersion&)>;
  Made get(const ProcessorTable& table, const Prefix& writer, const Make& make);

 private:
  std::mutex mutex_;
  std::map<std::pair<const ProcessorTable*, std::string>, std::optional<Made>> made_;
};

}  // namespace jireloc::check
