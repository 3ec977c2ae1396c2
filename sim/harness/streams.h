// AXI4-Stream source and sink with random pauses and protocol checks.
#pragma once
#include <cinttypes>
#include <cstdint>
#include <vector>

#include "job.h"
#include "pins.h"
#include "random.h"
#include "report.h"
#include "stream_watch.h"

namespace bench {

// Length of a pause: mostly one cycle, one pause in eight up to 32 more, so that buffers run empty and full.
inline uint32_t pause_length(Random &random) {
    const uint32_t draw = random.next();
    return (draw & 7) ? 1 : 1 + (draw >> 27);
}

// What a source sends: beats of one period, sent `repeats` times, with tlast at the end of each `beats_per_last` beats.
struct Stimulus {
    const char *name;
    const std::vector<uint64_t> &beats;
    uint64_t repeats, beats_per_last;
    uint32_t width, stall;
    uint32_t last_fault;  // 1 early, 2 missing

    static Stimulus input(const Job &job) {
        return {"s_axis", job.beats, 1, job.input.beats_per_frame, job.input.width(), job.stall_in, job.last_fault};
    }
    static Stimulus weights(const Job &job) {
        const uint64_t repeats = static_cast<uint64_t>(job.passes) * job.frames;
        return {"s_axis_weight", job.weights, repeats, job.weights.size(), 64, job.stall_weight, 0};
    }
};

template <class Bit> class StreamSource {
public:
    StreamSource(const Stimulus &stimulus, Violations &violations) : stimulus_(stimulus), violations_(violations) {}

    // Offers all beats, the first at once: valid rises before the accelerator is started, as a DMA's does.
    void rewind(uint64_t seed) {
        random_.reseed(seed);
        next_ = 0;
        gap_ = 0;
        valid_ = total() > 0;
        on_ = true;
    }

    void stop() { on_ = valid_ = false; }
    uint64_t total() const { return stimulus_.beats.size() * stimulus_.repeats; }
    uint64_t accepted() const { return next_; }
    bool complete() const { return next_ >= total(); }
    bool beat() const { return beat_; }

    void drive(const StreamPins<Bit> &pins) {
        if (on_ && !valid_ && next_ < total()) {
            if (gap_ == 0 && random_.chance(stimulus_.stall)) gap_ = pause_length(random_);
            if (gap_ > 0) gap_--;
            else valid_ = true;
        }
        *pins.tvalid = valid_;
        // Without valid the bus carries noise: a design that looks at it fails.
        pins.tdata.set(valid_ ? stimulus_.beats[next_ % stimulus_.beats.size()] : noise());
        *pins.tlast = valid_ ? last(next_) : !last(next_);
    }

    void sample(const StreamPins<Bit> &pins, bool running) {
        beat_ = valid_ && *pins.tready;
        if (!beat_) return;
        if (!running) {
            violations_.add("input accepted while not running", "%s beat %" PRIu64 " was taken before start or after done", stimulus_.name, next_);
        }
        next_++;
        valid_ = false;
    }

private:
    bool last(uint64_t beat) const {
        const uint64_t size = stimulus_.beats_per_last;
        const bool right = beat % size == size - 1;
        if (stimulus_.last_fault == 1 && beat == size / 2 && size > 1) return true;
        if (stimulus_.last_fault == 2 && beat == size - 1) return false;
        return right;
    }

    uint64_t noise() const {
        const uint64_t mask = ~0ull >> (64 - stimulus_.width);
        return (next_ + 1) * 0x9E3779B97F4A7C15ull & mask;
    }

    const Stimulus stimulus_;
    Violations &violations_;
    Random random_;
    uint64_t next_ = 0;
    uint32_t gap_ = 0;
    bool on_ = false, valid_ = false, beat_ = false;
};

template <class Bit> class StreamSink {
public:
    StreamSink(const Job &job, Violations &violations, Report &report) : job_(job), violations_(violations), report_(report), watch_("m_axis", violations) {}

    // Starts a run; only a compared run counts into the report.
    void rewind(uint64_t seed, bool compared) {
        random_.reseed(seed);
        count_ = 0;
        pause_ = 0;
        watch_.forget();
        compared_ = compared;
        if (compared) report_.received.clear();
    }

    uint64_t total() const { return static_cast<uint64_t>(job_.frames) * job_.output.beats_per_frame; }
    uint64_t received() const { return count_; }
    bool complete() const { return count_ >= total(); }
    bool beat() const { return beat_; }

    void drive(const Pins<Bit> &pins) {
        if (pause_ == 0 && random_.chance(job_.stall_out)) pause_ = pause_length(random_);
        ready_ = pause_ == 0;
        if (pause_ > 0) pause_--;
        *pins.m_axis_tready = ready_;
    }

    void sample(const Pins<Bit> &pins, bool running) {
        const bool valid = *pins.m_axis_tvalid;
        const uint64_t data = valid ? pins.m_axis_tdata.get() : 0;
        const bool last = valid && *pins.m_axis_tlast;
        beat_ = valid && ready_;
        watch_.sample(valid, ready_, data, last, count_);
        if (valid && !running) {
            violations_.add("output while not running", "m_axis_tvalid is high before start, after the last beat or in reset");
        } else if (beat_) {
            accept(data, last);
        }
    }

    // Elements that never came count as wrong.
    void close() {
        const uint64_t missing = (total() - count_) * job_.output.elements_per_beat;
        if (missing && !report_.mismatched) {
            note_mismatch(count_ * job_.output.elements_per_beat, job_.expected[count_ * job_.output.elements_per_beat], 0);
        }
        report_.mismatches += missing;
    }

    // In reset nothing is held against the accelerator but what check_reset looks at.
    void forget() { watch_.forget(); }

private:
    void accept(uint64_t data, bool last) {
        const uint32_t size = job_.output.beats_per_frame;
        const bool want_last = count_ % size == size - 1;
        if (last != want_last) {
            violations_.add(want_last ? "m_axis_tlast is missing" : "m_axis_tlast came early",
                            "at beat %" PRIu64 " of frame %" PRIu64 ", a frame has %" PRIu32 " beats", count_ % size, count_ / size, size);
        }
        if (compared_) compare(data);
        count_++;
    }

    void compare(uint64_t data) {
        const uint32_t bits = job_.output.element_bits, lanes = job_.output.elements_per_beat;
        const uint32_t mask = (1u << bits) - 1;
        for (uint32_t i = 0; i < lanes; i++) {
            int32_t got = static_cast<int32_t>((data >> (i * bits)) & mask);
            if (job_.output_signed && (got >> (bits - 1))) got -= static_cast<int32_t>(mask) + 1;
            const uint64_t index = count_ * lanes + i;
            report_.received.push_back(got);
            report_.outputs++;
            if (got == job_.expected[index]) continue;
            report_.mismatches++;
            if (!report_.mismatched) note_mismatch(index, job_.expected[index], got);
        }
    }

    void note_mismatch(uint64_t index, int32_t expected, int32_t got) {
        const uint64_t frame = static_cast<uint64_t>(job_.output.beats_per_frame) * job_.output.elements_per_beat;
        report_.mismatched = true;
        report_.mismatch_frame = index / frame;
        report_.mismatch_index = index % frame;
        report_.mismatch_expected = expected;
        report_.mismatch_got = got;
    }

    const Job &job_;
    Violations &violations_;
    Report &report_;
    Random random_;
    StreamWatch watch_;
    uint64_t count_ = 0;
    uint32_t pause_ = 0;
    bool ready_ = false, compared_ = false, beat_ = false;
};

}  // namespace bench
