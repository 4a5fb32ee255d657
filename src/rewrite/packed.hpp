// Images whose payload lies compressed in the .ji (formats 14 and 15): what takes its place has another
// length.
#pragma once

#include "rewrite/execute.hpp"

namespace jireloc::rewriting {

// Positions in plan.after for the length of plan.payload.packed_payload.
void place_packed(RewritePlan& plan);

// The whole .ji as it will be.
std::string packed_image(const RewritePlan& plan, const Frame& frame);

// Holds what was written against it. Throws Error (bad_checksum).
void verify_packed(const ByteSource& written, const RewritePlan& plan, const Frame& frame);

}  // namespace jireloc::rewriting
