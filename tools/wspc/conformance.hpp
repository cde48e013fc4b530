// SPDX-License-Identifier: Apache-2.0
// `wspc connect --conformance`: the client under test of a conformance suite that listens.
#pragma once

#include <string>

#include "client.hpp"

namespace tool {

// Asks the suite at `base` how many cases there are (/getCaseCount), echoes in each of them until the
// suite closes (/runCase?case=N&agent=NAME), and has it write its report (/updateReports?agent=NAME).
// The suite judges; a problem says only that the suite itself could not be talked to.
int conformance(const std::string& base, const std::string& agent, const client_options& options);

}  // namespace tool
