// AXI4-Lite master: one transaction at a time, with random delays between address, data and response on request.
#pragma once
#include <cstdint>

#include "pins.h"
#include "random.h"
#include "report.h"

namespace bench {

template <class Bit> class AxiLite {
public:
    // A register access that takes longer than this never ends.
    static constexpr uint32_t kPatience = 1000;

    AxiLite(bool jitter, uint64_t seed, Violations &violations) : jitter_(jitter), random_(seed), violations_(violations) {}

    void begin_write(uint32_t address, uint32_t data) {
        begin(address);
        write_ = true;
        data_ = data;
        address_wait_ = delay();
        data_wait_ = delay();
        address_left_ = data_left_ = true;
    }

    void begin_read(uint32_t address) {
        begin(address);
        write_ = false;
        address_wait_ = delay();
        address_left_ = true;
        data_left_ = false;
    }

    bool busy() const { return busy_; }
    // No answer came: the bus is unusable from here on.
    bool dead() const { return dead_; }
    // The write took effect in this cycle at the latest: address and data are both accepted.
    bool performed() const { return busy_ && write_ && !address_left_ && !data_left_; }
    uint32_t value() const { return value_; }

    void reset() {
        busy_ = address_left_ = data_left_ = waiting_ = false;
    }

    void drive(const Pins<Bit> &pins) {
        const bool address_now = busy_ && address_left_ && address_wait_ == 0;
        const bool data_now = busy_ && data_left_ && data_wait_ == 0;
        *pins.s_axil_awvalid = address_now && write_;
        *pins.s_axil_arvalid = address_now && !write_;
        *pins.s_axil_wvalid = data_now;
        // Idle buses carry the complement of the last address, so that nothing may rest on them.
        *pins.s_axil_awaddr = static_cast<Bit>((address_now && write_ ? address_ : ~address_) & 0xff);
        *pins.s_axil_araddr = static_cast<Bit>((address_now && !write_ ? address_ : ~address_) & 0xff);
        *pins.s_axil_wdata = data_now ? data_ : ~data_;
        *pins.s_axil_wstrb = 0xf;
        const bool respond = busy_ && !address_left_ && !data_left_ && response_wait_ == 0;
        *pins.s_axil_bready = !jitter_ || (respond && write_);
        *pins.s_axil_rready = !jitter_ || (respond && !write_);
    }

    void sample(const Pins<Bit> &pins) {
        const bool b = *pins.s_axil_bvalid, r = *pins.s_axil_rvalid;
        const bool due = busy_ && !address_left_ && !data_left_;
        if (b && !(due && write_)) violations_.add("s_axil_bvalid without a write", "no write response was due");
        if (r && !(due && !write_)) violations_.add("s_axil_rvalid without a read", "no read data was due");
        if (!busy_) return;
        if (due) {
            check_held(pins, write_ ? b : r);
            answer(pins, write_ ? (b && *pins.s_axil_bready) : (r && *pins.s_axil_rready));
            if (response_wait_ > 0) response_wait_--;
        } else {
            request(pins);
        }
        if (busy_ && ++age_ > kPatience) give_up();
    }

private:
    void begin(uint32_t address) {
        busy_ = true;
        waiting_ = false;
        address_ = address;
        age_ = 0;
        response_wait_ = delay();
    }

    uint32_t delay() { return jitter_ ? random_.below(4) : 0; }

    void request(const Pins<Bit> &pins) {
        const bool accepted = write_ ? (*pins.s_axil_awvalid && *pins.s_axil_awready) : (*pins.s_axil_arvalid && *pins.s_axil_arready);
        if (accepted) address_left_ = false;
        if (*pins.s_axil_wvalid && *pins.s_axil_wready) data_left_ = false;
        if (address_wait_ > 0) address_wait_--;
        if (data_wait_ > 0) data_wait_--;
    }

    void check_held(const Pins<Bit> &pins, bool valid) {
        if (waiting_ && (!valid || (!write_ && *pins.s_axil_rdata != held_))) {
            violations_.add("AXI4-Lite response changed while waiting for ready", "register 0x%02x", static_cast<unsigned>(address_));
        }
        waiting_ = valid;
        held_ = *pins.s_axil_rdata;
    }

    void answer(const Pins<Bit> &pins, bool handshake) {
        if (!handshake) return;
        const unsigned response = write_ ? *pins.s_axil_bresp : *pins.s_axil_rresp;
        if (response != 0) {
            violations_.add("AXI4-Lite response is not OKAY", "register 0x%02x answered %u", static_cast<unsigned>(address_), response);
        }
        value_ = *pins.s_axil_rdata;
        busy_ = waiting_ = false;
    }

    void give_up() {
        violations_.add("AXI4-Lite does not answer", "%s of register 0x%02x got no answer in %u cycles", write_ ? "write" : "read",
                        static_cast<unsigned>(address_), kPatience);
        busy_ = false;
        dead_ = true;
    }

    const bool jitter_;
    Random random_;
    Violations &violations_;
    bool busy_ = false, write_ = false, dead_ = false, address_left_ = false, data_left_ = false, waiting_ = false;
    uint32_t address_ = 0, data_ = 0, value_ = 0, held_ = 0, age_ = 0;
    uint32_t address_wait_ = 0, data_wait_ = 0, response_wait_ = 0;
};

}  // namespace bench
