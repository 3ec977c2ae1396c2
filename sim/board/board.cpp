// The board around a Verilated engine, in one process with the program that drives it: the clock runs while the program waits for a register,
// for time or for the interrupt, and stands still while it computes. Settings are environment variables; at exit broken rules are told, code 3.
#include "board.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "axi_dma.h"
#include "axi_lite.h"
#include "ready_probe.h"
#include "verilated.h"

// Defined in verilator_adapter.h, which is compiled with the design.
bench::Dut<uint8_t> make_dut(VerilatedContext *context);

double sc_time_stamp() { return 0; }

namespace {

using namespace board;

uint64_t setting(const char *name, uint64_t otherwise) {
    const char *text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 0) : otherwise;
}

class Board {
public:
    Board()
        : seed_(setting("BOARD_SEED", 1)), quick_(setting("BOARD_STALLS", 1) == 0), limit_(setting("BOARD_CYCLES", 20'000'000)), dut_(make_dut(context())),
          memory_(seed_), lite_(!quick_, seed_ + 10, violations_), probe_(violations_), random_(seed_ + 20),
          dma_("mm2s", "s2mm", memory_, seed_ + 30, quick_, length_bits(), violations_),
          weight_dma_("weight mm2s", "weight s2mm", memory_, seed_ + 40, quick_, length_bits(), violations_) {
        reset();
    }

    // Reset of the whole fabric.
    void reset() {
        *dut_.pins.aresetn = 0;
        lite_.reset();
        dma_.reset();
        weight_dma_.reset();
        in_reset_ = true;
        for (int i = 0; i < kResetCycles; i++) cycle();
        if (*dut_.pins.m_axis_tvalid || *dut_.pins.s_axil_bvalid || *dut_.pins.s_axil_rvalid || interrupt_) violations_.add("active in reset", "an output of the engine");
        *dut_.pins.aresetn = 1;
        cycle(); // the first edge that sees it high is the earliest after which a master may begin
        in_reset_ = false;
    }

    uint32_t read(uint32_t address) {
        // The processor gets to the bus when it does.
        for (uint32_t i = quick_ ? 0 : random_.below(4); i > 0; i--) cycle();
        if (AxiDma<uint8_t> *dma = dma_at(address)) {
            for (int i = 0; i < kDmaAccess; i++) cycle();
            return dma->read(address & 0xFFFF);
        }
        if (!is_engine(address)) return 0xDEADDEAD;
        lite_.begin_read(address & 0xFF);
        while (lite_.busy()) cycle();
        return lite_.value();
    }

    void write(uint32_t address, uint32_t value) {
        for (uint32_t i = quick_ ? 0 : random_.below(4); i > 0; i--) cycle();
        if (AxiDma<uint8_t> *dma = dma_at(address)) {
            for (int i = 0; i < kDmaAccess; i++) cycle();
            dma->write(address & 0xFFFF, value);
            return;
        }
        if (!is_engine(address)) return;
        lite_.begin_write(address & 0xFF, value);
        while (lite_.busy()) {
            if ((address & 0xFF) == 0 && value & 0x100) dropping_ = kDropping;
            cycle();
        }
        if ((address & 0xFF) == 0 && value & 1 && reset_after_ > 0) {
            for (; reset_after_ > 0; reset_after_--) cycle();
            reset();
        }
    }

    void sleep(uint32_t microseconds) {
        for (uint64_t i = 0; i < uint64_t(microseconds) * BOARD_CYCLES_PER_MICROSECOND; i++) cycle();
    }

    uint32_t await_interrupt(uint32_t microseconds) {
        const uint64_t first = cycle_, most = uint64_t(microseconds) * BOARD_CYCLES_PER_MICROSECOND;
        do cycle();
        while (!interrupt_ && cycle_ - first < most);
        return static_cast<uint32_t>((cycle_ - first) / BOARD_CYCLES_PER_MICROSECOND);
    }

    void order_fault(board_fault fault, int32_t value) {
        if (fault == BOARD_RESET_AFTER) reset_after_ = value;
        else (fault & BOARD_WEIGHTS ? weight_dma_ : dma_).send.fault = {fault & ~BOARD_WEIGHTS, value};
    }

