// An AXI DMA in direct register mode (PG021): registers, a channel that sends and one that receives, each with a port to memory.
#pragma once
#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <deque>
#include <vector>

#include "board.h"
#include "memory.h"
#include "pins.h"
#include "stream_watch.h"

namespace board {

using bench::StreamPins;

// Registers of one channel.
class Channel {
public:
    enum : uint32_t { CONTROL = 0x00, STATUS = 0x04, ADDRESS = 0x18, ADDRESS_MSB = 0x1C, LENGTH = 0x28 };
    enum : uint32_t { RUN = 1, RESET = 4, HALTED = 1, IDLE = 2, INTERNAL_ERROR = 0x10, DECODE_ERROR = 0x40, COMPLETE = 0x1000, ERROR = 0x4000 };
    static constexpr uint32_t kControlReset = 0x00010002;

    Channel(const char *name, uint32_t length_bits, Violations &violations) : name_(name), length_mask_((1u << length_bits) - 1), violations_(violations) {}

    uint32_t read(uint32_t offset) const {
        switch (offset) {
            case CONTROL: return control_;
            case STATUS: return status_;
            case ADDRESS: return address_;
            case LENGTH: return length_;
            default: return 0;
        }
    }

    // True if a transfer starts.
    bool write(uint32_t offset, uint32_t value) {
        switch (offset) {
            case CONTROL:
                control_ = (control_ & ~0xFFFF0001u & ~0x7000u) | (value & 0xFFFF7001u);
                start_wait_ = value & RUN ? 5 : 0;
                if (!(value & RUN)) status_ |= HALTED;
                break;
            case STATUS: status_ &= ~(value & 0x7000); break;
            case ADDRESS:
                if (active_) violations_.add("DMA address written in a transfer", "%s", name_);
                address_ = value;
                break;
            case ADDRESS_MSB:
                if (value) violations_.add("DMA address beyond 32 bits", "%s", name_);
                break;
            case LENGTH: return start(value & length_mask_);
            default: violations_.add("write to no register of the DMA", "%s, offset 0x%02x", name_, static_cast<unsigned>(offset));
        }
        return false;
    }

    bool active() const { return active_; }

protected:
    void tick() {
        if (start_wait_ > 0 && --start_wait_ == 0) status_ &= ~HALTED;
    }

    void complete(uint32_t bits = 0) {
        active_ = false;
        status_ |= IDLE | COMPLETE | bits;
    }

    void fail(uint32_t bit) {
        active_ = false;
        status_ |= bit | ERROR | HALTED;
        control_ &= ~RUN;
    }

    void clear() {
        control_ = kControlReset;
        status_ = HALTED;
        address_ = length_ = start_wait_ = 0;
        active_ = false;
    }

    const char *const name_;
    uint32_t control_ = kControlReset, status_ = HALTED, address_ = 0, length_ = 0;
    bool active_ = false;

private:
    bool start(uint32_t length) {
        if (active_) {
            violations_.add("DMA length written in a transfer", "%s", name_);
            return false;
        }
        if (status_ & HALTED || length == 0) {
            if (status_ & HALTED) violations_.add("DMA length written while it is halted", "%s", name_);
            return false;
        }
        length_ = length;
        active_ = true;
        status_ &= ~IDLE;
        return true;
    }

