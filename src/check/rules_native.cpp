// Rules about the native library beside a split image, and about checksums.
#include <fmt/format.h>

#include "bytes/windows.hpp"
#include "check/subject.hpp"
#include "jireloc/error.hpp"
#include "jireloc/payload.hpp"

namespace jireloc::check {
namespace {

uint32_t last_words(const ByteSource& source, uint64_t from_end) {
  unsigned char bytes[4];
  source.read(source.size() - from_end, reinterpret_cast<char*>(bytes), 4);
  return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | static_cast<uint32_t>(bytes[3]) << 24;
}

}  // namespace

void check_pkgimages_wanted(Subject& subject) {
  if (!subject.file.is_split() || subject.context.expected.use_pkgimages.value_or(true)) return;
  subject.reject(Code::requires_pkgimages,
                 "it needs its native library, and the session has package images switched off", {},
                 fix::ChangeEnvironment{"switch package images on", Setting::pkgimages});
}

void check_native_library(Subject& subject) {
  if (!subject.file.is_split()) return;
  std::string& library = subject.report.native_library;
  library = native_library_path(subject.image_path, subject.file.prefix);
  if (subject.context.library != nullptr) return;
  const FileStatus status = subject.status(library);
  if (status.is_file()) return;
  if (!status.exists()) subject.context.view->require_absent(library);
  subject.reject(Code::library_absent, fmt::format("its native library {} was not found", library), library,
                 fix::RestoreFile{"put the library back beside the image"});
}

void check_file_checksum(Subject& subject) {
  if (!subject.context.verify_checksums) return;
  const ByteSource& source = subject.source;
  const uint32_t computed = bytes::checksum(source, {0, source.size() - 4});
  const uint32_t recorded = last_words(source, 4);
  if (computed == recorded) return;
  subject.reject(
      Code::bad_file_checksum,
      fmt::format("its checksum does not hold: computed {:08x}, recorded {:08x}", computed, recorded), {},
      fix::CompileAgain{"the file is damaged", true});
}

void check_library_checksum(Subject& subject) {
  const std::string& library = subject.report.native_library;
  const ByteSource* given = subject.context.library;
  if (library.empty() || !subject.context.verify_checksums) return;
  if (given == nullptr && !subject.status(library).is_file()) return;
  const uint32_t recorded = last_words(subject.source, 8);
  const uint32_t computed = given != nullptr ? bytes::checksum(*given, bytes::whole(*given))
                                             : content_crc(subject.actual(library), false);
  if (computed == recorded) return;
  subject.reject(
      Code::bad_library_checksum,
      fmt::format("the checksum of {} is not {:08x}, which is recorded", library, recorded), library,
      fix::CompileAgain{"the library is damaged, or was changed (stripped, signed) after Julia wrote it"});
}

}  // namespace jireloc::check
