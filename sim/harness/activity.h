// Counts toggles of a netlist while it runs. The netlist hands over its nets at each rising edge in groups of 64, as they had settled
// before the edge (generator/energy/netlist_verilog.ts).
#pragma once
#include <cstdint>
#include <cstdio>
#include <vector>

namespace bench {

class Activity {
public:
    bool counting = false;

    void sample(uint32_t at, uint64_t nets) {
        if (at >= groups_.size()) groups_.resize(at + 1);
        Group &group = groups_[at];
        if (group.samples++ > 0) {
            for (uint64_t changed = nets ^ group.last; changed != 0; changed &= changed - 1) group.toggles[__builtin_ctzll(changed)]++;
            for (uint64_t high = nets; high != 0; high &= high - 1) group.high[__builtin_ctzll(high)]++;
        }
        group.last = nets;
    }

    // Cycles counted, groups, then for each group 64 counts of toggles and 64 of cycles at 1: 32-bit little-endian words.
    void write(const char *path) const {
        std::FILE *file = std::fopen(path, "wb");
        if (!file) return;
        const uint32_t samples = groups_.empty() ? 0 : groups_[0].samples;
        const uint32_t head[2] = {samples > 0 ? samples - 1 : 0, static_cast<uint32_t>(groups_.size())};
        std::fwrite(head, sizeof head, 1, file);
        for (const Group &group : groups_) {
            std::fwrite(group.toggles, sizeof group.toggles, 1, file);
            std::fwrite(group.high, sizeof group.high, 1, file);
        }
        std::fclose(file);
    }

private:
    struct Group {
        uint64_t last = 0;
        uint32_t samples = 0;  // the first is what changes are seen against
        uint32_t toggles[64] = {}, high[64] = {};
    };
    std::vector<Group> groups_;
};

inline Activity &activity() {
    static Activity only;
    return only;
}

}  // namespace bench

extern "C" unsigned char shiftloom_counting() { return bench::activity().counting; }

extern "C" void shiftloom_nets(unsigned at, unsigned long long nets) { bench::activity().sample(at, nets); }
