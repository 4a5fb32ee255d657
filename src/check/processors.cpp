// Processors by name and by images, and what a session settles on.
#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "check/session_target.hpp"
#include "jireloc/error.hpp"
#include "jireloc/processor.hpp"

namespace jireloc {
namespace check {
namespace {

// The set of all that these take along when they are switched off.
FeatureWords with_all_that_need(const ProcessorTable& table, const FeatureWords& gone) {
  const FeatureWords all = all_features(table);
  FeatureWords rest = all, lost = all;
  remove(rest, gone);
  drop_needy(table, rest);
  remove(lost, rest);
  return lost;
}

// apply_feature_delta and strip_nondeterministic_features of JuliaLang/cpufeatures (1.14).
FeatureWords change_generated(const ProcessorTable& table, FeatureWords features,
                              const std::vector<FeatureChange>& changes) {
  for (const FeatureChange& change : changes) {
    FeatureWords delta = features_of(table, change.name);
    if (change.on) {
      add_needed(table, delta);
      add(features, delta);
    } else {
      remove(features, with_all_that_need(table, delta));
    }
  }
  remove(features, with_all_that_need(table, features_of(table, table.never_used)));
  return features;
}

// arg_target_data of src/processor_x86.cpp and src/processor_arm.cpp (1.9 - 1.13).
FeatureWords change(const ProcessorTable& table, FeatureWords features,
                    const std::vector<FeatureChange>& changes, const FeatureWords* machine) {
  FeatureWords off(table.words);
  for (const FeatureChange& one : changes) add(one.on ? features : off, features_of(table, one.name));
  add_needed(table, features);
  remove(features, features_of(table, table.never_used));
  remove(features, off);
  if (machine != nullptr) keep(features, *machine);
  drop_needy(table, features);
  return features;
}

std::optional<std::string> unknown_feature(const ProcessorTable& table,
                                           const std::vector<FeatureChange>& changes) {
  for (const FeatureChange& one : changes)
    if (!find_feature(table, one.name)) return one.name;
  return std::nullopt;
}

std::vector<FeatureChange> parse_changes(std::string_view text, std::string_view whole) {
  std::vector<FeatureChange> changes;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    const std::string_view token = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (token.size() < 2 || (token[0] != '+' && token[0] != '-')) {
      throw Error(ErrorKind::usage,
                  fmt::format("a processor is written NAME,+FEATURE,-FEATURE: '{}' in '{}'", token, whole));
    }
    const bool on = token[0] == '+';
    // LLVM's name for two of aarch64, which Julia splits up.
    if (token.substr(1) == "crypto") {
      changes.push_back({"aes", on});
      changes.push_back({"sha2", on});
    } else {
      changes.push_back({std::string(token.substr(1)), on});
    }
  }
  return changes;
}

}  // namespace

std::vector<FeatureChange> parse_feature_changes(std::string_view text) {
  return parse_changes(text, text);
}

std::variant<SessionTarget, std::string> settle(const ProcessorTable& table, std::string name,
                                                const FeatureWords& features,
                                                const std::vector<FeatureChange>& changes, bool on_machine,
                                                const JuliaVersion& version) {
  if (const auto unknown = unknown_feature(table, changes)) {
    return fmt::format("Julia {}.{} knows no processor feature \"{}\" on {}", version.major, version.minor,
                       *unknown, table.architectures[0]);
  }
  SessionTarget target;
  target.name = std::move(name);
  target.enabled = table.is_generated ? change_generated(table, features, changes)
                                      : change(table, features, changes, on_machine ? &features : nullptr);
  target.disabled = all_features(table);
  remove(target.disabled, target.enabled);
  return target;
}

std::string no_numbering(const Prefix& writer) {
  return fmt::format("how Julia {} numbers processor features on {} is not known", writer.version,
                     writer.arch);
}

std::variant<SessionTarget, std::string> TargetMemory::get(const ProcessorTable& table, const Prefix& writer,
                                                           const Make& make) {
  const std::lock_guard lock(mutex_);
  auto& found = made_[{&table, writer.version}];
  if (!found) found = make(table, JuliaVersion::parse(writer.version));
  return *found;
}

namespace {

class NamedProcessor final : public Processor {
 public:
  explicit NamedProcessor(std::string_view text) : text_(text), name_(text.substr(0, text.find(','))) {
    if (name_.empty() || text.find(';') != std::string_view::npos)
      throw Error(ErrorKind::usage, fmt::format("'{}' names no one processor", text));
    if (name_.size() < text.size()) changes_ = parse_changes(text.substr(name_.size() + 1), text);
  }
  std::string description() const override { return text_; }
  std::variant<SessionTarget, std::string> session_target(
      const Prefix& writer, const std::vector<CloneTarget>& image) const override {
    const ProcessorTable* table = image.empty() ? nullptr : processor_table(writer, image[0]);
    if (table == nullptr) return no_numbering(writer);
    return memory_.get(*table, writer, [this](const ProcessorTable& known, const JuliaVersion& version) {
      return target_of(known, version);
    });
  }

