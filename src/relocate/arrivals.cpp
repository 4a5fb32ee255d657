#include "relocate/arrivals.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <map>
#include <string_view>
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

bool may_be_there(const Run& run, const std::string& relative) {
  try {
    return find_entry(run.system, run.to->fd(), relative, run.to->path + "/" + relative).has_value();
  } catch (const Error&) {
    return true;
  }
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

void Arrivals::keep_only(const std::function<bool(const std::string&)>& is_there) {
  std::erase_if(ranks_, [&](const auto& entry) { return !is_there(std::string(kFolder) + entry.first); });
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
    Arrivals arrivals = Arrivals::read(run.system, *run.to);
    const size_t before = arrivals.size();
    arrivals.add(run.arrived);
    // Lines of images that are gone only take room. To look for all of them costs more than a run that brings
    // few, so that is done each time their number has doubled, and where images are removed for their age.
    if (std::bit_width(before) != std::bit_width(arrivals.size()) || run.options.max_per_package > 0) {
      const std::unordered_set<std::string_view> now(run.arrived.begin(), run.arrived.end());
      arrivals.keep_only(
          [&](const std::string& image) { return now.contains(image) || may_be_there(run, image); });
    }
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
