#include "depot_maker/image.hpp"

#include <boost/filesystem/operations.hpp>

#include "bytes/writer.hpp"
#include "depot_maker/library.hpp"
#include "depot_maker/payload.hpp"
#include "jireloc/crc32c.hpp"
#include "jireloc/depot.hpp"

namespace depot_maker {
namespace {

using jireloc::CacheFile;
using jireloc::Dependency;

constexpr uint64_t kPackageChecksum = 0xFAFBFCFDull << 32;

class ImageMaker {
 public:
  ImageMaker(const ImageOrder& order, Random& random)
      : order_(order), family_(order.family), random_(random), file_(order.family.header) {
    absolute_ = order.recorded_depot + "/" + order.files.folder + "/";
    recorded_ =
        (file_.layout->content_tracking ? "@depot" : order.recorded_depot) + "/" + order.files.folder + "/";
  }

  MadeImage make() {
    const RealImage& base = choose_image(family_, order_.plan.size, random_);
    file_.worklist = {{order_.plan.name, order_.plan.uuid, order_.plan.build_id}};
    file_.preferences = {};
    add_dependencies();
    add_required_modules();
    add_texts();
    const uint64_t frame = family_.is_split() ? base.library.size() : 2500 + texts_size_;
    const uint64_t wanted = order_.plan.size > frame ? order_.plan.size - frame : 0;
    const std::string payload = make_payload(family_, base, wanted, payload_texts(), random_);
    if (file_.layout->wide_build_ids) file_.checksum = kPackageChecksum | jireloc::crc32c::value(payload);
    return write(payload, base);
  }

 private:
  void add_dependencies() {
    file_.dependencies.clear();
    for (const RecordedFile& source : order_.files.recorded) {
      Dependency entry;
      entry.path = recorded_ + source.path;
      entry.mtime = source.mtime;
      if (file_.layout->content_tracking) {
        entry.fsize = source.text.size();
        entry.hash = jireloc::crc32c::value(source.text);
        entry.mtime = -1.0;
      }
      // The entry file is evaluated outside of the module, an include_dependency in Main.
      const bool is_entry = &source == &order_.files.recorded.front();
      entry.module_index = is_entry || !source.stored ? 0 : 1;
      if (entry.module_index != 0 && !source.submodule.empty()) entry.submodules = {source.submodule};
      file_.dependencies.push_back(std::move(entry));
    }
    for (const Identity& needed : order_.direct) {
      Dependency entry;
      entry.path = std::string(1, '\0') + needed.uuid.number_bytes() + needed.name;
      entry.module_index = 1;
      file_.dependencies.push_back(std::move(entry));
    }
  }

  void add_required_modules() {
    for (const Identity& needed : order_.closure)
      file_.required_modules.push_back({needed.name, needed.uuid, needed.build_id_hi, needed.build_id_lo});
  }

  // place() reads the texts through their extents, which here count from the start of the section.
  void add_texts() {
    std::string section;
    file_.source_texts.clear();
    file_.srctextpos = 0;
    for (const RecordedFile& source : order_.files.recorded) {
      if (!source.stored) continue;
      text_names_.push_back(recorded_ + source.path);
      file_.source_texts.push_back({text_names_.back(), {section.size(), source.text.size()}});
      section += source.text;
    }
    texts_size_ = section.size();
    file_.source_section = std::make_shared<const std::string>(std::move(section));
  }

  // Some tens of names: file names of methods, docstrings' files, results of @__DIR__.
  PayloadTexts payload_texts() {
    PayloadTexts texts;
    for (const RecordedFile& source : order_.files.recorded) {
      if (texts.symbols.size() < 40) texts.symbols.push_back(absolute_ + source.path);
      if (texts.strings.size() < 25 && random_.chance(0.4)) texts.strings.push_back(absolute_ + source.path);
    }
    if (random_.chance(0.5)) texts.strings.push_back(absolute_ + "src");
    if (random_.chance(0.5)) texts.strings.push_back(absolute_ + "src/../data/table.csv");
    return texts;
  }

  MadeImage write(const std::string& payload, const RealImage& base) {
    const std::string folder = order_.depot + "/compiled/" + family_.folder + "/" + order_.plan.name;
    boost::filesystem::create_directories(folder);
    std::string configuration = jireloc::slug(static_cast<uint32_t>(random_.bits()), 5);
    const std::string stem = folder + "/" + jireloc::package_slug(order_.plan.uuid) + "_" + configuration;
    MadeImage made;
    file_.so_crc = 0;
    if (family_.is_split()) {
      const std::string library = replace_payload(base.library, payload, file_);
      file_.so_crc = jireloc::crc32c::value(library);
      write_file(stem + ".so", library);
      made.bytes += library.size();
    }
    file_.payload.size = family_.is_split() ? 0 : payload.size();
    place(file_, text_names_);
    jireloc::bytes::ByteWriter whole;
    whole.raw(serialize_header(file_));
    if (!family_.is_split()) whole.raw(payload);
    whole.raw(serialize_tail(file_));
    std::string bytes = std::move(whole).take();
    jireloc::bytes::ByteWriter crc;
    crc.u32(jireloc::crc32c::value(bytes));
    bytes += std::move(crc).take();
    write_file(stem + ".ji", bytes);
    made.bytes += bytes.size();
    made.identity = {order_.plan.name, order_.plan.uuid, file_.build_id_hi(), order_.plan.build_id};
    return made;
  }

  const ImageOrder& order_;
  const Family& family_;
  Random& random_;
  CacheFile file_;
  std::string absolute_, recorded_;
  std::vector<std::string> text_names_;
  uint64_t texts_size_ = 0;
};

}  // namespace

uint64_t text_budget(const PackagePlan& plan) {
  return std::max<uint64_t>(std::min<uint64_t>(plan.size / 3, plan.sources * uint64_t{2500}), 80);
}

MadeImage write_image(const ImageOrder& order, Random& random) {
  return ImageMaker(order, random).make();
}

}  // namespace depot_maker