 private:
  std::variant<SessionTarget, std::string> target_of(const ProcessorTable& table,
                                                     const JuliaVersion& version) const {
    const std::string name(normal_name(table, name_));
    const auto features = cpu_features(table, name, version);
    if (!features) {
      return fmt::format("Julia {}.{} knows no processor \"{}\" on {}", version.major, version.minor, name_,
                         table.architectures[0]);
    }
    return settle(table, name, *features, changes_, false, version);
  }

  std::string text_, name_;
  std::vector<FeatureChange> changes_;
  mutable TargetMemory memory_;
};

class ProcessorOfImages final : public Processor {
 public:
  explicit ProcessorOfImages(std::vector<ImageOfProcessor> images) {
    for (ImageOfProcessor& image : images) add_image(image);
  }
  std::string description() const override {
    return witnesses_.size() == 1 ? fmt::format("the processor of {}", witnesses_[0].path)
                                  : fmt::format("the processor of {} images", witnesses_.size());
  }
  std::variant<SessionTarget, std::string> session_target(
      const Prefix& writer, const std::vector<CloneTarget>& image) const override {
    for (const Witness& witness : witnesses_) {
      if (image.empty() || !is_numbered_alike(witness, writer, image[0])) continue;
      if (!knows_all_of(witness, image))
        return fmt::format("it needs processor features that {} says nothing of", witness.path);
      const CloneTarget& target = witness.target;
      return SessionTarget{target.name, target.features_enabled, target.features_disabled};
    }
    return fmt::format("{} is by another Julia than {} on {}, which may number processor features otherwise",
                       witnesses_.size() == 1 ? witnesses_[0].path : "each image that tells the processor",
                       writer.version, writer.arch);
  }

 private:
  struct Witness {
    std::string path;
    Prefix writer;
    CloneTarget target;
  };

  void add_image(ImageOfProcessor& image) {
    if (!image.header.is_split())
      throw Error(ErrorKind::usage, "it has no native code, and tells no processor", image.path);
    auto targets = decode_clone_targets(image.header.clone_targets);
    if (targets.size() != 1) {
      throw Error(ErrorKind::usage,
                  fmt::format("it was compiled for {} processors, and does not tell that of its machine: "
                              "name one that was compiled without JULIA_CPU_TARGET",
                              targets.size()),
                  image.path);
    }
    witnesses_.push_back({image.path, image.header.prefix, std::move(targets[0])});
  }

  static bool is_numbered_alike(const Witness& witness, const Prefix& writer, const CloneTarget& target) {
    if (witness.writer.arch != writer.arch || witness.target.base.has_value() != target.base.has_value() ||
        witness.target.features_enabled.size() != target.features_enabled.size())
      return false;
    const ProcessorTable* table = processor_table(writer, target);
    if (table != nullptr) return table == processor_table(witness.writer, witness.target);
    return witness.writer.version == writer.version && witness.writer.commit == writer.commit;
  }

  static bool knows_all_of(const Witness& witness, const std::vector<CloneTarget>& image) {
    FeatureWords known = witness.target.features_enabled;
    add(known, witness.target.features_disabled);
    return std::ranges::all_of(image, [&](const CloneTarget& target) {
      FeatureWords needed = target.features_enabled;
      remove(needed, known);
      return std::ranges::all_of(needed, [](uint32_t word) { return word == 0; });
    });
  }

  std::vector<Witness> witnesses_;
};

}  // namespace
}  // namespace check

std::shared_ptr<const Processor> named_processor(std::string_view text) {
  return std::make_shared<check::NamedProcessor>(text);
}

std::shared_ptr<const Processor> processor_of_images(std::vector<ImageOfProcessor> images) {
  return std::make_shared<check::ProcessorOfImages>(std::move(images));
}

}  // namespace jireloc
