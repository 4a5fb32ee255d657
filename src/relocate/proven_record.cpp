#include "relocate/proven_record.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "bytes/reader.hpp"
#include "bytes/writer.hpp"
#include "jireloc/byte_source.hpp"
#include "jireloc/crc32c.hpp"

namespace jireloc::relocating {
namespace {

// The last number is that of the format, and of what is judged: to be raised with either.
constexpr std::string_view kKind = "jireloc-index 3\n";
constexpr uint64_t kLargestRecord = uint64_t{256} << 20;

void write(bytes::ByteWriter& out, const Mark& mark) {
  out.u64(mark.high);
  out.u64(mark.low);
}

void write(bytes::ByteWriter& out, const std::vector<uint32_t>& numbers) {
  out.u32(static_cast<uint32_t>(numbers.size()));
  for (const uint32_t number : numbers) out.u32(number);
}

void write(bytes::ByteWriter& out, const std::vector<std::string>& texts) {
  out.u32(static_cast<uint32_t>(texts.size()));
  for (const std::string& text : texts) out.counted(text);
}

Mark read_mark(bytes::ByteReader& in) {
  const uint64_t high = in.u64("mark");
  return {high, in.u64("mark")};
}

std::string read_path(bytes::ByteReader& in) {
  return std::string(in.counted("path"));
}

// How many things follow, each of at least `size` bytes.
uint32_t read_count(bytes::ByteReader& in, uint64_t size) {
  const uint32_t count = in.u32("count");
  if (count > in.remaining() / size) in.fail(ErrorKind::bad_length, "more than there can be", in.offset());
  return count;
}

std::vector<uint32_t> read_numbers(bytes::ByteReader& in, size_t below) {
  std::vector<uint32_t> numbers(read_count(in, sizeof(uint32_t)));
  for (uint32_t& number : numbers) {
    number = in.u32("number");
    if (number >= below) in.fail(ErrorKind::bad_value, "a number of nothing", in.offset());
  }
  return numbers;
}

std::string read_names(bytes::ByteReader& in) {
  std::string names = read_path(in);
  if (!names.empty() && names.back() != '\0')
    in.fail(ErrorKind::bad_value, "a name without end", in.offset());
  return names;
}

void write(bytes::ByteWriter& out, const std::vector<ProvenFolder>& folders) {
  out.u32(static_cast<uint32_t>(folders.size()));
  for (const ProvenFolder& folder : folders) {
    out.counted(folder.relative);
    out.counted(folder.entries);
    write(out, folder.mark);
  }
}

// Each entry has a type and a name.
bool are_entries(std::string_view text) {
  for (size_t at = 0, end = 0; at < text.size(); at = end + 1) {
    end = text.find('\0', at + 1);
    if (end == text.npos || end == at + 1) return false;
  }
  return true;
}

std::vector<ProvenFolder> read_folders(bytes::ByteReader& in) {
  std::vector<ProvenFolder> folders(read_count(in, 24));
  for (ProvenFolder& folder : folders) {
    folder.relative = read_path(in);
    folder.entries = read_path(in);
    if (!are_entries(folder.entries)) in.fail(ErrorKind::bad_value, "a name without end", in.offset());
    folder.mark = read_mark(in);
  }
  return folders;
}

auto key_of(const Prefix& prefix) {
  return std::tie(prefix.format, prefix.pointer_size, prefix.uname, prefix.arch, prefix.version, prefix.gc,
                  prefix.image_flags, prefix.branch, prefix.commit);
}

auto key_of(const RequiredModule& module) {
  return std::tie(module.name, module.uuid, module.build_id_hi, module.build_id_lo);
}

const std::string& key_of(const std::string& text) {
  return text;
}

constexpr auto comes_before = [](const auto& a, const auto& b) { return key_of(a) < key_of(b); };

void write(bytes::ByteWriter& out, const HeaderTables& tables) {
  out.u32(static_cast<uint32_t>(tables.prefixes.size()));
  for (const Prefix& prefix : tables.prefixes) {
    out.u16(prefix.format);
    out.u8(prefix.pointer_size);
    for (const std::string* text :
         {&prefix.uname, &prefix.arch, &prefix.version, &prefix.gc, &prefix.branch, &prefix.commit})
      out.counted(*text);
  }
  out.u32(static_cast<uint32_t>(tables.modules.size()));
  for (const RequiredModule& module : tables.modules) {
    out.counted(module.name);
    for (const uint64_t number : {module.uuid.hi, module.uuid.lo, module.build_id_hi, module.build_id_lo})
      out.u64(number);
  }
  write(out, tables.depots);
  write(out, tables.stdlibs);
}

// A table in order, in which each thing is once.
template <typename Thing>
void require_in_order(const bytes::ByteReader& in, const std::vector<Thing>& things) {
  for (size_t i = 1; i < things.size(); ++i)
    if (!comes_before(things[i - 1], things[i]))
      in.fail(ErrorKind::bad_value, "a table out of order", in.offset());
}

std::vector<std::string> read_texts(bytes::ByteReader& in) {
  std::vector<std::string> texts(read_count(in, 4));
  for (std::string& text : texts) text = read_path(in);
  require_in_order(in, texts);
  return texts;
}

HeaderTables read_tables(bytes::ByteReader& in) {
  HeaderTables tables;
  tables.prefixes.resize(read_count(in, 27));
  for (Prefix& prefix : tables.prefixes) {
    prefix.format = in.u16("format");
    prefix.pointer_size = in.u8("size");
    for (std::string* text :
         {&prefix.uname, &prefix.arch, &prefix.version, &prefix.gc, &prefix.branch, &prefix.commit})
      *text = read_path(in);
  }
  require_in_order(in, tables.prefixes);
  tables.modules.resize(read_count(in, 36));
  for (RequiredModule& module : tables.modules) {
    module.name = read_path(in);
    for (uint64_t* number : {&module.uuid.hi, &module.uuid.lo, &module.build_id_hi, &module.build_id_lo})
      *number = in.u64("module");
  }
  require_in_order(in, tables.modules);
  tables.depots = read_texts(in);
  tables.stdlibs = read_texts(in);
  return tables;
}

void write(bytes::ByteWriter& out, const NumberedHeader& header) {
  out.u32(header.prefix);
  for (const auto* numbers : {&header.provides, &header.needs, &header.depots, &header.stdlibs})
    write(out, *numbers);
}

NumberedHeader read_header(bytes::ByteReader& in, const HeaderTables& tables) {
  NumberedHeader header;
  header.prefix = in.u32("prefix");
  if (header.prefix >= tables.prefixes.size())
    in.fail(ErrorKind::bad_value, "a number of nothing", in.offset());
  header.provides = read_numbers(in, tables.modules.size());
  header.needs = read_numbers(in, tables.modules.size());
  header.depots = read_numbers(in, tables.depots.size());
  header.stdlibs = read_numbers(in, tables.stdlibs.size());
  return header;
}

ProvenRecord read_record(bytes::ByteReader in) {
  ProvenRecord record;
  record.circumstances = read_path(in);
  record.image_rules = read_path(in);
  record.source_folders = read_folders(in);
  record.target_folders = read_folders(in);
  record.tables = read_tables(in);
  record.trees.resize(read_count(in, 41));
  for (ProvenTree& tree : record.trees) {
    tree.relative = read_path(in);
    tree.names = read_names(in);
    tree.source = read_mark(in);
    tree.target = read_mark(in);
    tree.has_links = in.u8("links") != 0;
  }
  record.places.resize(read_count(in, 20));
  for (ProvenPlace& place : record.places) {
    place.path = read_path(in);
    place.mark = read_mark(in);
  }
  record.images.resize(read_count(in, 78));
  for (ProvenImage& image : record.images) {
    image.relative = read_path(in);
    image.target = read_path(in);
    image.source_mark = read_mark(in);
    image.target_mark = read_mark(in);
    image.source_libraries = in.u8("libraries");
    image.target_libraries = in.u8("libraries");
    image.absent_before = in.u64("paths");
    image.trees = read_numbers(in, record.trees.size());
    image.places = read_numbers(in, record.places.size());
    image.header = read_header(in, record.tables);
  }
  if (!in.at_end()) in.fail(ErrorKind::bad_length, "more than a record", in.offset());
  return record;
}

// Sorts things, without those that are not used; of those of which none comes before the other one is left.
// Gives, by its number before, each one's number.
template <typename Thing, typename Before>
std::vector<uint32_t> sort_used(std::vector<Thing>& things, const std::vector<bool>& used, Before before) {
  std::vector<uint32_t> order, numbers(things.size());
  for (uint32_t i = 0; i < things.size(); ++i)
    if (used[i]) order.push_back(i);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return before(things[a], things[b]); });
  std::vector<Thing> sorted;
  sorted.reserve(order.size());
  for (const uint32_t number : order) {
    if (sorted.empty() || before(sorted.back(), things[number])) sorted.push_back(std::move(things[number]));
    numbers[number] = static_cast<uint32_t>(sorted.size() - 1);
  }
  things = std::move(sorted);
  return numbers;
}

