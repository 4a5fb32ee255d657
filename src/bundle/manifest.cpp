// The first entry of a bundle: JSON that says all of what follows.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "bundle/json_text.hpp"
#include "bundle/names.hpp"
#include "jireloc/bundle.hpp"
#include "jireloc/path_map.hpp"
#include "jireloc/paths.hpp"

namespace jireloc {

std::string_view name(BundleFileKind kind) noexcept {
  constexpr std::string_view kNames[] = {"file", "folder", "link"};
  return kNames[static_cast<size_t>(kind) % std::size(kNames)];
}

namespace bundles {
namespace {

constexpr std::string_view kSchema = "jireloc/bundle/1";
constexpr size_t kMostFiles = 5'000'000;
constexpr size_t kMostSpellings = 100;

std::string hex_of(std::string_view raw) {
  std::string text;
  for (const char c : raw) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

// "name":"text", or "name_hex":"bytes" where they are no UTF-8.
std::string member(std::string_view name, std::string_view raw) {
  return is_utf8(raw) ? fmt::format("\"{}\":{}", name, quoted(raw))
                      : fmt::format("\"{}_hex\":\"{}\"", name, hex_of(raw));
}

std::string list_of(const std::vector<std::string>& texts) {
  std::vector<std::string> items;
  for (const std::string& text : texts) items.push_back(quoted(text));
  return fmt::format("[{}]", fmt::join(items, ","));
}

std::string text_of(const Prefix& julia) {
  return fmt::format("{{{},{},{},{},{},{},\"format\":{},\"pointer_size\":{},\"image_flags\":{}}}",
                     member("version", julia.version), member("uname", julia.uname),
                     member("arch", julia.arch), member("branch", julia.branch),
                     member("commit", julia.commit), member("gc", julia.gc), julia.format, julia.pointer_size,
                     julia.image_flags);
}

std::string text_of(const BundlePackage& package) {
  return fmt::format("{{{},{},\"uuid\":\"{}\",{},\"tree\":\"{}\"}}", member("path", package.path),
                     member("name", package.name), package.uuid ? package.uuid->text() : "",
                     member("version", package.version), package.tree);
}

std::string text_of(const RequiredModule& module) {
  return fmt::format("{{{},\"uuid\":\"{}\",\"build_id\":\"{}{}\"}}", member("name", module.name),
                     module.uuid.text(), hex64(module.build_id_hi), hex64(module.build_id_lo));
}

std::string text_of(const BundleImage& image) {
  return fmt::format(
      "{{{},{},{},\"uuid\":\"{}\",\"build_id\":\"{}{}\",\"julia\":{},\"flags\":{},\"processors\":{},\"clone_"
      "targets\":\"{}\","
      "\"packages\":{},\"rests_on\":{},\"needs\":[{}]}}",
      member("path", image.path), member("library", image.library), member("name", image.name),
      image.uuid.text(), hex64(image.build_id_hi), hex64(image.build_id_lo), image.julia, image.flags,
      list_of(image.processors), hex_of(image.clone_targets), list_of(image.packages),
      list_of(image.rests_on), fmt::join(image.needs, ","));
}

std::string text_of(const BundleFile& file) {
  std::string text =
      fmt::format("{{{},\"kind\":\"{}\",\"mode\":\"{:04o}\",\"mtime\":\"{}.{:09}\"",
                  member("path", file.path), name(file.kind), file.mode, file.seconds, file.nanoseconds);
  if (file.kind == BundleFileKind::file)
    text += fmt::format(",\"size\":{},\"xxh3_128\":\"{}\"", file.size, file.digest);
  if (file.kind == BundleFileKind::link) text += "," + member("link", file.link);
  return text + "}";
}

// Those that are no UTF-8 under a key of their own.
std::string spellings_of(const BundleManifest& manifest) {
  std::vector<std::string> texts, others;
  for (const std::string& name : manifest.spellings)
    is_utf8(name) ? texts.push_back(name) : others.push_back(hex_of(name));
  std::string text = fmt::format("\"spellings\":{}", list_of(texts));
  if (!others.empty()) text += fmt::format(",\n\"spellings_hex\":{}", list_of(others));
  return text;
}

// One a line.
template <typename Values>
std::string lines_of(std::string_view name, const Values& values) {
  std::string text = fmt::format("\"{}\":[", name);
  std::string_view between = "\n";
  for (const auto& value : values) {
    text += between;
    text += text_of(value);
    between = ",\n";
  }
  return text + "]";
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& name) : json_(text, name) {}

  BundleManifest parse() {
    std::string schema;
    json_.object([&](const std::string& key) {
      if (key == "schema")
        schema = json_.string();
      else if (takes(key, "depot"))
        manifest_.depot = raw(key);
      else if (takes(key, "spellings"))
        json_.array([&] { manifest_.spellings.push_back(raw(key)); });
      else if (key == "julias")
        json_.array([&] { manifest_.julias.push_back(julia()); });
      else if (key == "packages")
        json_.array([&] { manifest_.packages.push_back(package()); });
      else if (key == "artifacts")
        json_.array([&] { manifest_.artifacts.push_back(json_.string()); });
      else if (key == "images")
        json_.array([&] { manifest_.images.push_back(image()); });
      else if (key == "modules")
        json_.array([&] { manifest_.modules.push_back(module()); });
      else if (key == "files")
        json_.array([&] { add(file()); });
      else
        json_.skip();
    });
    json_.end();
    if (schema != kSchema) json_.fail(fmt::format("its schema is not {}", kSchema));
    check();
    return std::move(manifest_);
  }

 private:
  static bool takes(std::string_view key, std::string_view name) {
    return key == name || (key.size() == name.size() + 4 && key.starts_with(name) && key.ends_with("_hex"));
  }

  std::string raw(const std::string& key) {
    std::string text = json_.string();
    return key.ends_with("_hex") ? bytes_of(text) : text;
  }

  std::string bytes_of(const std::string& hex) {
    if (hex.size() % 2 != 0) json_.fail("half of a byte");
    std::string bytes;
    for (size_t at = 0; at < hex.size(); at += 2)
      bytes += static_cast<char>(integer(std::string_view(hex).substr(at, 2), 16));
    return bytes;
  }

  uint64_t integer(std::string_view text, int base) {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size())
      json_.fail("not a number where one belongs");
    return value;
  }