    Memory &memory() { return memory_; }
    uint64_t cycles() const { return cycle_; }
    uint64_t output_beats() const { return dma_.receive.beats; }
    const Violations &violations() const { return violations_; }

private:
    static constexpr int kResetCycles = 16, kDmaAccess = 4, kDropping = 8;

    static VerilatedContext *context() {
        VerilatedContext *made = new VerilatedContext;
        made->randReset(2);
        made->randSeed(static_cast<int>(setting("BOARD_SEED", 1) % 0x7fffffff) + 1);
        return made;
    }

    static uint32_t length_bits() { return static_cast<uint32_t>(setting("BOARD_LENGTH_BITS", 26)); }

    AxiDma<uint8_t> *dma_at(uint32_t address) {
        if (address >> 16 == BOARD_DMA >> 16) return &dma_;
        if (address >> 16 == BOARD_WEIGHT_DMA >> 16 && has_weights()) return &weight_dma_;
        return nullptr;
    }

    bool has_weights() const { return dut_.pins.s_axis_weight.tvalid != nullptr; }

    bool is_engine(uint32_t address) {
        if (address % 4 == 0 && address >= BOARD_ENGINE && address < BOARD_ENGINE + 0x1000) return true;
        violations_.add("access to no register", "address 0x%08x", static_cast<unsigned>(address));
        return false;
    }

    void cycle() {
        const bench::Pins<uint8_t> &pins = dut_.pins;
        dma_.send.drive(pins.s_axis());
        if (has_weights()) weight_dma_.send.drive(pins.s_axis_weight);
        dma_.receive.drive(pins);
        lite_.drive(pins);
        dut_.clock_low();
        if (!in_reset_) probe_.look(dut_, cycle_);
        interrupt_ = *pins.interrupt;
        if (in_reset_ || dropping_ > 0) dma_.receive.forget();
        if (dropping_ > 0) dropping_--;
        if (!in_reset_) {
            lite_.sample(pins);
            dma_.send.sample(pins.s_axis());
            if (has_weights()) weight_dma_.send.sample(pins.s_axis_weight);
            dma_.receive.sample(pins);
        }
        if (in_reset_ || dropping_ > 0) dma_.receive.forget();
        dut_.clock_high();
        dma_.cycle();
        weight_dma_.cycle();
        if (++cycle_ < limit_) return;
        std::printf("watchdog: %llu cycles\n", static_cast<unsigned long long>(cycle_));
        std::fflush(stdout);
        _exit(4);
    }

    const uint64_t seed_;
    const bool quick_;
    const uint64_t limit_;
    bench::Dut<uint8_t> dut_;
    Violations violations_;
    Memory memory_;
    bench::AxiLite<uint8_t> lite_;
    bench::ReadyProbe<uint8_t> probe_;
    Random random_;
    AxiDma<uint8_t> dma_, weight_dma_;
    uint64_t cycle_ = 0;
    int64_t reset_after_ = 0;
    int32_t dropping_ = 0;
    bool interrupt_ = false, in_reset_ = false;
};

Board *the_board = nullptr;

// Rules that were broken make a failed program of any.
void tell() {
    const std::vector<std::string> sentences = the_board->violations().sentences();
    if (sentences.empty()) return;
    std::fflush(stdout);
    for (const std::string &sentence : sentences) std::fprintf(stderr, "%s\n", sentence.c_str());
    std::fflush(stderr);
    _exit(3);
}

Board &board_() {
    if (!the_board) {
        the_board = new Board();
        std::atexit(tell);
    }
    return *the_board;
}

}  // namespace

extern "C" {
uint32_t board_read(uint32_t address) { return board_().read(address); }
void board_write(uint32_t address, uint32_t value) { board_().write(address, value); }
void board_flush(const void *cpu, uint32_t bus, uint32_t bytes) { board_().memory().flush(cpu, bus, bytes); }
void board_invalidate(void *cpu, uint32_t bus, uint32_t bytes) { board_().memory().invalidate(cpu, bus, bytes); }
void board_sleep(uint32_t microseconds) { board_().sleep(microseconds); }
uint32_t board_await_interrupt(uint32_t microseconds) { return board_().await_interrupt(microseconds); }
void board_reset(void) { board_().reset(); }
void board_order_fault(enum board_fault fault, int32_t value) { board_().order_fault(fault, value); }
uint64_t board_cycles(void) { return board_().cycles(); }
uint64_t board_output_beats(void) { return board_().output_beats(); }
}