template <typename Thing>
std::vector<uint32_t> sort_by(std::vector<Thing>& things, std::string Thing::*path) {
  return sort_used(things, std::vector<bool>(things.size(), true),
                   [path](const Thing& a, const Thing& b) { return a.*path < b.*path; });
}

// Leaves of a table what some header has.
template <typename Thing>
void sort_table(std::vector<Thing>& table, std::vector<ProvenImage>& images,
                std::vector<std::vector<uint32_t> NumberedHeader::*> lists) {
  std::vector<bool> used(table.size());
  for (const ProvenImage& image : images)
    for (const auto list : lists)
      for (const uint32_t number : image.header.*list) used[number] = true;
  const std::vector<uint32_t> numbers = sort_used(table, used, comes_before);
  for (ProvenImage& image : images)
    for (const auto list : lists)
      for (uint32_t& number : image.header.*list) number = numbers[number];
}

void sort_prefixes(std::vector<Prefix>& prefixes, std::vector<ProvenImage>& images) {
  std::vector<bool> used(prefixes.size());
  for (const ProvenImage& image : images) used[image.header.prefix] = true;
  const std::vector<uint32_t> numbers = sort_used(prefixes, used, comes_before);
  for (ProvenImage& image : images) image.header.prefix = numbers[image.header.prefix];
}

