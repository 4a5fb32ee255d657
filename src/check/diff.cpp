#include "jireloc/diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bytes/windows.hpp"
#include "jireloc/header_fields.hpp"

namespace jireloc {
namespace {

std::string hex_id(uint64_t hi, uint64_t lo) {
  return hi == 0 ? hex64(lo) : hex64(hi) + hex64(lo);
}

std::string size_and_crc(const Dependency& entry, bool content_tracking) {
  std::string text = fmt::format("mtime {:.9f}", entry.mtime);
  if (content_tracking) text += fmt::format(", size {}, CRC-32C {}", entry.fsize, hex32(entry.hash));
  if (entry.module_index != 0) text += fmt::format(", module {}", entry.module_index);
  for (const std::string& submodule : entry.submodules) text += "." + submodule;
  return text;
}

std::string entry_name(const Dependency& entry) {
  if (!entry.is_require()) return entry.path;
  return fmt::format("{} [{}]", entry.require_name(), entry.require_uuid().text());
}

using Values = std::map<std::string, std::string>;

class Differ {
 public:
  Differ(const CacheFile& a, const ByteSource& source_a, const CacheFile& b, const ByteSource& source_b)
      : a_(a), b_(b), source_a_(source_a), source_b_(source_b) {}

  std::vector<Difference> run() {
    compare("header", header(a_), header(b_));
    compare("worklist", worklist(a_), worklist(b_));
    compare_lists("dependency", a_.dependencies, b_.dependencies, entry_name,
                  [](const Dependency& entry, const CacheFile& file) {
                    return size_and_crc(entry, file.layout->content_tracking);
                  });
    compare("preferences", preferences(a_), preferences(b_));
    compare_lists(
        "required module", a_.required_modules, b_.required_modules,
        [](const RequiredModule& module) { return fmt::format("{} [{}]", module.name, module.uuid.text()); },
        [](const RequiredModule& module, const CacheFile&) {
          return hex_id(module.build_id_hi, module.build_id_lo);
        });
    if (a_.clone_targets != b_.clone_targets) add("clone targets", "", targets(a_), targets(b_));
    compare_texts();
    if (!payloads_equal()) add("payload", "", payload_text(a_), payload_text(b_));
    if (a_.so_crc != b_.so_crc) add("native library", "checksum", hex32(a_.so_crc), hex32(b_.so_crc));
    return std::move(found_);
  }

 private:
  void add(std::string_view code, std::string what, std::string a, std::string b) {
    found_.push_back({code, std::move(what), std::move(a), std::move(b)});
  }

  void compare(std::string_view code, const Values& a, const Values& b) {
    for (const auto& [key, value] : a) {
      const auto other = b.find(key);
      if (other == b.end()) {
        add(code, key, value, "");
      } else if (other->second != value) {
        add(code, key, value, other->second);
      }
    }
    for (const auto& [key, value] : b) {
      if (!a.contains(key)) add(code, key, "", value);
    }
  }

  template <typename Items, typename Name, typename Text>
  void compare_lists(std::string_view code, const Items& a, const Items& b, Name name, Text text) {
    Values values_a, values_b;
    std::vector<std::string> order_a, order_b;
    for (const auto& item : a) order_a.push_back(values_a.emplace(name(item), text(item, a_)).first->first);
    for (const auto& item : b) order_b.push_back(values_b.emplace(name(item), text(item, b_)).first->first);
    const size_t before = found_.size();
    compare(code, values_a, values_b);
    const bool same_members = std::none_of(found_.begin() + static_cast<std::ptrdiff_t>(before), found_.end(),
                                           [](const Difference& d) { return d.a.empty() || d.b.empty(); });
    if (same_members && order_a != order_b) add(code, "order", "one", "another");
  }

  static Values header(const CacheFile& file) {
    Values values = {{"layout", std::string(file.layout->name)}};
    const HeaderFields fields = header_fields(file);
    for (const auto& part : {fields.prefix, fields.rest})
      for (const HeaderField& field : part) values[std::string(field.name)] = field.shown();
    return values;
  }

  static Values worklist(const CacheFile& file) {
    Values values;
    for (const WorklistModule& module : file.worklist) {
      values[fmt::format("{} [{}]", module.name, module.uuid.text())] = hex64(module.build_id);
    }
    return values;
  }

  static Values preferences(const CacheFile& file) {
    if (file.layout->preferences == PreferencesForm::none) return {};
    if (file.layout->preferences == PreferencesForm::blob) return {{"observed", file.preferences.blob}};
    std::string names;
    for (const std::string& name : file.preferences.names) names += (names.empty() ? "" : ", ") + name;
    return {{"names", names}, {"hash", hex64(file.preferences.hash)}};
  }

  static std::string targets(const CacheFile& file) {
    if (file.clone_targets.empty()) return "none";
    std::string names;
    for (const CloneTarget& target : decode_clone_targets(file.clone_targets)) {
      names += (names.empty() ? "" : "; ") + target.name + target.extra_features;
    }
    return fmt::format("{} ({} bytes)", names, file.clone_targets.size());
  }

  void compare_texts() {
    std::map<std::string, std::string_view> texts_b;
    for (const SourceText& source : b_.source_texts) texts_b[source.path] = b_.text(source);
    for (const SourceText& source : a_.source_texts) {
      const std::string_view text = a_.text(source);
      const auto other = texts_b.find(source.path);
      if (other == texts_b.end()) {
        add("source text", source.path, fmt::format("{} bytes", text.size()), "");
        continue;
      }
      if (other->second != text) {
        add("source text", source.path, fmt::format("{} bytes", text.size()),
            fmt::format("{} bytes, first difference at {}", other->second.size(),
                        first_difference(text, other->second)));
      }
      texts_b.erase(other);
    }
    for (const auto& [path, text] : texts_b)
      add("source text", path, "", fmt::format("{} bytes", text.size()));
  }

  static size_t first_difference(std::string_view a, std::string_view b) {
    return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
  }

  static std::string payload_text(const CacheFile& file) {
    return file.payload.size == 0 ? "in the native library" : fmt::format("{} bytes", file.payload.size);
  }

  bool payloads_equal() const {
    return a_.payload.size == b_.payload.size &&
           bytes::equal(source_a_, a_.payload, source_b_, b_.payload.offset);
  }

  const CacheFile& a_;
  const CacheFile& b_;
  const ByteSource& source_a_;
  const ByteSource& source_b_;
  std::vector<Difference> found_;
};

}  // namespace

std::vector<Difference> diff_images(const CacheFile& a, const ByteSource& source_a, const CacheFile& b,
                                    const ByteSource& source_b) {
  return Differ(a, source_a, b, source_b).run();
}

}  // namespace jireloc
