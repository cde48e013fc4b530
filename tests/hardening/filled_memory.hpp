// SPDX-License-Identifier: Apache-2.0
// Memory from operator new that is not empty. Linking filled_memory.cpp replaces it in the whole program.
#pragma once

namespace wspc::test {

// What every octet of new memory holds from now on.
void fill_new_memory(int octet) noexcept;

}  // namespace wspc::test
