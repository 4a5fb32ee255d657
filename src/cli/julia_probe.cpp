#include "cli/julia_probe.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <map>

#include "cli/host.hpp"
#include "jireloc/error.hpp"
#include "jireloc/paths.hpp"

extern char** environ;

namespace jireloc::cli {
namespace {

// One fact a line, its name and values parted by tabs. Runs on every Julia from 1.0 on.
constexpr const char* program = R"julia(
say(parts...) = println(join(parts, '\t'))
say("uname", Sys.KERNEL)
say("arch", Sys.ARCH)
say("pointer", Sys.WORD_SIZE ÷ 8)
say("version", unsafe_string(ccall(:jl_ver_string, Cstring, ())))
say("branch", unsafe_string(ccall(:jl_git_branch, Cstring, ())))
say("commit", unsafe_string(ccall(:jl_git_commit, Cstring, ())))
say("stdlib", Sys.STDLIB)
say("bindir", Sys.BINDIR)
foreach(d -> say("depot", d), DEPOT_PATH)
if VERSION >= v"1.9.0-beta3"
    say("flags", ccall(:jl_cache_flags, UInt8, ()))
    say("pkgimages", Base.JLOptions().use_pkgimages)
end
for (key, mod) in Base.loaded_modules
    say("module", key.name, key.uuid === nothing ? "" : string(key.uuid), string(Base.module_build_id(mod), base = 16))
end
)julia";

class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_, O_CLOEXEC) != 0) throw Error::system(errno, "pipe2");
  }
  ~Pipe() {
    ::close(ends_[0]);
    close_writing();
  }
  int reading() const { return ends_[0]; }
  int writing() const { return ends_[1]; }
  void close_writing() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2] = {-1, -1};
};

std::string read_all(int fd) {
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error::system(errno, "read");
    if (got == 0 || text.size() > (16u << 20)) return text;
    text.append(buffer, static_cast<size_t>(got));
  }
}

// How a program is begun that writes to `output`: with no signal blocked, as threads of ours may have them;
// in a host, whose terminal is not for us, it reads nothing, and what it says is not heard.
class Spawning {
 public:
  explicit Spawning(int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, output, 1);
    if (current_host() != nullptr) {
      posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
      posix_spawn_file_actions_addopen(&actions_, 2, "/dev/null", O_WRONLY, 0);
    }
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
  }
  ~Spawning() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Spawning(const Spawning&) = delete;
  Spawning& operator=(const Spawning&) = delete;

  // 0, or the errno of what failed.
  int begin(pid_t& child, const std::string& julia, char** argv) const {
    return ::posix_spawnp(&child, julia.c_str(), &actions_, &attributes_, argv, environ);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

std::string output_of(const std::string& julia) {
  Pipe pipe;
  std::string arguments[] = {julia, "--startup-file=no", "--history-file=no", "-e", program};
  char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(),
                  arguments[3].data(), arguments[4].data(), nullptr};
  pid_t child = 0;
  const int error = Spawning(pipe.writing()).begin(child, julia, argv);
  if (error != 0) throw Error::system(error, "cannot run it", julia);
  pipe.close_writing();
  std::string text = read_all(pipe.reading());
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw Error(ErrorKind::io, "it failed when it was asked for its version", julia);
  }
  return text;
}

uint64_t parse_hex(std::string_view digits) {
  uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

void add_module(const std::vector<std::string_view>& fact, ExpectedJulia& expected) {
  RequiredModule module;
  module.name = fact[1];
  module.uuid = Uuid::parse(fact[2]).value_or(Uuid{});
  const std::string_view build = fact[3];
  const size_t low = build.size() > 16 ? build.size() - 16 : 0;
  module.build_id_hi = parse_hex(build.substr(0, low));
  module.build_id_lo = parse_hex(build.substr(low));
  expected.system_modules[{module.name, module.uuid}] = module;
}

}  // namespace

JuliaFacts ask_julia(const std::string& julia) {
  JuliaFacts facts;
  facts.runs_here = true;
  Prefix prefix;
  std::map<std::string, std::string> values;
  const std::string answer = output_of(julia);
  for (const std::string_view line : paths::split(answer, '\n')) {
    const auto fact = paths::split(line, '\t');
    if (fact.size() < 2) continue;
    if (fact[0] == "module" && fact.size() == 4) {
      add_module(fact, facts.expected);
    } else if (fact[0] == "depot") {
      facts.depots.emplace_back(fact[1]);
    } else {
      values[std::string(fact[0])] = fact[1];
    }
  }
  if (values["version"].empty()) throw Error(ErrorKind::io, "what it printed is no answer of a Julia", julia);
  prefix.uname = values["uname"];
  prefix.arch = values["arch"];
  prefix.pointer_size = values["pointer"] == "4" ? 4 : 8;
  prefix.version = values["version"];
  prefix.branch = values["branch"];
  prefix.commit = values["commit"];
  facts.expected.prefix = prefix;
  facts.expected.stdlib = values["stdlib"];
  facts.bindir = values["bindir"];
  if (values.contains("flags")) facts.expected.cache_flags = static_cast<uint8_t>(std::stoi(values["flags"]));
  if (values.contains("pkgimages")) facts.expected.use_pkgimages = values["pkgimages"] != "0";
  return facts;
}

}  // namespace jireloc::cli
