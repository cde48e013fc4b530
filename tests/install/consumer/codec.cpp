// SPDX-License-Identifier: Apache-2.0
// The codec alone: decodes the masked "Hello" of RFC 6455 5.7 and encodes the unmasked one.
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include <wspc/cpu.hpp>
#include <wspc/frame.hpp>
#include <wspc/mask.hpp>
#include <wspc/utf8.hpp>

int main() {
    unsigned char wire[] = {0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58};
    const auto bytes = std::as_writable_bytes(std::span{wire});

    const wspc::decoded_header decoded = wspc::decode_header(bytes, {.receiver = wspc::role::server});
    if (decoded.status != wspc::decode_status::complete || decoded.header.length != 5) return 1;
    const auto payload = bytes.subspan(decoded.size);
    wspc::mask(payload, decoded.header.key);
    if (std::memcmp(payload.data(), "Hello", 5) != 0 || !wspc::is_utf8(payload)) return 2;

    std::array<std::byte, wspc::max_header_size> header;
    if (wspc::encode_header(header.data(), {.length = 5, .op = wspc::opcode::text}) != 2) return 3;
    if (header[0] != std::byte{0x81} || header[1] != std::byte{5}) return 4;

    const std::string_view kernel = wspc::active_kernel().active;
    std::printf("decoded by the kernel %.*s\n", static_cast<int>(kernel.size()), kernel.data());
    return kernel.empty() ? 5 : 0;
}
