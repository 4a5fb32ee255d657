#include "depot_maker/package_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/filesystem/operations.hpp>
#include <cerrno>

#include "jireloc/depot.hpp"
#include "jireloc/error.hpp"

namespace depot_maker {
namespace {

using jireloc::Error;

// Writes and closes; `time` null: now.
void write_timed(const std::string& path, std::string_view text, const timespec* time) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) throw Error::system(errno, "open", path);
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0) throw Error::system(errno, "write", path);
    text.remove_prefix(static_cast<size_t>(written));
  }
  const timespec times[2] = {time ? *time : timespec{}, time ? *time : timespec{}};
  if (time && ::futimens(fd, times) != 0) throw Error::system(errno, "futimens", path);
  if (::close(fd) != 0) throw Error::system(errno, "close", path);
}

class PackageWriter {
 public:
  PackageWriter(const std::string& depot, const PackagePlan& plan, const TextPool& pool, Random& random)
      : plan_(plan),
        pool_(pool),
        random_(random),
        parent_(depot + "/packages/" + plan.name),
        folder_(parent_ + "/new") {
    boost::filesystem::create_directories(folder_ + "/src");
  }

  PackageFiles write(uint64_t text_budget, const std::vector<const PackagePlan*>& dependencies) {
    write_sources(text_budget);
    write_project(dependencies);
    write_rest();
    files_.tree = jireloc::tree_hash(folder_).hash;
    const std::string slug = jireloc::version_slug(plan_.uuid, files_.tree);
    boost::filesystem::rename(folder_, parent_ + "/" + slug);
    files_.folder = "packages/" + plan_.name + "/" + slug;
    return std::move(files_);
  }

 private:
  void write_sources(uint64_t text_budget) {
    const uint64_t share = std::max<uint64_t>(text_budget / plan_.sources, 60);
    std::vector<RecordedFile> included;
    for (uint32_t k = 1; k < plan_.sources; ++k) {
      RecordedFile file;
      if (k == 1 && random_.chance(0.35)) {
        file.path = "data/table.csv";
        file.stored = false;
      } else if (random_.chance(0.3)) {
        const uint64_t part = random_.below(4);
        file.path = fmt::format("src/part{}/{}_{}.jl", part, "methods", k);
        if (random_.chance(0.5)) file.submodule = fmt::format("Part{}", part);
      } else {
        file.path = fmt::format("src/file_{}.jl", k);
      }
      file.text = fmt::format("# {} {}\n", plan_.name, file.path);
      file.text +=
          pool_.cut(random_.log_normal(static_cast<double>(share) * 0.7, 0.8, 20, share * 4), random_);
      included.push_back(std::move(file));
    }
    RecordedFile entry{
        fmt::format("src/{}.jl", plan_.name), fmt::format("module {}\n", plan_.name), 0, true, {}};
    for (const RecordedFile& file : included)
      entry.text += file.stored ? fmt::format("include(\"{}\")\n", file.path.substr(4))
                                : fmt::format("include_dependency(\"../{}\")\n", file.path);
    entry.text += "end\n";
    record(std::move(entry));
    for (RecordedFile& file : included) record(std::move(file));
  }

  void record(RecordedFile file) {
    timespec time{};
    time.tv_sec = 1'700'000'000 + static_cast<time_t>(random_.below(50'000'000));
    time.tv_nsec = static_cast<long>(random_.below(1'000'000'000));
    // The order and the arithmetic of base/stat.jl.
    file.mtime = static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    write(file.path, file.text, &time);
    files_.recorded.push_back(std::move(file));
  }

  void write_project(const std::vector<const PackagePlan*>& dependencies) {
    std::string text = fmt::format("name = \"{}\"\nuuid = \"{}\"\nversion = \"{}\"\n", plan_.name,
                                   plan_.uuid.text(), plan_.version);
    if (!dependencies.empty()) text += "\n[deps]\n";
    for (const PackagePlan* needed : dependencies)
      text += fmt::format("{} = \"{}\"\n", needed->name, needed->uuid.text());
    write("Project.toml", text, nullptr);
  }

  // What an image does not record but the tree hash covers.
  void write_rest() {
    write("README.md",
          fmt::format("# {}\n\n{}", plan_.name, pool_.cut(random_.log_normal(900, 0.7, 40, 9000), random_)),
          nullptr);
    write("LICENSE", pool_.cut(1060, random_), nullptr);
    const uint64_t tests = 1 + plan_.sources / 4;
    for (uint64_t k = 0; k < tests; ++k)
      write(k == 0 ? "test/runtests.jl" : fmt::format("test/test_{}.jl", k),
            pool_.cut(random_.log_normal(1200, 0.8, 30, 20000), random_), nullptr);
  }

  void write(const std::string& path, std::string_view text, const timespec* time) {
    const std::string parent = path.substr(0, path.rfind('/') == path.npos ? 0 : path.rfind('/'));
    if (!parent.empty() && parent != last_parent_) {
      boost::filesystem::create_directories(folder_ + "/" + parent);
      last_parent_ = parent;
    }
    write_timed(folder_ + "/" + path, text, time);
    ++files_.files;
    files_.bytes += text.size();
  }

  const PackagePlan& plan_;
  const TextPool& pool_;
  Random& random_;
  const std::string parent_, folder_;
  std::string last_parent_ = "src";
  PackageFiles files_;
};

}  // namespace

TextPool::TextPool(Random& random) {
  static constexpr const char* kLines[] = {"function {0}(x::AbstractVector{{T}}, {1}=1) where {{T<:Real}}\n",
                                           "    total = zero(T) + {0}\n",
                                           "    for i in eachindex(x); total += x[i] * {1}; end\n",
                                           "    return total\nend\n\n",
                                           "\"\"\"\n    {0}(a, b)\n\nReturns {1} of both.\n\"\"\"\n",
                                           "struct {0}{{T}} <: Abstract{1}\n    a::T\nend\n",
                                           "export {0}, {1}\n",
                                           "@inline {0}(a, b) = a + b * {1}\n",
                                           "const {0} = Dict(\"{1}\" => 1.5)\n",
                                           "# {0}: see also {1}, and the section on {0}\n"};
  std::string words[64];
  for (std::string& word : words)
    for (uint64_t k = 0, size = 3 + random.below(9); k < size; ++k)
      word += static_cast<char>('a' + random.below(26));
  while (text_.size() < (size_t{4} << 20))
    text_ += fmt::format(fmt::runtime(kLines[random.below(std::size(kLines))]), words[random.below(64)],
                         words[random.below(64)]);
}

std::string_view TextPool::cut(uint64_t size, Random& random) const {
  const std::string_view all = text_;
  const size_t begin = all.find('\n', random.below(all.size() / 2)) + 1;
  const size_t end = std::min(all.find('\n', begin + size), all.size() - 1) + 1;
  return all.substr(begin, end - begin);
}

PackageFiles write_package(const std::string& depot, const PackagePlan& plan, uint64_t text_budget,
                           const std::vector<const PackagePlan*>& dependencies, const TextPool& pool,
                           Random& random) {
  return PackageWriter(depot, plan, pool, random).write(text_budget, dependencies);
}

void write_file(const std::string& path, std::string_view text) {
  write_timed(path, text, nullptr);
}

}  // namespace depot_maker
