// The ports of an accelerator as pointers, so that the bench is compiled once per engine and not once per design.
// Bit is the type that an engine stores ports of up to 8 bits in: uint8_t in Verilator, uint32_t in cxxrtl.
#pragma once
#include <cstdint>
#include <cstring>

namespace bench {

// A port of 8, 16, 32 or 64 bits, stored little-endian in `bytes` bytes. Unused high bytes of the storage stay 0.
struct DataPin {
    void *at = nullptr;
    unsigned bytes = 0;

    void set(uint64_t value) const {
        switch (bytes) {
            case 1: store(static_cast<uint8_t>(value)); break;
            case 2: store(static_cast<uint16_t>(value)); break;
            case 4: store(static_cast<uint32_t>(value)); break;
            default: store(value); break;
        }
    }

    uint64_t get() const {
        switch (bytes) {
            case 1: return load<uint8_t>();
            case 2: return load<uint16_t>();
            case 4: return load<uint32_t>();
            default: return load<uint64_t>();
        }
    }

private:
    template <class T> void store(T value) const { std::memcpy(at, &value, sizeof value); }
    template <class T> T load() const {
        T value;
        std::memcpy(&value, at, sizeof value);
        return value;
    }
};

// Name, then whether the port is DATA (stream data), WORD (32 bits) or BITS (up to 8).
#define BENCH_PORTS(BITS, WORD, DATA)                                                                         \
    BITS(aclk) BITS(aresetn)                                                                                  \
    DATA(s_axis_tdata) BITS(s_axis_tvalid) BITS(s_axis_tready) BITS(s_axis_tlast)                             \
    DATA(m_axis_tdata) BITS(m_axis_tvalid) BITS(m_axis_tready) BITS(m_axis_tlast)                             \
    BITS(s_axil_awaddr) BITS(s_axil_awvalid) BITS(s_axil_awready)                                             \
    WORD(s_axil_wdata) BITS(s_axil_wstrb) BITS(s_axil_wvalid) BITS(s_axil_wready)                             \
    BITS(s_axil_bresp) BITS(s_axil_bvalid) BITS(s_axil_bready)                                                \
    BITS(s_axil_araddr) BITS(s_axil_arvalid) BITS(s_axil_arready)                                             \
    WORD(s_axil_rdata) BITS(s_axil_rresp) BITS(s_axil_rvalid) BITS(s_axil_rready)

template <class Bit> struct StreamPins {
    DataPin tdata;
    Bit *tvalid = nullptr, *tready = nullptr, *tlast = nullptr;
};

template <class Bit> struct Pins {
#define BENCH_BITS(name) Bit *name = nullptr;
#define BENCH_WORD(name) uint32_t *name = nullptr;
#define BENCH_DATA(name) DataPin name;
    BENCH_PORTS(BENCH_BITS, BENCH_WORD, BENCH_DATA)
#undef BENCH_BITS
#undef BENCH_WORD
#undef BENCH_DATA
    Bit *interrupt = nullptr;
    // Only designs with streamed weights have these.
    StreamPins<Bit> s_axis_weight;

    StreamPins<Bit> s_axis() const { return {s_axis_tdata, s_axis_tvalid, s_axis_tready, s_axis_tlast}; }
};

// A compiled design: its pins and what an engine must be able to do with it.
template <class Bit> struct Dut {
    using Pin = Bit;
    Pins<Bit> pins;
    void *model = nullptr;
    // Settles everything after inputs changed.
    void (*eval)(void *model) = nullptr;
    // Takes the rising edge in a settled model. Outputs need not be settled afterwards: the next eval does that.
    void (*edge)(void *model) = nullptr;
    void (*finish)(void *model) = nullptr;
    // Waves; null where the engine or the build has none.
    void (*trace_open)(void *model, const char *file) = nullptr;
    void (*trace_dump)(void *model, uint64_t time) = nullptr;
    void (*trace_close)(void *model) = nullptr;
    // Counting of toggles: whether the next rising edge is a sample; what was counted, into a file.
    void (*count)(bool sample) = nullptr;
    void (*write_counts)(const char *file) = nullptr;

    void clock_low() {
        *pins.aclk = 0;
        eval(model);
    }

    void clock_high() {
        *pins.aclk = 1;
        edge(model);
    }
};

}  // namespace bench