  template <typename Number>
  Number number_up_to(uint64_t most) {
    const uint64_t value = json_.number();
    if (value > most) json_.fail("a number is too large");
    return static_cast<Number>(value);
  }

  std::vector<std::string> strings() {
    std::vector<std::string> texts;
    json_.array([&] { texts.push_back(json_.string()); });
    return texts;
  }

  Uuid uuid(const std::string& text) {
    const auto value = Uuid::parse(text);
    if (!value) json_.fail("not a UUID");
    return *value;
  }

  void build_id(uint64_t& hi, uint64_t& lo) {
    const std::string text = json_.string();
    if (text.size() != 32) json_.fail("a build id has 32 hex digits");
    hi = integer(std::string_view(text).substr(0, 16), 16);
    lo = integer(std::string_view(text).substr(16), 16);
  }

  Prefix julia() {
    Prefix julia;
    json_.object([&](const std::string& key) {
      if (takes(key, "version"))
        julia.version = raw(key);
      else if (takes(key, "uname"))
        julia.uname = raw(key);
      else if (takes(key, "arch"))
        julia.arch = raw(key);
      else if (takes(key, "branch"))
        julia.branch = raw(key);
      else if (takes(key, "commit"))
        julia.commit = raw(key);
      else if (takes(key, "gc"))
        julia.gc = raw(key);
      else if (key == "format")
        julia.format = number_up_to<uint16_t>(UINT16_MAX);
      else if (key == "pointer_size")
        julia.pointer_size = number_up_to<uint8_t>(UINT8_MAX);
      else if (key == "image_flags")
        julia.image_flags = number_up_to<uint32_t>(UINT32_MAX);
      else
        json_.skip();
    });
    return julia;
  }

