// SPDX-License-Identifier: Apache-2.0
#include "support/transforms.hpp"

#include <algorithm>

namespace wspc::test {
namespace {

constexpr std::byte flip_bit{0x20};
constexpr std::byte stop{0x55};

class reference_of_kind : public reference_transform {
public:
    explicit reference_of_kind(transform_kind kind) : kind_{kind} {}

    bool restore(const bytes& in, bool last, bytes& out) override {
        for (std::size_t i = 0; i < in.size(); ++i) {
            const std::byte b = in[i];
            // A message that has ended by itself may hold nothing more.
            if (ended_) return false;
            switch (kind_) {
                case transform_kind::flip:
                case transform_kind::sip: out.push_back(b ^ flip_bit); break;
                case transform_kind::twice: out.insert(out.end(), 2, b); break;
                case transform_kind::hoard: kept_.push_back(b); break;
                case transform_kind::stumble:
                    if (b == stop) return false;
                    out.push_back(b ^ flip_bit);
                    break;
                case transform_kind::truncate:
                    if (b == stop) {
                        ended_ = true;
                        if (i + 1 != in.size() || !last) return false;
                    } else {
                        out.push_back(b ^ flip_bit);
                    }
                    break;
            }
        }
        if (last) out += kept_;
        return true;
    }

private:
    transform_kind kind_;
    bytes kept_;
    bool ended_ = false;
};

}  // namespace

void test_transform::describe(reference_options& options) const {
    options.transform_rsv = rsv_;
    options.make_transform = [kind = kind_] { return std::make_unique<reference_of_kind>(kind); };
}

// Gives what is due as far as there is room; whether all of it has been given.
bool test_transform::give(std::span<std::byte>& out) {
    const std::size_t size = std::min(due_.size() - given_, out.size());
    std::copy_n(due_.begin() + static_cast<std::ptrdiff_t>(given_), size, out.begin());
    out = out.subspan(size);
    given_ += size;
    if (given_ != due_.size()) return false;
    due_.clear();
    given_ = 0;
    return true;
}

transform_status test_transform::step(std::span<const std::byte>& in, std::span<std::byte>& out, bool last) {
    largest_input_ = std::max(largest_input_, in.size());
    if (in.empty() && out.empty()) ++idle_calls_;
    if (kind_ == transform_kind::hoard) {
        due_.insert(due_.end(), in.begin(), in.end());
        in = {};
        if (!last) return transform_status::more;
        return give(out) ? transform_status::done : transform_status::more;
    }
    std::size_t taken = 0;
    while (give(out) && !in.empty() && !out.empty()) {
        if (kind_ == transform_kind::sip && taken++ == 3) break;
        const std::byte b = in.front();
        if (b == stop && kind_ == transform_kind::stumble) return transform_status::failed;
        in = in.subspan(1);
        if (b == stop && kind_ == transform_kind::truncate) return transform_status::done;
        if (kind_ == transform_kind::twice)
            due_.assign(2, b);
        else
            due_.assign(1, b ^ flip_bit);
    }
    return last && in.empty() && due_.empty() ? transform_status::done : transform_status::more;
}

transform_status test_transform::step(void* context, std::span<const std::byte>& in,
                                      std::span<std::byte>& out, bool last) noexcept {
    return static_cast<test_transform*>(context)->step(in, out, last);
}

}  // namespace wspc::test
