// SPDX-License-Identifier: Apache-2.0
#include "peers/kernels.hpp"

#include <array>

#include <boost/asio/buffer.hpp>
#include <boost/beast/websocket/detail/mask.hpp>

#include <is_utf8.h>
#include <node_api.h>

extern "C" napi_value Unmask(napi_env env, napi_callback_info info);
#if defined(__x86_64__)
extern "C" bool is_utf8_avx2(const char* text, std::size_t size);
#endif

namespace wspc::bench {

void beast_mask(std::byte* bytes, std::size_t size, std::uint32_t key) noexcept {
    namespace detail = boost::beast::websocket::detail;
    detail::prepared_key prepared;
    detail::prepare_key(prepared, key);
    detail::mask_inplace(boost::asio::mutable_buffer{bytes, size}, prepared);
}

void bufferutil_mask(std::byte* bytes, std::size_t size, std::uint32_t key) noexcept {
    wspc_buffer source{bytes, size};
    wspc_buffer mask{&key, sizeof key};
    std::array<napi_value, 2> arguments{&source, &mask};
    Unmask(nullptr, arguments.data());
}

bool is_utf8_valid(const std::byte* bytes, std::size_t size) noexcept {
    return is_utf8(reinterpret_cast<const char*>(bytes), size);
}

#if defined(__x86_64__)
bool is_utf8_valid_by_avx2(const std::byte* bytes, std::size_t size) noexcept {
    return is_utf8_avx2(reinterpret_cast<const char*>(bytes), size);
}
#endif

}  // namespace wspc::bench
