#include "support/random_image.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "bytes/writer.hpp"
#include "jireloc/crc32c.hpp"

namespace jireloc::test {
namespace {

constexpr uint64_t kChecksumMark = uint64_t{0xFAFBFCFD} << 32;  // the upper half of Julia's build ids

// Version texts that a layout's files may carry; those of development builds do not say which layout it is.
const std::vector<std::string>& versions_of(const Layout& layout) {
  static const std::map<std::string_view, std::vector<std::string>> versions{
      {"V6", {"1.0.0"}},
      {"V7", {"1.0.5", "1.1.1", "1.1.0-DEV"}},
      {"V8", {"1.2.0"}},
      {"V9", {"1.3.1", "1.3.0-DEV"}},
      {"V10", {"1.4.2"}},
      {"V11a", {"1.5.3", "1.5.0-DEV", "1.6.0-DEV"}},
      {"V11b", {"1.6.7", "1.8.5", "1.9.0-alpha1", "1.6.0-DEV", "1.10.0-DEV"}},
      {"V12a", {"1.9.4", "1.10.8", "1.9.0-beta1", "1.10.0-DEV", "1.11.0-DEV"}},
      {"V12b", {"1.11.0", "1.12.5", "1.13.0-beta3", "1.11.0-DEV", "1.13.0-alpha1"}},
      {"V12c", {"1.13.0-rc1", "1.13.2", "1.13.0-beta3", "1.13.0"}},
      {"V13a", {"1.14.0-DEV"}},
      {"V13b", {"1.14.0-DEV"}},
      {"V14", {"1.14.0-DEV"}},
      {"V15", {"1.14.0-DEV", "1.14.0-alpha1"}}};
  return versions.at(layout.name);
}

class Maker {
 public:
  Maker(Chooser& choose, const Layout& layout, const ImageWishes& wishes)
      : choose_(choose), layout_(layout), wishes_(wishes) {}

  RandomImage make() {
    prefix();
    worklist();
    dependencies();
    preferences();
    required_modules();
    const bool split = layout_.has_clone_targets() && wishes_.may_split && choose_.one_in(3);
    if (split) clone_targets();
    std::string payload;
    if (!split || layout_.payload_always_here) {
      payload = wishes_.payload.empty() ? choose_.bytes(1 + choose_.below(300)) : wishes_.payload;
    } else {
      file_.checksum = kChecksumMark | (choose_.bits() & 0xFFFFFFFF);
      file_.so_crc = static_cast<uint32_t>(choose_.bits());
    }
    return lay_out(std::move(file_), std::move(payload), texts_);
  }

 private:
  std::string name() {
    static const std::string letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.!-+ ";
    static const std::string odd = "\n\t\x1b\\\"'\x7f\xff\xfe\xc3\xa9=:@";
    std::string text;
    for (uint64_t size = 1 + choose_.below(12); size > 0; --size)
      text += wishes_.any_bytes && choose_.one_in(8) ? odd[choose_.below(odd.size())]
                                                     : letters[choose_.below(letters.size())];
    return text;
  }

  Uuid uuid() { return choose_.one_in(6) ? Uuid{} : Uuid{choose_.bits(), choose_.bits()}; }

  void prefix() {
    file_.layout = &layout_;
    Prefix& prefix = file_.prefix;
    prefix.format = layout_.format;
    prefix.pointer_size = choose_.one_in(4) ? 4 : 8;
    prefix.uname = choose_.of<std::string>({"Linux", "Linux", "Windows", "Darwin", "FreeBSD", ""});
    windows_ = prefix.uname == "Windows";
    prefix.arch = choose_.of<std::string>({"x86_64", "aarch64", "i686", "powerpc64le", ""});
    prefix.version = choose_.of(versions_of(layout_));
    if (layout_.gc_name) prefix.gc = choose_.of<std::string>({"stock", "mmtk", ""});
    if (layout_.prefix == PrefixForm::reordered) prefix.image_flags = choose_.one_in(2) ? 1 : 3;
    if (!choose_.one_in(4)) {
      prefix.branch = name();
      prefix.commit = std::string(40, "0123456789abcdef"[choose_.below(16)]);
    }
    if (layout_.prefix != PrefixForm::basic) file_.flags = static_cast<uint8_t>(choose_.bits());
    if (layout_.syntax_version) file_.syntax_version = static_cast<uint8_t>(choose_.bits());
  }

