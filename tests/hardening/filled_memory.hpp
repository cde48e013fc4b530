// SPDX-License-Identifier: Apache-2.0
// Memory from operator new that is not empty. Linking filled_memory.cpp replaces it in the whole program.
#pragma once

namespace wspc::test {

// What every octet of new memory holds from now on.
void fill_new_memory(int octet) noexcept;

// Memory that holds it as long as the test does, and 0 again after it.
class memory_filled_with {
public:
    explicit memory_filled_with(int octet) { fill_new_memory(octet); }
    ~memory_filled_with() { fill_new_memory(0); }
    memory_filled_with(const memory_filled_with&) = delete;
    memory_filled_with& operator=(const memory_filled_with&) = delete;
};

}  // namespace wspc::test
