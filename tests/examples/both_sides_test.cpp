// SPDX-License-Identifier: Apache-2.0
// tools/examples/both_sides.c says the same every time: keys are random, lengths are not.
#include <gtest/gtest.h>

#include "tools/process.hpp"

namespace wspc::test {
namespace {

constexpr std::string_view conversation =
    R"(client: asks with 6 fields
server: answers with 4 fields
client: the sub-protocol is "chat"
-- text
client: sent the greeting, 11 bytes
client: done with the greeting
server: heard text message "Hello"
server: that made 5 bytes
-- one message in three fragments, and a ping in between
server: sent the first part, 7 bytes
client: heard text fragment "one, "
server: done with the first part
server: sent the second part, 7 bytes
client: heard text fragment "two, "
server: done with the second part
server: sent the ping, 2 bytes
client: sent a pong, 6 bytes
server: done with the ping
server: sent the last part, 7 bytes
client: heard text message "three"
client: that made 15 bytes
server: done with the last part
server: heard pong, 0 bytes
-- an unsolicited pong, with which a side says that it is alive
client: sent the pong, 6 bytes
server: heard pong, 0 bytes
client: done with the pong
-- a message that is larger than the buffers
client: sent the numbers, 4096 bytes
server: heard binary fragment, 4088 bytes
client: sent the numbers, 4096 bytes
client: sent the numbers, 1816 bytes
server: heard binary fragment, 4096 bytes
client: done with the numbers
server: heard binary message, 1816 bytes
server: that made 10000 bytes
-- the close
client: sent the close, 20 bytes
server: heard close, status 1000, reason "that was all"
client: done with the close
server: sent the answer, 4 bytes
client: heard close, status 1000, reason ""
server: done with the answer
-- good bye
)";

TEST(both_sides, tells_the_whole_conversation) {
    process example{{WSPC_EXAMPLE}};
    const outcome result = example.wait();
    EXPECT_EQ(result.code, 0);
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(result.out, conversation);
}

}  // namespace
}  // namespace wspc::test