  void worklist() {
    for (uint64_t count = choose_.below(4); count > 0; --count)
      file_.worklist.push_back({name(), uuid(), choose_.bits()});
  }

  std::string folder() {
    if (!wishes_.root.empty()) return wishes_.root;
    if (layout_.content_tracking && choose_.one_in(2)) return "@depot";
    if (windows_) return choose_.of<std::string>({"C:\\depot", "D:/depot", "\\\\server\\share"});
    return choose_.of<std::string>({"/home/u/.julia", "/usr/share/julia", "/d", ""});
  }

  std::string path() {
    const char separator = windows_ && wishes_.root.empty() ? '\\' : '/';
    std::string text = folder();
    for (uint64_t depth = 1 + choose_.below(5); depth > 0; --depth) text += separator + name();
    return text;
  }

  double mtime() {
    switch (choose_.below(6)) {
      case 0:
        return -1.0;
      case 1:
        return 0.0;
      case 2:
        return std::bit_cast<double>(choose_.bits());  // infinities and NaNs with a payload among them
      default:
        return 1.7e9 + static_cast<double>(choose_.below(1'000'000'000)) * 1e-3;
    }
  }

  void dependencies() {
    // One at least: without any, a development build's layout cannot be told.
    for (uint64_t count = 1 + choose_.below(6); count > 0; --count) {
      Dependency entry;
      const bool require = choose_.one_in(3);
      entry.path = require ? std::string(1, '\0') + uuid().number_bytes() + name() : path();
      if (!require && !paths_.insert(entry.path).second) continue;
      entry.mtime = require ? 0.0 : mtime();
      if (layout_.content_tracking && !require) {
        entry.fsize = choose_.one_in(4) ? choose_.bits() : choose_.below(5000);
        entry.hash = static_cast<uint32_t>(choose_.bits());
      }
      entry.module_index = static_cast<int32_t>(choose_.below(file_.worklist.size() + 1));
      if (entry.module_index != 0)
        for (uint64_t depth = choose_.below(3); depth > 0; --depth) entry.submodules.push_back(name());
      if (!require && choose_.one_in(2)) {
        file_.source_texts.push_back({entry.path, {}});
        texts_.push_back(choose_.one_in(5) ? "" : choose_.bytes(choose_.below(200)));
      }
      file_.dependencies.push_back(std::move(entry));
    }
  }

  void preferences() {
    Preferences& preferences = file_.preferences;
    if (layout_.preferences == PreferencesForm::list) {
      for (uint64_t count = choose_.below(4); count > 0; --count) preferences.names.push_back(name());
      preferences.hash = choose_.bits();
    } else if (layout_.preferences == PreferencesForm::blob && choose_.one_in(2)) {
      preferences.blob = "[" + name() + "]\nx = " + std::to_string(choose_.below(100)) + "\n";
    }
  }

  void required_modules() {
    for (uint64_t count = choose_.below(5); count > 0; --count) {
      RequiredModule module{name(), uuid(), 0, choose_.bits()};
      if (layout_.wide_build_ids) module.build_id_hi = kChecksumMark | (choose_.bits() & 0xFFFFFFFF);
      file_.required_modules.push_back(std::move(module));
    }
  }

  void clone_targets() {
    std::vector<CloneTarget> targets(1 + choose_.below(3));
    for (CloneTarget& target : targets) {
      target.flags = static_cast<uint32_t>(choose_.bits());
      for (uint64_t words = choose_.below(4); words > 0; --words) {
        target.features_enabled.push_back(static_cast<uint32_t>(choose_.bits()));
        target.features_disabled.push_back(static_cast<uint32_t>(choose_.bits()));
      }
      target.name = name();
      if (choose_.one_in(2)) target.extra_features = "+" + name();
    }
    file_.clone_targets = encode_clone_targets(targets);
  }

  Chooser& choose_;
  const Layout& layout_;
  const ImageWishes& wishes_;
  bool windows_ = false;
  CacheFile file_;
  std::vector<std::string> texts_;
  std::set<std::string> paths_;
};

}  // namespace

RandomImage random_image(Chooser& choose, const Layout& layout, const ImageWishes& wishes) {
  return Maker(choose, layout, wishes).make();
}

RandomImage lay_out(CacheFile file, std::string payload, const std::vector<std::string>& texts) {
  const bool here = !file.is_split() || file.layout->payload_always_here;
  if (!here) payload.clear();
  if (here && file.layout->has_aligned_payload()) {
    if (payload.empty()) payload = "p";  // Julia asserts datastartpos < dataendpos
    const uint64_t mark = file.layout->prefix == PrefixForm::reordered ? 0 : kChecksumMark;
    file.checksum = mark | crc32c::value(payload);
  }
  // A section of the texts alone is enough for place(), which encodes it anew.
  std::string section;
  std::vector<std::string> names;
  file.srctextpos = 0;
  file.datastartpos = file.dataendpos = 0;
  for (size_t i = 0; i < file.source_texts.size(); ++i) {
    file.source_texts[i].text = {section.size(), texts.at(i).size()};
    section += texts[i];
    names.push_back(file.source_texts[i].path);
  }
  file.source_section = std::make_shared<const std::string>(std::move(section));
  file.payload = {0, payload.size()};
  place(file, names);
  RandomImage image{std::move(file), std::move(payload), {}};
  const auto source = view_bytes(image.payload);
  image.bytes = serialize_ji(image.file, *source, {0, image.payload.size()});
  return image;
}

std::string encode_clone_targets(const std::vector<CloneTarget>& targets) {
  bytes::ByteWriter out;
  out.i32(static_cast<int32_t>(targets.size()));
  for (const CloneTarget& target : targets) {
    out.u32(target.flags);
    out.i32(static_cast<int32_t>(target.features_enabled.size()));
    for (const uint32_t word : target.features_enabled) out.u32(word);
    for (const uint32_t word : target.features_disabled) out.u32(word);
    out.counted(target.name);
    out.counted(target.extra_features);
  }
  return std::move(out).take();
}

std::vector<std::string> texts_of(const CacheFile& file) {
  std::vector<std::string> texts;
  for (const SourceText& source : file.source_texts) texts.emplace_back(file.text(source));
  return texts;
}

std::string difference(const CacheFile& a, const CacheFile& b) {
  if (a.layout != b.layout) return "layout";
  if (!(a.prefix == b.prefix)) return "prefix";
  if (a.pkgimage != b.pkgimage) return "pkgimage";
  if (a.checksum != b.checksum) return "checksum";
  if (a.datastartpos != b.datastartpos || a.dataendpos != b.dataendpos) return "payload positions";
  if (a.flags != b.flags || a.syntax_version != b.syntax_version) return "flags";
  if (a.worklist != b.worklist) return "worklist";
  if (a.dependencies != b.dependencies) return "dependencies";
  if (!(a.preferences == b.preferences)) return "preferences";
  if (a.srctextpos != b.srctextpos) return "srctextpos";
  if (a.required_modules != b.required_modules) return "required modules";
  if (a.clone_targets != b.clone_targets) return "clone targets";
  if (a.header_end != b.header_end || a.padding != b.padding) return "padding";
  if (!(a.payload == b.payload)) return "payload extent";
  if (a.source_texts != b.source_texts) return "source texts";
  if (texts_of(a) != texts_of(b)) return "contents of source texts";
  if (a.so_crc != b.so_crc) return "so-crc";
  if (a.file_size != b.file_size) return "file size";
  return {};
}

}  // namespace jireloc::test
