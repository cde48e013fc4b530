// SPDX-License-Identifier: Apache-2.0
// Memory for operations: as much as was ever needed at once, and no allocation once that is there.
#pragma once

#include <new>

namespace wspc {
inline namespace v0 {
namespace capi {

// Owns every node that it ever made, lent or not, until its own end. Not safe from several threads.
template <class Node>
class node_pool {
public:
    node_pool() noexcept = default;
    node_pool(const node_pool&) = delete;
    node_pool& operator=(const node_pool&) = delete;
    ~node_pool() {
        while (all_ != nullptr) {
            entry* const gone = all_;
            all_ = gone->older;
            delete gone;
        }
    }

    // A node, or null if there is no memory. It may be as it was given back: the caller writes what it means
    // to be read, which costs less than to write all of it first.
    [[nodiscard]] Node* take() noexcept {
        entry* taken = free_;
        if (taken != nullptr) {
            free_ = taken->next_free;
            return taken;
        }
        taken = new (std::nothrow) entry{};
        if (taken == nullptr) return nullptr;
        taken->older = all_;
        all_ = taken;
        return taken;
    }

    // `node` came from take().
    void give_back(Node* node) noexcept {
        entry* const given = static_cast<entry*>(node);
        given->next_free = free_;
        free_ = given;
    }

private:
    struct entry : Node {
        entry* older = nullptr;
        entry* next_free = nullptr;
    };

    entry* all_ = nullptr;
    entry* free_ = nullptr;
};

}  // namespace capi
}  // namespace v0
}  // namespace wspc
