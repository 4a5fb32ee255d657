// Each kind of path that code can name, planted in real images at equal length, their checksums kept: what
// becomes of the image.
#include <catch2/catch.hpp>
#include <filesystem>

#include "bytes/folders.hpp"
#include "bytes/transaction.hpp"
#include "payload/keep_checksum.hpp"
#include "payload/regions.hpp"
#include "rewrite/execute.hpp"
#include "support/corpus.hpp"
#include "support/temp_folder.hpp"
#include "test_places.hpp"

using namespace jireloc;

namespace {

constexpr std::string_view kOld = "/home/pkgeval/.julia", kNew = "/usr/share/julia";

std::vector<std::string> leaves(const std::string& kind) {
  std::vector<std::string> found;
  for (const char* version : {"1.9.4", "1.10.8", "1.12.5", "1.14.0-DEV"}) {
    for (const char* form : {"-plain", "-split"}) {
      const std::filesystem::path folder =
          std::filesystem::path(JIRELOC_CORPUS) / (version + std::string(form)) / kind;
      for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.path().extension() == ".ji" && entry.path().parent_path().filename() == "Leaf")
          found.push_back(entry.path());
      }
    }
  }
  REQUIRE(found.size() == 8);
  return found;
}

struct Constant {
  Occurrence place;
  std::string text;
};

// The path constant that the image of Leaf holds: its table's.
Constant constant_of(const ImagePair& image) {
  const std::vector<std::string> old = {std::string(kOld)};
  for (const Occurrence& found :
       scan_payload({image.file, *image.ji, image.library.get()}, old).occurrences) {
    if (found.kind != OccurrenceKind::path_constant || !found.text.ends_with("table.csv")) continue;
    CHECK((found.section == "sysdata") == image.file.prefix.version.starts_with("1.9."));
    return {found, found.text};
  }
  FAIL("no constant in " << image.path);
  return {};
}

struct Planting {
  test::TempFolder folder;
  MappedView view{{{std::string(kOld), folder / "old"}, {std::string(kNew), folder / "new"}}, plain_};

  void make(const std::string& seen) const {
    const std::string path = view.actual(seen);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    test::write_file(path, "x");
  }

  // The image with another text in place of its constant's.
  ImagePair plant(const std::string& image_path, const std::string& text) const {
    const ImagePair image = open_image(image_path);
    const Constant constant = constant_of(image);
    REQUIRE(text.size() == constant.text.size());
    const auto open = payload::open_payload({image.file, *image.ji, image.library.get()}, {});
    std::vector<BytePatch> patches = {{constant.place.text_offset, text}};
    REQUIRE(payload::keep_payload_checksum(*open.place, patches).solved);
    RewritePlan plan;
    plan.after = image.file;
    (open.place->file == PayloadFile::image ? plan.payload.image : plan.payload.library) = patches;
    Transaction transaction;
    rewriting::Target target;
    target.ji = folder / "planted.ji";
    target.folder = open_folder(real_file_system(), folder.path());
    rewriting::prepare(image, plan, target, transaction);
    transaction.commit(Durability::none);
    return open_image(folder / "planted.ji");
  }

  RewritePlan rewrite(const ImagePair& image, PayloadMode mode = PayloadMode::automatic) const {
    RewriteOptions options;
    options.map.add({std::string(kOld), std::string(kNew)});
    options.payload = mode;
    options.force_unproven = true;  // the sources are another test's
    ProofCache proofs;
    return plan_rewrite(image, options, view, proofs);
  }

 private:
  FileView plain_;
};

// `head`, filled up with `with` to the constant's length.
std::string filled(std::string head, const std::string& image_path, const std::string& tail = {}) {
  const size_t size = constant_of(open_image(image_path)).text.size();
  REQUIRE(head.size() + tail.size() < size);
  head.append(size - head.size() - tail.size(), 'x');
  return head + tail;
}

std::string text_after(const ImagePair& image, const RewritePlan& plan, const std::string& planted) {
  const std::string& path = image.file.payload.size != 0 ? image.path : image.library_path;
  std::string bytes = test::read_bytes(path);
  const size_t at = bytes.find(planted);
  REQUIRE(at != std::string::npos);
  for (const BytePatch& patch : image.file.payload.size != 0 ? plan.payload.image : plan.payload.library)
    bytes.replace(patch.offset, patch.bytes.size(), patch.bytes);
  return bytes.substr(at, planted.size());
}

bool has_reason(const RewritePlan& plan, Code code) {
  return std::any_of(plan.reasons.begin(), plan.reasons.end(),
                     [&](const Reason& reason) { return reason.code == code; });
}

}  // namespace