  BundlePackage package() {
    BundlePackage package;
    json_.object([&](const std::string& key) {
      if (takes(key, "path"))
        package.path = raw(key);
      else if (takes(key, "name"))
        package.name = raw(key);
      else if (takes(key, "version"))
        package.version = raw(key);
      else if (key == "tree")
        package.tree = json_.string();
      else if (key == "uuid") {
        if (const std::string text = json_.string(); !text.empty()) package.uuid = uuid(text);
      } else
        json_.skip();
    });
    return package;
  }

  RequiredModule module() {
    RequiredModule module;
    json_.object([&](const std::string& key) {
      if (takes(key, "name"))
        module.name = raw(key);
      else if (key == "uuid")
        module.uuid = uuid(json_.string());
      else if (key == "build_id")
        build_id(module.build_id_hi, module.build_id_lo);
      else
        json_.skip();
    });
    return module;
  }

  BundleImage image() {
    BundleImage image;
    json_.object([&](const std::string& key) {
      if (takes(key, "path"))
        image.path = raw(key);
      else if (takes(key, "library"))
        image.library = raw(key);
      else if (takes(key, "name"))
        image.name = raw(key);
      else if (key == "uuid")
        image.uuid = uuid(json_.string());
      else if (key == "build_id")
        build_id(image.build_id_hi, image.build_id_lo);
      else if (key == "julia")
        image.julia = number_up_to<size_t>(kMostFiles);
      else if (key == "flags")
        image.flags = number_up_to<uint8_t>(UINT8_MAX);
      else if (key == "processors")
        image.processors = strings();
      else if (key == "clone_targets")
        image.clone_targets = bytes_of(json_.string());
      else if (key == "packages")
        image.packages = strings();
      else if (key == "rests_on")
        image.rests_on = strings();
      else if (key == "needs")
        json_.array([&] { image.needs.push_back(number_up_to<size_t>(kMostFiles)); });
      else
        json_.skip();
    });
    return image;
  }

  void time_of(BundleFile& file) {
    const std::string text = json_.string();
    const size_t point = text.find('.');
    if (point == std::string::npos || text.size() - point != 10)
      json_.fail("a time has nine digits behind a point");
    const bool is_negative = text[0] == '-';
    const uint64_t seconds = integer(std::string_view(text).substr(is_negative, point - is_negative), 10);
    if (seconds > uint64_t{1} << 60) json_.fail("a time is too large");
    file.seconds = is_negative ? -static_cast<int64_t>(seconds) : static_cast<int64_t>(seconds);
    file.nanoseconds = static_cast<uint32_t>(integer(std::string_view(text).substr(point + 1), 10));
  }

  mode_t mode() {
    const uint64_t bits = integer(json_.string(), 8);
    if (bits > 0777) json_.fail("a mode has more than permission bits");
    return static_cast<mode_t>(bits);
  }

  BundleFileKind kind() {
    const std::string text = json_.string();
    for (const auto kind : {BundleFileKind::file, BundleFileKind::folder, BundleFileKind::link})
      if (text == name(kind)) return kind;
    json_.fail("an unknown kind of file");
  }

  BundleFile file() {
    BundleFile file;
    json_.object([&](const std::string& key) {
      if (takes(key, "path"))
        file.path = raw(key);
      else if (key == "kind")
        file.kind = kind();
      else if (key == "mode")
        file.mode = mode();
      else if (key == "mtime")
        time_of(file);
      else if (key == "size")
        file.size = json_.number();
      else if (key == "xxh3_128")
        file.digest = json_.string();
      else if (takes(key, "link"))
        file.link = raw(key);
      else
        json_.skip();
    });
    return file;
  }

  // A bundle's files come in the order of their paths, so none comes twice, and a folder comes before what is
  // in it.
  void add(BundleFile file) {
    if (manifest_.files.size() == kMostFiles) json_.fail(fmt::format("more than {} files", kMostFiles));
    if (const std::string_view why = refused_name(file.path); !why.empty())
      json_.fail(fmt::format("\"{}\" cannot be the name of a file: {}", file.path, why));
    if (!manifest_.files.empty() && manifest_.files.back().path >= file.path)
      json_.fail(fmt::format("{} is out of order, or there twice", file.path));
    if (file.kind == BundleFileKind::link)
      if (const std::string_view why = refused_link(file.path, file.link); !why.empty())
        json_.fail(fmt::format("the link {} to \"{}\" is refused: {}", file.path, file.link, why));
    if (file.kind == BundleFileKind::file ? file.digest.size() != 32 : file.size != 0)
      json_.fail(file.path + " has no digest, or is no file and has a size");
    require_place(file);
    if (file.kind == BundleFileKind::folder) folders_.insert(file.path);
    manifest_.files.push_back(std::move(file));
  }

