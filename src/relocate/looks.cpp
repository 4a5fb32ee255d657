#include "relocate/looks.hpp"

#include <utility>

namespace jireloc::relocating {
namespace {

thread_local Looks* looks_of_thread = nullptr;

}  // namespace

Looks::Looks(std::function<void(const std::string& path)> at) : at_(std::move(at)) {
  looks_of_thread = this;
}

Looks::~Looks() {
  looks_of_thread = nullptr;
}

void Looks::note_made_up() {
  if (looks_of_thread != nullptr) looks_of_thread->tell_all_ = false;
}

void Looks::note_links() {
  if (looks_of_thread != nullptr) looks_of_thread->tell_all_ = false;
}

std::string NotingView::actual(const std::string& path) const {
  std::string here = inner_->actual(path);
  if (looks_of_thread != nullptr) looks_of_thread->at_(here);
  return here;
}

}  // namespace jireloc::relocating
