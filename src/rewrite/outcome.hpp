// What is kept of an image's plan for the report.
#pragma once

#include <exception>

#include "jireloc/batch_rewrite.hpp"

namespace jireloc::rewriting {

// It failed for that reason, and nothing was written.
void fail(RewriteOutcome& outcome, const std::exception_ptr& failure);

// What the report needs of the plan; its patches and texts can be large and are done with.
void keep_report(RewriteOutcome& outcome, const RewritePlan& plan, const PathMap& map);

}  // namespace jireloc::rewriting