  // What lies in a tree lies in a folder that the bundle holds; images are files, and their folders go
  // without saying.
  void require_place(const BundleFile& file) {
    const std::string_view tree = tree_of(file.path);
    const bool is_top = tree == file.path;
    if (tree.empty() ? file.kind != BundleFileKind::file : is_top && file.kind != BundleFileKind::folder)
      json_.fail(file.path + " is of a kind that does not belong there");
    if (!tree.empty() && !is_top && !folders_.contains(file.path.substr(0, file.path.rfind('/'))))
      json_.fail(file.path + " lies in no folder of the bundle");
  }

  bool has_file(const std::string& path, BundleFileKind kind) const {
    const auto found = std::lower_bound(
        manifest_.files.begin(), manifest_.files.end(), path,
        [](const BundleFile& file, const std::string& wanted) { return file.path < wanted; });
    return found != manifest_.files.end() && found->path == path && found->kind == kind;
  }

  void check() {
    check_spellings();
    for (const BundlePackage& package : manifest_.packages) require(package.path, BundleFileKind::folder);
    for (const std::string& artifact : manifest_.artifacts) require(artifact, BundleFileKind::folder);
    for (const BundleImage& image : manifest_.images) {
      require(image.path, BundleFileKind::file);
      if (!image.library.empty()) require(image.library, BundleFileKind::file);
      for (const size_t need : image.needs)
        if (need >= manifest_.modules.size())
          json_.fail(image.path + " needs a module that it does not list");
      if (image.julia >= manifest_.julias.size())
        json_.fail(image.path + " is of a Julia that it does not list");
    }
  }
  void check_spellings() {
    std::vector<std::string>& names = manifest_.spellings;
    if (names.size() > kMostSpellings) json_.fail(fmt::format("more than {} spellings", kMostSpellings));
    std::sort(names.begin(), names.end());
    for (size_t i = 0; i <= names.size(); ++i) {
      const std::string& name = i == names.size() ? manifest_.depot : names[i];
      if (!name.starts_with('/') || name.size() > kLongestPath || name.find('\0') != std::string::npos ||
          name.size() < 2 || name.ends_with('/'))
        json_.fail("the depot that it was packed from is no absolute path without a slash at its end");
      // Of two such names it is not said which part of a path belongs to the depot.
      for (size_t k = 0; k < std::min(i, names.size()); ++k)
        if (is_path_prefix(names[k], name) || is_path_prefix(name, names[k]))
          json_.fail(
              fmt::format("two names of one depot, one inside of the other: {} and {}", names[k], name));
    }
  }

  void require(const std::string& path, BundleFileKind kind) {
    if (!has_file(path, kind)) json_.fail(fmt::format("it lists {}, which is no {} of it", path, name(kind)));
  }

  JsonReader json_;
  BundleManifest manifest_;
  std::set<std::string, std::less<>> folders_;
};

}  // namespace
}  // namespace bundles

std::string bundle_manifest_text(const BundleManifest& manifest) {
  using namespace bundles;
  return fmt::format("{{\"schema\":\"{}\",\n{},\n{},\n{},\n{},\n\"artifacts\":{},\n{},\n{},\n{}}}\n", kSchema,
                     member("depot", manifest.depot), spellings_of(manifest),
                     lines_of("julias", manifest.julias), lines_of("packages", manifest.packages),
                     list_of(manifest.artifacts), lines_of("images", manifest.images),
                     lines_of("modules", manifest.modules), lines_of("files", manifest.files));
}

BundleManifest parse_bundle_manifest(std::string_view text, const std::string& name_for_messages) {
  return bundles::Parser(text, name_for_messages).parse();
}

}  // namespace jireloc
