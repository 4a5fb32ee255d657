// The members of what a manifest lists, in the order in which they are written.
#pragma once

#include "bundle/records.hpp"
#include "jireloc/bundle.hpp"

namespace jireloc::bundles {

void each_member(auto& use, Is<Prefix> auto& julia) {
  use.raw("version", julia.version);
  use.raw("uname", julia.uname);
  use.raw("arch", julia.arch);
  use.raw("branch", julia.branch);
  use.raw("commit", julia.commit);
  use.raw("gc", julia.gc);
  use.number("format", julia.format);
  use.number("pointer_size", julia.pointer_size);
  use.number("image_flags", julia.image_flags);
}

void each_member(auto& use, Is<BundlePackage> auto& package) {
  use.raw("path", package.path);
  use.raw("name", package.name);
  use.uuid("uuid", package.uuid);
  use.raw("version", package.version);
  use.text("tree", package.tree);
}

void each_member(auto& use, Is<RequiredModule> auto& module) {
  use.raw("name", module.name);
  use.uuid("uuid", module.uuid);
  use.build_id("build_id", module.build_id_hi, module.build_id_lo);
}

void each_member(auto& use, Is<BundleImage> auto& image) {
  use.raw("path", image.path);
  use.raw("library", image.library);
  use.raw("name", image.name);
  use.uuid("uuid", image.uuid);
  use.build_id("build_id", image.build_id_hi, image.build_id_lo);
  use.number("julia", image.julia);
  use.number("flags", image.flags);
  use.texts("processors", image.processors);
  use.hexed("clone_targets", image.clone_targets);
  use.texts("packages", image.packages);
  use.texts("rests_on", image.rests_on);
  use.numbers("needs", image.needs);
}

template <typename Use>
void each_member(Use& use, Is<BundleFile> auto& file) {
  const auto has = [&](BundleFileKind kind) { return !Use::kWrites || file.kind == kind; };
  use.raw("path", file.path);
  use.choice("kind", file.kind, {BundleFileKind::file, BundleFileKind::folder, BundleFileKind::link});
  use.mode("mode", file.mode);
  use.time("mtime", file.seconds, file.nanoseconds);
  if (has(BundleFileKind::file)) {
    use.number("size", file.size);
    use.text("xxh3_128", file.digest);
  }
  if (has(BundleFileKind::link)) use.raw("link", file.link);
}

void each_member(auto& use, Is<BundleBase::Build> auto& build) {
  use.raw("path", build.path);
  each_member(use, build.module);
}

}  // namespace jireloc::bundles
