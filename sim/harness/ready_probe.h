// VALID must not wait for READY in the same cycle: now and then, in a settled model, every READY is turned over and turned back.
#pragma once
#include "pins.h"
#include "report.h"

namespace bench {

template <class Bit> class ReadyProbe {
public:
    // Three evaluations more in one cycle of so many.
    static constexpr uint64_t kEvery = 61;

    explicit ReadyProbe(Violations &violations) : violations_(violations) {}

    // After the falling edge, before anything is sampled. Leaves the model as it was.
    void look(Dut<Bit> &dut, uint64_t cycle) {
        if (cycle % kEvery != 0) return;
        const Pins<Bit> &pins = dut.pins;
        const Seen before(pins);
        turn(dut);
        const Seen after(pins);
        turn(dut);
        if (after.m_axis != before.m_axis) violations_.add("m_axis_tvalid follows m_axis_tready", "in the same cycle, at cycle %" PRIu64, cycle);
        else if (before.m_axis && (after.data != before.data || after.last != before.last)) {
            violations_.add("m_axis_tdata or m_axis_tlast follows m_axis_tready", "in the same cycle, at cycle %" PRIu64, cycle);
        }
        if (after.b != before.b || after.r != before.r) violations_.add("AXI4-Lite response follows ready", "in the same cycle, at cycle %" PRIu64, cycle);
    }

private:
    struct Seen {
        explicit Seen(const Pins<Bit> &pins)
            : m_axis(*pins.m_axis_tvalid), last(*pins.m_axis_tlast), b(*pins.s_axil_bvalid), r(*pins.s_axil_rvalid), data(pins.m_axis_tdata.get()) {}
        bool m_axis, last, b, r;
        uint64_t data;
    };

    static void turn(Dut<Bit> &dut) {
        for (Bit *ready : {dut.pins.m_axis_tready, dut.pins.s_axil_bready, dut.pins.s_axil_rready}) *ready = !*ready;
        dut.eval(dut.model);
    }

    Violations &violations_;
};

}  // namespace bench
