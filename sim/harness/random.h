// Small seeded generator, so that every engine and every platform sees the same stimuli.
#pragma once
#include <cstdint>

namespace bench {

class Random {
public:
    explicit Random(uint64_t seed = 0) { reseed(seed); }

    void reseed(uint64_t seed) {
        // Neighbouring seeds must not give similar streams: mix once (the finalizer of splitmix64) and avoid the state 0.
        state_ = mix(seed + 0x9E3779B97F4A7C15ull);
        if (state_ == 0) state_ = 1;
    }

    // xorshift64*: 32 good bits per call.
    uint32_t next() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return static_cast<uint32_t>((state_ * 0x2545F4914F6CDD1Dull) >> 32);
    }

    uint32_t below(uint32_t limit) { return static_cast<uint32_t>((static_cast<uint64_t>(next()) * limit) >> 32); }

    // True with probability threshold / 2^32; draws nothing if that is 0, which keeps runs without stalls fast.
    bool chance(uint32_t threshold) { return threshold != 0 && next() < threshold; }

private:
    static uint64_t mix(uint64_t z) {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
        return z ^ (z >> 31);
    }

    uint64_t state_;
};

}  // namespace bench
