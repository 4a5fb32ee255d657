#include "relocate/arrivals.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <unordered_set>

#include "bytes/transaction.hpp"
#include "jireloc/byte_source.hpp"

namespace jireloc::relocating {
namespace {

constexpr std::string_view kFirstLine = "jireloc-order 1\n";
constexpr std::string_view kFolder = "compiled/";
constexpr uint64_t kLargest = uint64_t{64} << 20;  // some half a million images

bool is_image_path(std::string_view line) {
  const bool is_plain =
      std::all_of(line.begin(), line.end(), [](unsigned char c) { return c >= ' ' && c != 0x7f; });
  return is_plain && line.ends_with(".ji") && !line.starts_with('/') && line.find('/') != line.npos;
}

}  // namespace

Arrivals Arrivals::parse(std::string_view text) {
  Arrivals arrivals;
  if (!text.starts_with(kFirstLine)) return arrivals;
  text.remove_prefix(kFirstLine.size());
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == text.npos) break;  // cut off in the middle of a name
    if (const std::string_view line = text.substr(0, end); is_image_path(line))
      arrivals.ranks_[std::string(line)] = ++arrivals.last_;
    text.remove_prefix(end + 1);
  }
  return arrivals;
}

Arrivals Arrivals::read(FileSystem& system, const Folder& depot) {
  const std::string relative = std::string(kFolder) + kArrivalsFile;
  constexpr int kFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW;
  const int fd = retried([&] { return system.open_beneath(depot.fd(), relative.c_str(), kFlags, 0); });
  const std::string path = depot.path + "/" + relative;
  // A link, a folder or a socket of that name is none of ours.
  if (fd == -ENOENT || fd == -ELOOP || fd == -ENOTDIR || fd == -ENXIO) return {};
  try {
    const auto source =
        open_descriptor(checked(fd, "open", path), path, [&](int opened) { system.close(opened); });
    if (source->size() > kLargest) return {};
    return parse(source->read_string(0, source->size()));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::unsupported) return {};
    throw;
  }
}

size_t Arrivals::rank(const std::string& relative) const {
  if (!relative.starts_with(kFolder)) return 0;
  const auto found = ranks_.find(relative.substr(kFolder.size()));
  return found == ranks_.end() ? 0 : found->second;
}

void Arrivals::add(const std::vector<std::string>& images) {
  for (const std::string& image : images) {
    if (!image.starts_with(kFolder)) continue;
    const std::string line = image.substr(kFolder.size());
    if (is_image_path(line)) ranks_[line] = ++last_;
  }
}

void Arrivals::keep_only(const std::vector<ImageRef>& images) {
  std::unordered_set<std::string> there;
  for (const ImageRef& image : images) there.insert(image.relative().substr(kFolder.size()));
  std::erase_if(ranks_, [&](const auto& entry) { return !there.contains(entry.first); });
}

std::string Arrivals::text() const {
  std::map<size_t, const std::string*> in_order;
  for (const auto& [line, rank] : ranks_) in_order.emplace(rank, &line);
  std::string text(kFirstLine);
  for (const auto& [rank, line] : in_order) text.append(*line).append(1, '\n');
  return text;
}

void record_arrivals(Run& run) {
  if (run.arrived.empty()) return;
  DepotItem item;
  item.kind = DepotItemKind::leftover;
  item.path = fmt::format("{}/{}{}", run.places.to_here(), kFolder, kArrivalsFile);
  try {
    const Inventory inventory = take_inventory(run.system, *run.to);
    Arrivals arrivals = Arrivals::read(run.system, *run.to);
    arrivals.add(run.arrived);
    if (inventory.problems.empty()) arrivals.keep_only(inventory.images);
    Transaction transaction(run.system);
    TargetOptions options;
    const auto compiled = open_folder_in(run.system, *run.to, "compiled");
    options.mode = file_mode_in(run, *compiled);
    NewFile& file = transaction.create_in(compiled, kArrivalsFile, options);
    file.write(arrivals.text());
    file.set_mode(*options.mode);
    if (run.options.owner) file.set_owner(run.options.owner->first, run.options.owner->second);
    transaction.commit(run.options.durability);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    item.status = DepotItemStatus::failed;
    item.reasons.push_back(error.retold("which images came last was not recorded: " + error.message()));
    run.sink(item);
  }
}

}  // namespace jireloc::relocating
