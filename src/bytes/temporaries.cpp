#include "bytes/temporaries.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <utility>

#include "jireloc/error.hpp"

namespace jireloc {

namespace {

constexpr std::string_view kPrefix = ".jireloc-";

// A slot of the register. `number` is written last and cleared first, so that a handler never sees half a
// slot.
struct Slot {
  std::atomic<uint64_t> number{0};  // the N of the name; 0: free; kReserved: being filled
  int folder = -1;
  pid_t process = 0;
  LiveTemporary::Kind kind = LiveTemporary::Kind::file;
};
constexpr uint64_t kReserved = ~uint64_t{0};

// Chunks are never freed: a handler may be reading them.
struct Chunk {
  std::array<Slot, 1024> slots;
  std::atomic<Chunk*> next{nullptr};
};
Chunk first_chunk;
std::atomic<uint64_t> made{0};
std::atomic<bool> ending{false};
std::atomic<int> creations{0};
static_assert(std::atomic<uint64_t>::is_always_lock_free && std::atomic<Chunk*>::is_always_lock_free,
              "the register is read in signal handlers");

Slot& reserve_slot() {
  for (Chunk* chunk = &first_chunk;;) {
    for (Slot& slot : chunk->slots) {
      uint64_t expected = 0;
      if (slot.number.load(std::memory_order_relaxed) == 0 &&
          slot.number.compare_exchange_strong(expected, kReserved, std::memory_order_acquire)) {
        return slot;
      }
    }
    Chunk* next = chunk->next.load(std::memory_order_acquire);
    if (next == nullptr) {
      auto* fresh = new Chunk;
      if (chunk->next.compare_exchange_strong(next, fresh, std::memory_order_acq_rel)) {
        next = fresh;
      } else {
        delete fresh;
      }
    }
    chunk = next;
  }
}

// Process numbers repeat: in every container, and after a crash. A random start keeps names apart all the
// same.
uint64_t first_number() {
  uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number)) number = 0;
  return (number >> 16) + 1;
}

// Decimal digits of `number` at `out`; returns the end. (snprintf is not async-signal-safe.)
char* put_number(char* out, uint64_t number) noexcept {
  std::array<char, 20> digits;
  size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  while (count > 0) *out++ = digits[--count];
  return out;
}

using NameBuffer = std::array<char, 64>;
// Fills in a zero-terminated name; returns its length.
size_t put_name(NameBuffer& buffer, pid_t process, uint64_t number) noexcept {
  char* out = buffer.data();
  for (const char c : kPrefix) *out++ = c;
  out = put_number(out, static_cast<uint64_t>(process));
  *out++ = '-';
  out = put_number(out, number);
  *out = '\0';
  return static_cast<size_t>(out - buffer.data());
}

// Parses the digits at the front of `text` and removes them.
bool take_number(std::string_view& text, uint64_t& number) noexcept {
  size_t digits = 0;
  number = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    number = number * 10 + static_cast<uint64_t>(text[digits++] - '0');
  }
  text.remove_prefix(digits);
  return digits > 0 && digits < 20;
}

bool take_name(std::string_view name, uint64_t& process, uint64_t& number) noexcept {
  if (name.substr(0, kPrefix.size()) != kPrefix) return false;
  name.remove_prefix(kPrefix.size());
  if (!take_number(name, process) || name.substr(0, 1) != "-") return false;
  name.remove_prefix(1);
  return take_number(name, number) && name.empty();
}

}  // namespace

std::string temporary_name() {
  static const uint64_t first = first_number();
  NameBuffer buffer;
  const size_t length = put_name(buffer, ::getpid(), first + made.fetch_add(1));
  return std::string(buffer.data(), length);
}

bool is_temporary_name(std::string_view name) noexcept {
  return parse_temporary_name(name).has_value();
}

std::optional<TemporaryNumber> parse_temporary_name(std::string_view name) noexcept {
  TemporaryNumber parsed;
  if (!take_name(name, parsed.process, parsed.number)) return {};
  return parsed;
}

CreationGuard::CreationGuard() {
  creations.fetch_add(1);
  if (!ending.load()) return;
  creations.fetch_sub(1);
  throw Error(ErrorKind::interrupted, "stopped by a signal");
}

CreationGuard::~CreationGuard() {
  creations.fetch_sub(1);
}

LiveTemporary::LiveTemporary(int folder, std::string_view name, Kind kind) {
  uint64_t process = 0, number = 0;
  if (!take_name(name, process, number)) return;
  Slot& slot = reserve_slot();
  slot.folder = folder;
  slot.kind = kind;
  slot.process = static_cast<pid_t>(process);
  slot.number.store(number, std::memory_order_release);
  slot_ = &slot;
}

LiveTemporary::LiveTemporary(LiveTemporary&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}

LiveTemporary& LiveTemporary::operator=(LiveTemporary&& other) noexcept {
  if (this != &other) {
    release();
    slot_ = std::exchange(other.slot_, nullptr);
  }
  return *this;
}

void LiveTemporary::release() noexcept {
  if (slot_ != nullptr) static_cast<Slot*>(std::exchange(slot_, nullptr))->number.store(0);
}

namespace {
// Calls `visit(folder, name)` for each entry of `kind` that this process has registered.
template <typename Visit>
void for_each_live(LiveTemporary::Kind kind, Visit visit) {
  const pid_t self = ::getpid();
  for (Chunk* chunk = &first_chunk; chunk != nullptr; chunk = chunk->next.load(std::memory_order_acquire)) {
    for (Slot& slot : chunk->slots) {
      const uint64_t number = slot.number.load(std::memory_order_acquire);
      if (number == 0 || number == kReserved || slot.process != self || slot.kind != kind) continue;
      NameBuffer buffer;
      put_name(buffer, self, number);
      visit(slot.folder, buffer.data());
    }
  }
}
}  // namespace

void remove_live_temporaries() noexcept {
  const int saved_errno = errno;
  ending.store(true);
  // Bounded: the signal may have come in the midst of a creation on this very thread.
  constexpr timespec kMillisecond{0, 1'000'000};
  for (int waits = 0; waits < 200 && creations.load() > 0; ++waits) ::nanosleep(&kMillisecond, nullptr);
  for_each_live(LiveTemporary::Kind::file, [](int folder, const char* name) { ::unlinkat(folder, name, 0); });
  errno = saved_errno;
}

std::vector<LiveTree> live_trees() {
  std::vector<LiveTree> trees;
  for_each_live(LiveTemporary::Kind::tree, [&](int folder, const char* name) {
    trees.push_back({folder, name});
  });
  return trees;
}

}  // namespace jireloc
