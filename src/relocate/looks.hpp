// Which files are asked for while something is judged: on them the judgement rests.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "jireloc/file_view.hpp"

namespace jireloc::relocating {

// Told of every path that a NotingView is asked for by the thread that made it, while it lives: one for a
// thread at a time.
class Looks {
 public:
  // `at`: called with the path here, before anybody looks at it.
  explicit Looks(std::function<void(const std::string& path)> at);
  Looks(const Looks&) = delete;
  Looks& operator=(const Looks&) = delete;
  ~Looks();

  // What was answered is not what lies there, but what the run has come to.
  static void note_made_up();
  // It lies behind links of which its path here tells nothing: where they lead may change.
  static void note_links();
  // Whether the judgement rests on the files that were told, and on nothing else.
  bool tell_all() const { return tell_all_; }

 private:
  friend class NotingView;
  std::function<void(const std::string& path)> at_;
  bool tell_all_ = true;
};

// The same view, with every look noted.
class NotingView final : public FileView {
 public:
  explicit NotingView(std::unique_ptr<FileView> inner) : inner_(std::move(inner)) {}
  std::string actual(const std::string& path) const override;

 private:
  std::unique_ptr<FileView> inner_;
};

}  // namespace jireloc::relocating
