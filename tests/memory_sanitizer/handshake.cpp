// SPDX-License-Identifier: Apache-2.0
// The fields of both sides of an opening handshake, laid into unknown memory.
#include <array>

#include <wspc/handshake.hpp>

#include "checks.hpp"

namespace wspc::test {

void drive_handshake() {
    const std::array<std::string_view, 2> protocols{"superchat", "chat"};
    const std::array<std::string_view, 1> extensions{"permessage-deflate; client_max_window_bits=10"};
    const client_offer wanted{.host = "example.com",
                              .origin = "https://example.com",
                              .protocols = protocols,
                              .extensions = extensions};
    std::array<char, 2048> asked, answered;
    const client_request request = make_request(wanted, asked);
    require(static_cast<bool>(request), "a request can be made");
    must_be_known(request.headers());
    must_be_known(request.key);

    const result<offer> read = read_request(request.as_request("/"));
    require(static_cast<bool>(read), "the server takes it");
    must_be_known(read.value.key);
    must_be_known(read.value.host);
    must_be_known(read.value.origin);
    const std::array<std::string_view, 1> origins{"https://example.com"};
    all_known(origin_allowed(read.value, {.allowed = origins}));
    const server_reply reply = accept(read.value, {.protocol = "chat", .extensions = extensions}, answered);
    require(static_cast<bool>(reply), "the server can answer");
    all_known(reply.status);
    must_be_known(reply.headers());
    const server_reply refusal = reject(0, error::version_unsupported);
    must_be_known(refusal.headers());

    const checked_response checked = check_response(reply.as_response(), request.key, wanted);
    require(static_cast<bool>(checked), "the client takes the answer");
    must_be_known(checked.agreed.protocol);
    all_known(checked.protocol);
    require(checked.protocol == 1, "both agree on the sub-protocol");
}

}  // namespace wspc::test