void renumber(std::vector<uint32_t>& numbers, const std::vector<uint32_t>& by_old) {
  for (uint32_t& number : numbers) number = by_old[number];
  std::sort(numbers.begin(), numbers.end());
}

// Nobody else could have written it.
bool is_ours(const struct stat& info) {
  return S_ISREG(info.st_mode) && (info.st_uid == 0 || info.st_uid == ::geteuid()) &&
         (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

}  // namespace

void ProvenRecord::put_in_order() {
  std::vector<bool> used(places.size());
  for (const ProvenImage& image : images)
    for (const uint32_t place : image.places) used[place] = true;
  const std::vector<uint32_t> place_numbers =
      sort_used(places, used, [](const ProvenPlace& a, const ProvenPlace& b) {
        return std::tie(a.path, a.mark.high, a.mark.low) < std::tie(b.path, b.mark.high, b.mark.low);
      });
  const std::vector<uint32_t> tree_numbers = sort_by(trees, &ProvenTree::relative);
  sort_by(images, &ProvenImage::relative);
  for (ProvenImage& image : images) {
    renumber(image.trees, tree_numbers);
    renumber(image.places, place_numbers);
  }
  sort_prefixes(tables.prefixes, images);
  sort_table(tables.modules, images, {&NumberedHeader::provides, &NumberedHeader::needs});
  sort_table(tables.depots, images, {&NumberedHeader::depots});
  sort_table(tables.stdlibs, images, {&NumberedHeader::stdlibs});
}

std::string ProvenRecord::text() const {
  bytes::ByteWriter out;
  out.raw(kKind);
  out.counted(circumstances);
  out.counted(image_rules);
  write(out, source_folders);
  write(out, target_folders);
  write(out, tables);
  out.u32(static_cast<uint32_t>(trees.size()));
  for (const ProvenTree& tree : trees) {
    out.counted(tree.relative);
    out.counted(tree.names);
    write(out, tree.source);
    write(out, tree.target);
    out.u8(tree.has_links ? 1 : 0);
  }
  out.u32(static_cast<uint32_t>(places.size()));
  for (const ProvenPlace& place : places) {
    out.counted(place.path);
    write(out, place.mark);
  }
  out.u32(static_cast<uint32_t>(images.size()));
  for (const ProvenImage& image : images) {
    out.counted(image.relative);
    out.counted(image.target);
    write(out, image.source_mark);
    write(out, image.target_mark);
    out.u8(image.source_libraries);
    out.u8(image.target_libraries);
    out.u64(image.absent_before);
    write(out, image.trees);
    write(out, image.places);
    write(out, image.header);
  }
  std::string text = std::move(out).take();
  const uint32_t sum = crc32c::value(text);
  bytes::ByteWriter end;
  end.u32(sum);
  return text + std::move(end).take();
}

std::optional<ProvenRecord> ProvenRecord::parse(std::string_view text) {
  if (!text.starts_with(kKind) || text.size() < kKind.size() + sizeof(uint32_t)) return {};
  const std::string_view content = text.substr(0, text.size() - sizeof(uint32_t));
  try {
    if (bytes::ByteReader(text.substr(content.size())).u32("checksum") != crc32c::value(content)) return {};
    return read_record(bytes::ByteReader(content.substr(kKind.size())));
  } catch (const Error&) {
    return {};
  }
}

std::optional<ProvenRecord> ProvenRecord::read(FileSystem& system, const Folder& depot) {
  const std::string relative = fmt::format("compiled/{}", kProvenFile);
  const std::string path = depot.path + "/" + relative;
  constexpr int kFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW;
  try {
    const int fd = checked(
        retried([&] { return system.open_beneath(depot.fd(), relative.c_str(), kFlags, 0); }), "open", path);
    Descriptor file(system, fd);
    const struct stat info = stat_of(system, fd, path);
    if (!is_ours(info) || static_cast<uint64_t>(info.st_size) > kLargestRecord) return {};
    std::string text(static_cast<size_t>(info.st_size), '\0');
    size_t filled = 0;
    while (filled < text.size()) {
      const ssize_t count = checked(
          retried([&] { return system.read(fd, text.data() + filled, text.size() - filled); }), "read", path);
      if (count == 0) return {};
      filled += static_cast<size_t>(count);
    }
    return parse(text);
  } catch (const Error&) {
    return {};
  }
}

}  // namespace jireloc::relocating
