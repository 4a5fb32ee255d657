// Which of several inputs that go to one place has it.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace jireloc::rewriting {

// Of inputs that go to one place the first has it whose image is taken up, in whatever order threads come to
// them. Thread-safe.
class OutputPlaces {
 public:
  // In the order of the inputs, each before it is taken up.
  void announce(const std::string& output, uint64_t number);
  // Takes the place of an input, which was announced or not. False: another one may have it; then it is to be
  // asked for with take(), in the order of the inputs, when all were taken up.
  bool take_at_once(const std::string& output, uint64_t number);
  // False: another one has it.
  bool take(const std::string& output);

 private:
  struct Place {
    uint64_t first;  // input
    bool is_taken = false;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Place> places_;
};

}  // namespace jireloc::rewriting
