// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <wspc/error.hpp>

#include "api.hpp"

namespace wspc {
inline namespace v0 {
namespace capi {

// Who wrote the text that was found wrong.
enum class author : std::uint8_t { program, peer };

// What websocket.h calls an error of the engine. The same fault is E_INVALIDARG in what the program
// wants to send, and a protocol error in what the peer has sent.
[[nodiscard]] HRESULT hresult(error code, author of = author::peer) noexcept;

}  // namespace capi
}  // namespace v0
}  // namespace wspc
