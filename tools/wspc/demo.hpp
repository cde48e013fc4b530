// SPDX-License-Identifier: Apache-2.0
// `wspc demo`: a conversation with an echo server on which one can watch the protocol at work, and
// then how fast it goes.
#pragma once

#include <string>

namespace tool {

struct demo_options {
    std::string url;
    double seconds = 4;  // for all throughput measurements together; 0: none
};

// A problem says what differed from what was expected.
int demo(const demo_options& options);

}  // namespace tool