TEST_CASE("an image that names what lies at the old place and will not be at the new one is left alone") {
  for (const std::string& image_path : leaves("images")) {
    for (const std::string head :
         {"/scratchspaces/", "/environments/v1/", "/artifacts/", "/conda/3/", "/logs/"}) {
      INFO(image_path << head);
      const Planting planting;
      planting.make(std::string(kNew) + "/packages/Other/file");
      const std::string text = filled(std::string(kOld) + head, image_path);
      planting.make(text);
      const ImagePair image = planting.plant(image_path, text);
      const RewritePlan plan = planting.rewrite(image);
      CHECK(plan.status == RewriteStatus::skipped);
      CHECK(has_reason(plan, Code::constant_would_break));
      CHECK(plan.reasons.back().message.find(text) != std::string::npos);
      for (const PayloadMode mode : {PayloadMode::require, PayloadMode::refuse_constants}) {
        CHECK(planting.rewrite(image, mode).status == RewriteStatus::failed);
        CHECK(has_reason(planting.rewrite(image, mode), Code::constant_would_break));
      }
      planting.make(std::string(kNew) + text.substr(kOld.size()));
      CHECK(planting.rewrite(image).status == RewriteStatus::rewritten);
    }
  }
}

TEST_CASE("a path that is made at run time, flags and brackets are rewritten, and Julia's own is not") {
  for (const std::string& image_path : leaves("images")) {
    INFO(image_path);
    const Planting planting;
    const std::string old(kOld), made = filled(old + "/made/", image_path),
                                 julia = filled(old + "/juliaup/", image_path),
                                 flag = filled("-I" + old + "/", image_path),
                                 two = filled("-I" + old + "/a -L" + old + "/", image_path);
    planting.make(julia);
    planting.make(std::string(kNew) + flag.substr(2 + kOld.size()));
    planting.make(std::string(kNew) + "/a");
    planting.make(std::string(kNew) + two.substr(7 + 2 * kOld.size()));
    const std::string moved = std::string(kNew) + std::string(kOld.size() - kNew.size() + 1, '/');
    std::vector<std::pair<std::string, std::string>> all = {
        {made, moved + made.substr(kOld.size() + 1)},
        {julia, julia},
        {flag, "-I" + moved + flag.substr(kOld.size() + 3)},
        {two, "-I" + moved + "a -L" + moved + two.substr(2 * kOld.size() + 8)}};
    for (const std::string pair : {"<>", "[]", "{}", "||"}) {
      const std::string text = filled(pair[0] + old + "/", image_path, pair.substr(1));
      planting.make(std::string(kNew) + text.substr(1 + kOld.size(), text.size() - 2 - kOld.size()));
      all.emplace_back(text, pair[0] + moved + text.substr(kOld.size() + 2));
    }
    for (const auto& [text, wanted] : all) {
      INFO(text);
      const ImagePair image = planting.plant(image_path, text);
      const RewritePlan plan = planting.rewrite(image, PayloadMode::refuse_constants);
      CHECK(plan.status == RewriteStatus::rewritten);
      CHECK(text_after(image, plan, text) == wanted);
      CHECK(plan.audit.count(PathOutcome::absent_before) >= (text == made ? 1u : 0u));
      CHECK(plan.audit.count(PathOutcome::would_break) == 0);
    }
  }
}

TEST_CASE("an image whose payload names a former place is rewritten from there too") {
  for (const std::string& image_path : leaves("header-relocated")) {
    INFO(image_path);
    // The header says /usr/share/julia or @depot, the payload /home/pkgeval/.julia, which is gone.
    const test::TempFolder folder;
    const FileView plain;
    const MappedView view({{std::string(kOld), folder / "gone"},
                           {std::string(kNew), folder / "mid"},
                           {"/opt/julia", folder / "now"}},
                          plain);
    std::filesystem::create_directories(folder / "now/packages/Leaf/YapGN/data");
    test::write_file(folder / "now/packages/Leaf/YapGN/data/table.csv", "x");
    // The library is as it was: the corpus holds it beside the image that Julia wrote.
    std::filesystem::copy(image_path, folder / "a.ji");
    std::string library = image_path.substr(0, image_path.size() - 3) + ".so";
    library.replace(library.find("header-relocated"), std::string("header-relocated").size(), "images");
    if (std::filesystem::exists(library)) std::filesystem::copy(library, folder / "a.so");
    const ImagePair image = open_image(folder / "a.ji");
    REQUIRE(image.file.is_split() == (image.library != nullptr));
    RewriteOptions options;
    options.map.add({std::string(kNew), "/opt/julia"});
    options.force_unproven = true;
    ProofCache proofs;
    const RewritePlan plan = plan_rewrite(image, options, view, proofs);
    CHECK(plan.status == RewriteStatus::rewritten);
    CHECK(plan.audit.former == std::vector<PathMapping>{{std::string(kOld), "/opt/julia"}});
    CHECK(plan.payload.remaining_constants() == 0);
    CHECK(text_after(image, plan, constant_of(image).text).starts_with("/opt/julia//"));
  }
}