    const uint32_t length_mask_;
    uint32_t start_wait_ = 0;

protected:
    Violations &violations_;
};

// A fault that the next transfer has.
struct StreamFault {
    int kind = 0; // of board.h
    int64_t value = 0;
};

template <class Bit> class SendChannel : public Channel {
public:
    SendChannel(const char *name, Memory &memory, uint64_t seed, bool quick, uint32_t length_bits, Violations &violations)
        : Channel(name, length_bits, violations), port_(name, memory, seed, quick, violations), random_(seed + 1), quick_(quick) {}

    StreamFault fault;

    void begin() {
        cursor_ = address_;
        to_request_ = to_arrive_ = to_send_ = length_ + (fault.kind == BOARD_LENGTH ? static_cast<uint32_t>(fault.value) : 0);
        beat_ = 0;
        fifo_.clear();
    }

    // In a reset what has been asked for is still answered. True when all is quiet.
    bool reset() {
        active_ = valid_ = false;
        to_request_ = to_send_ = 0;
        fault.kind = 0;
        if (!port_.quiet()) return false;
        clear();
        return true;
    }

    void drive(const StreamPins<Bit> &pins) {
        const uint32_t width = pins.tdata.bytes;
        if (active_ && !valid_ && to_send_ > 0 && fifo_.size() >= std::min(width, to_send_) && (quick_ || random_.below(8) != 0)) {
            valid_ = true;
            data_ = 0;
            if (to_send_ < width) violations_.add("DMA length is not a number of whole beats", "%s of %u bytes", name_, static_cast<unsigned>(length_));
            for (uint32_t i = 0; i < std::min(width, to_send_); i++) data_ |= static_cast<uint64_t>(fifo_[i]) << (8 * i);
            last_ = to_send_ <= width;
            if (fault.kind == BOARD_TLAST_EARLY && beat_ == fault.value) last_ = true;
            if (fault.kind == BOARD_TLAST_MISSING && last_) last_ = false;
        }
        *pins.tvalid = valid_;
        pins.tdata.set(valid_ ? data_ : ~data_ & (~0ull >> (64 - 8 * width)));
        *pins.tlast = valid_ && last_;
    }

    void sample(const StreamPins<Bit> &pins) {
        if (!valid_ || !*pins.tready) return;
        const uint32_t moved = std::min(pins.tdata.bytes, to_send_);
        fifo_.erase(fifo_.begin(), fifo_.begin() + moved);
        to_send_ -= moved;
        beat_++;
        valid_ = false;
        if (to_send_ == 0) fault.kind = 0;
    }

    void cycle() {
        tick();
        const uint32_t beats = Port::beats(cursor_, to_request_);
        if (to_request_ > 0 && fifo_.size() + asked_ + beats * Port::kBeat <= kFifo && port_.request(cursor_, beats)) {
            cursor_ += beats * Port::kBeat;
            asked_ += beats * Port::kBeat;
            to_request_ -= std::min(to_request_, beats * Port::kBeat);
        }
        uint64_t data;
        bool error = false;
        if (port_.cycle(data, error)) {
            asked_ -= Port::kBeat;
            for (uint32_t i = 0; i < Port::kBeat && to_arrive_ > 0; i++, to_arrive_--) fifo_.push_back(static_cast<uint8_t>(data >> (8 * i)));
            if (error && active_) fail(DECODE_ERROR);
        }
        if (active_ && to_send_ == 0 && !valid_) complete();
    }

private:
    static constexpr size_t kFifo = 512;
    ReadPort port_;
    Random random_;
    const bool quick_;
    std::deque<uint8_t> fifo_;
    uint32_t cursor_ = 0, to_request_ = 0, to_arrive_ = 0, to_send_ = 0, asked_ = 0;
    uint64_t data_ = 0;
    int64_t beat_ = 0;
    bool valid_ = false, last_ = false;
};

template <class Bit> class ReceiveChannel : public Channel {
public:
    ReceiveChannel(const char *name, Memory &memory, uint64_t seed, bool quick, uint32_t length_bits, Violations &violations)
        : Channel(name, length_bits, violations), port_(name, memory, seed, quick, violations), random_(seed + 1), watch_("m_axis", violations), quick_(quick) {}

    uint64_t beats = 0;

    void begin() {
        cursor_ = address_;
        received_ = 0;
        ended_ = overflow_ = false;
        fifo_.clear();
    }

    bool reset() {
        active_ = ready_ = false;
        if (!port_.quiet()) return false;
        fifo_.clear();
        clear();
        return true;
    }

    void drive(const bench::Pins<Bit> &pins) {
        ready_ = active_ && !ended_ && fifo_.size() < kFifo && (quick_ || random_.below(8) != 0);
        *pins.m_axis_tready = ready_;
    }

    void sample(const bench::Pins<Bit> &pins) {
        const bool valid = *pins.m_axis_tvalid, last = valid && *pins.m_axis_tlast;
        const uint64_t data = valid ? pins.m_axis_tdata.get() : 0;
        watch_.sample(valid, ready_, data, last, beats);
        if (!valid || !ready_) return;
        beats++;
        for (uint32_t i = 0; i < pins.m_axis_tdata.bytes; i++) fifo_.push_back(static_cast<uint8_t>(data >> (8 * i)));
        received_ += pins.m_axis_tdata.bytes;
        if (received_ > length_ || (received_ == length_ && !last)) overflow_ = ended_ = true;
        if (last) ended_ = true;
    }

    void forget() { watch_.forget(); }

    void cycle() {
        tick();
        const uint32_t waiting = static_cast<uint32_t>(fifo_.size());
        const uint32_t bytes = waiting == 0 ? 0 : Port::beats(cursor_, waiting) * Port::kBeat;
        // Whole bursts; the rest of a frame when its end is known.
        if (bytes > 0 && (ended_ || waiting >= full(cursor_))) {
            const std::vector<uint8_t> burst(fifo_.begin(), fifo_.begin() + std::min(bytes, waiting));
            if (port_.request(cursor_, burst)) {
                fifo_.erase(fifo_.begin(), fifo_.begin() + static_cast<long>(burst.size()));
                cursor_ += bytes;
            }
        }
        bool error = false;
        if (port_.cycle(error) && error && active_) fail(DECODE_ERROR);
        if (active_ && ended_ && fifo_.empty() && port_.quiet()) {
            length_ = received_;
            if (overflow_) fail(INTERNAL_ERROR);
            else complete();
        }
    }

private:
    static constexpr size_t kFifo = 512;
    static uint32_t full(uint32_t address) { return Port::beats(address, Port::kMaxBeats * Port::kBeat) * Port::kBeat; }

    WritePort port_;
    Random random_;
    bench::StreamWatch watch_;
    const bool quick_;
    std::deque<uint8_t> fifo_;
    uint32_t cursor_ = 0, received_ = 0;
    bool ready_ = false, ended_ = false, overflow_ = false;
};

template <class Bit> class AxiDma {
public:
    AxiDma(const char *sends, const char *receives, Memory &memory, uint64_t seed, bool quick, uint32_t length_bits, Violations &violations)
        : send(sends, memory, seed, quick, length_bits, violations), receive(receives, memory, seed + 2, quick, length_bits, violations) {}

    SendChannel<Bit> send;
    ReceiveChannel<Bit> receive;

    uint32_t read(uint32_t offset) const {
        const uint32_t value = offset < kReceive ? send.read(offset) : receive.read(offset - kReceive);
        return value | (resetting_ && offset % kReceive == Channel::CONTROL ? uint32_t(Channel::RESET) : 0u);
    }

    void write(uint32_t offset, uint32_t value) {
        if (offset % kReceive == Channel::CONTROL && value & Channel::RESET) resetting_ = true;
        else if (resetting_) return;
        else if (offset < kReceive) {
            if (send.write(offset, value)) send.begin();
        } else if (receive.write(offset - kReceive, value)) {
            receive.begin();
        }
    }

    void reset() { resetting_ = true; }

    void cycle() {
        send.cycle();
        receive.cycle();
        if (!resetting_) return;
        const bool sent = send.reset(), received = receive.reset();
        if (sent && received) resetting_ = false;
    }

private:
    static constexpr uint32_t kReceive = 0x30;
    bool resetting_ = false;
};

}  // namespace board
