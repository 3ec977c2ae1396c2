// Memory as the DMA sees it, and the 64-bit ports that lead to it: random latency, bursts of up to 16 beats that stay within 4 KiB.
#pragma once
#include <cinttypes>
#include <cstdint>
#include <cstring>
#include <deque>
#include <unordered_map>
#include <vector>

#include "random.h"
#include "report.h"

namespace board {

using bench::Random;
using bench::Violations;

// What nobody has written is noise: a driver that forgets to flush sends that.
class Memory {
public:
    static constexpr uint32_t kLine = 32;           // of a Cortex-A9's cache
    static constexpr uint32_t kFirstByte = 0x10000; // nothing answers below

    explicit Memory(uint64_t seed) : random_(seed) {}

    uint8_t *at(uint32_t address) {
        std::vector<uint8_t> &page = pages_[address / kPage];
        if (page.empty()) {
            page.resize(kPage);
            for (uint8_t &byte : page) byte = static_cast<uint8_t>(random_.next());
        }
        return &page[address % kPage];
    }

    void flush(const void *cpu, uint32_t bus, uint32_t bytes) {
        each_line(cpu, bus, bytes, [this](uint8_t *line, uint32_t address) { std::memcpy(at(address), line, kLine); });
    }

    void invalidate(void *cpu, uint32_t bus, uint32_t bytes) {
        each_line(cpu, bus, bytes, [this](uint8_t *line, uint32_t address) { std::memcpy(line, at(address), kLine); });
    }

private:
    static constexpr uint32_t kPage = 4096;

    template <class Action> void each_line(const void *cpu, uint32_t bus, uint32_t bytes, Action action) {
        const uint32_t before = bus % kLine;
        uint8_t *line = static_cast<uint8_t *>(const_cast<void *>(cpu)) - before;
        for (uint64_t address = bus - before; address < static_cast<uint64_t>(bus) + bytes; address += kLine, line += kLine) {
            action(line, static_cast<uint32_t>(address));
        }
    }

    Random random_;
    std::unordered_map<uint32_t, std::vector<uint8_t>> pages_;
};

// What both directions of a port share: who may ask, and how long it takes.
class Port {
public:
    static constexpr uint32_t kBeat = 8, kMaxBeats = 16, kBoundary = 4096;
    static constexpr size_t kOutstanding = 4;

    Port(const char *name, Memory &memory, uint64_t seed, bool quick, Violations &violations)
        : memory_(memory), random_(seed), name_(name), quick_(quick), violations_(violations) {}

    // Beats of the next burst from `address` on when `bytes` are left to move.
    static uint32_t beats(uint32_t address, uint32_t bytes) {
        const uint32_t to_boundary = (kBoundary - address % kBoundary) / kBeat, wanted = (bytes + kBeat - 1) / kBeat;
        return std::min(std::min(to_boundary, wanted), kMaxBeats);
    }

protected:
    void check(uint32_t address, uint32_t beats) {
        if (address % kBeat) violations_.add("unaligned burst", "%s at 0x%08x", name_, static_cast<unsigned>(address));
        if (beats == 0 || beats > kMaxBeats) violations_.add("burst of a wrong length", "%s of %u beats", name_, static_cast<unsigned>(beats));
        if (address / kBoundary != (address + beats * kBeat - 1) / kBoundary) {
            violations_.add("burst across 4 KiB", "%s at 0x%08x of %u beats", name_, static_cast<unsigned>(address), static_cast<unsigned>(beats));
        }
    }

    uint32_t latency() { return quick_ ? 8 : 8 + random_.below(random_.below(8) == 0 ? 200 : 40); }
    bool pauses() { return !quick_ && random_.below(4) == 0; }

    Memory &memory_;
    Random random_;
    const char *const name_;
    const bool quick_;
    Violations &violations_;
};

class ReadPort : public Port {
public:
    using Port::Port;

    // The address handshake: false if the port does not take one in this cycle.
    bool request(uint32_t address, uint32_t beats) {
        if (bursts_.size() >= kOutstanding || pauses()) return false;
        check(address, beats);
        bursts_.push_back({address, beats, latency()});
        return true;
    }

    bool quiet() const { return bursts_.empty(); }

    // One cycle; true if a beat came, or an error instead of it.
    bool cycle(uint64_t &data, bool &error) {
        for (Burst &burst : bursts_)
            if (burst.wait > 0) burst.wait--;
        if (bursts_.empty() || bursts_.front().wait > 0 || pauses()) return false;
        Burst &burst = bursts_.front();
        error = burst.address < Memory::kFirstByte;
        for (uint32_t i = 0; i < kBeat; i++) reinterpret_cast<uint8_t *>(&data)[i] = error ? 0 : *memory_.at(burst.address + i);
        burst.address += kBeat;
        if (--burst.beats == 0) bursts_.pop_front();
        return true;
    }

private:
    struct Burst {
        uint32_t address, beats, wait;
    };
    std::deque<Burst> bursts_;
};

class WritePort : public Port {
public:
    using Port::Port;

    // Address and data of a burst; `bytes` of them are written (the last beat may be part of one).
    bool request(uint32_t address, const std::vector<uint8_t> &bytes) {
        if (bursts_.size() >= kOutstanding || pauses()) return false;
        const uint32_t beats = static_cast<uint32_t>((bytes.size() + kBeat - 1) / kBeat);
        check(address, beats);
        bursts_.push_back({address, beats + latency(), bytes});
        return true;
    }

    bool quiet() const { return bursts_.empty(); }

    // One cycle. Data are in memory when their response comes, and not before.
    bool cycle(bool &error) {
        for (Burst &burst : bursts_)
            if (burst.wait > 0) burst.wait--;
        if (bursts_.empty() || bursts_.front().wait > 0) return false;
        const Burst &burst = bursts_.front();
        error = burst.address < Memory::kFirstByte;
        for (size_t i = 0; i < burst.bytes.size() && !error; i++) *memory_.at(burst.address + static_cast<uint32_t>(i)) = burst.bytes[i];
        bursts_.pop_front();
        return true;
    }

private:
    struct Burst {
        uint32_t address, wait;
        std::vector<uint8_t> bytes;
    };
    std::deque<Burst> bursts_;
};

}  // namespace board
