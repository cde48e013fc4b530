// SPDX-License-Identifier: Apache-2.0
// A model of the message that one side is sending (RFC 6455 5.4, 8.1), in opcodes of the wire.
#pragma once

#include <cstddef>
#include <span>

#include <wspc/error.hpp>
#include <wspc/frame.hpp>
#include <wspc/utf8.hpp>

namespace wspc::fuzz {

class sent_message {
public:
    // text or binary; continuation if none is open.
    [[nodiscard]] opcode op() const { return op_; }
    [[nodiscard]] bool open() const { return op_ != opcode::continuation; }

    // Whether this may be its next frame; `check` that text is UTF-8.
    [[nodiscard]] error judge(opcode op, std::span<const std::byte> payload, bool fin, bool check) const {
        const bool continues = op == opcode::continuation;
        if (continues != open()) return error::wrong_message;
        if ((continues ? op_ : op) != opcode::text || !check) return error::none;
        const utf8_state behind = validate(payload, continues ? utf8_ : utf8_state::accept);
        const bool wrong = behind == utf8_state::reject || (fin && behind != utf8_state::accept);
        return wrong ? error::text_not_utf8 : error::none;
    }

    void append(opcode op, std::span<const std::byte> payload, bool fin) {
        const bool continues = op == opcode::continuation;
        if (!continues) op_ = op;
        if (op_ == opcode::text) utf8_ = validate(payload, continues ? utf8_ : utf8_state::accept);
        if (fin) op_ = opcode::continuation;
    }

private:
    opcode op_ = opcode::continuation;
    utf8_state utf8_ = utf8_state::accept;
};

}  // namespace wspc::fuzz
