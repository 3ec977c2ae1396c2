// Comes before the generated code of every cxxrtl design; precompiled once.
#pragma once
#include <cxxrtl/cxxrtl.h>

#include "pins.h"

// Memory contents from init.bin: `offset` and the layout are those of sim/cxxrtl_source.ts.
const uint32_t *initial_words(size_t offset);

template <size_t Bits> struct InitialWords {
    const cxxrtl::value<Bits> *first;
    size_t count;
    const cxxrtl::value<Bits> *begin() const { return first; }
    const cxxrtl::value<Bits> *end() const { return first + count; }
};

template <size_t Bits> InitialWords<Bits> initial_memory(size_t offset, size_t count) {
    static_assert(sizeof(cxxrtl::value<Bits>) == (Bits + 31) / 32 * 4, "a cxxrtl value is an array of 32-bit chunks");
    return {reinterpret_cast<const cxxrtl::value<Bits> *>(initial_words(offset)), count};
}
