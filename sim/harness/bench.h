// The bench: drives an accelerator as a processor and a DMA would, and compares what comes out.
//
// A clock cycle is: new inputs, falling edge (everything combinational settles), sample, rising edge. So inputs change
// right after a rising edge and handshakes are those of the next one, whatever paths from input to output a design has.
#pragma once
#include <array>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <string>

#include "axi_lite.h"
#include "job.h"
#include "pins.h"
#include "ready_probe.h"
#include "report.h"
#include "result_file.h"
#include "streams.h"
#include "timeline.h"

namespace bench {

// Called now and then during a run: clock cycles so far, output beats received and wanted.
using Progress = void (*)(uint64_t cycles, uint64_t beats, uint64_t total);

template <class Bit> class Bench {
public:
    Bench(const Job &job, Dut<Bit> dut, Progress progress)
        : job_(job), dut_(dut), progress_(progress), source_(Stimulus::input(job), violations_), weights_(Stimulus::weights(job), violations_), sink_(job, violations_, report_),
          lite_((job.stall_in | job.stall_out | job.stall_weight) != 0, job.seed ^ kLiteSeed, violations_), probe_(violations_) {}

    // Runs the whole job, then writes result.json and output.bin into `folder`.
    bool run(const std::string &folder, const char *trace_file) {
        if (job_.trace && dut_.trace_open) dut_.trace_open(dut_.model, trace_file);
        reset();
        load();
        if (job_.reset_mid_frame && !lite_.dead()) abandoned_run();
        rewind_sources(job_.seed);
        main_run("");
        if (job_.restart && !failed()) {
            const uint64_t first = report_.cycles;
            main_run(" of the second run");
            if (!failed() && (job_.restart == 2 ? report_.cycles > first : report_.cycles != first)) {
                violations_.add("the second run differs", "CYCLES is %" PRIu64 ", was %" PRIu64, report_.cycles, first);
            }
        }
        for (int i = 0; i < kQuiet && !counted_; i++) cycle();
        if (job_.trace && dut_.trace_close) dut_.trace_close(dut_.model);
        if (job_.activity_cycles && dut_.write_counts) dut_.write_counts((folder + "/activity.bin").c_str());
        report_.harness_cycles = cycle_;
        return write_result(folder, report_, violations_, timeline_);
    }

private:
    static constexpr uint64_t kLiteSeed = 0x6C697465;
    static constexpr uint64_t kSinkSeed = 0x73696E6B;
    static constexpr uint64_t kWeightSeed = 0x77656967;
    static constexpr int kQuiet = 8;           // cycles watched for wrong activity between runs and at the end
    static constexpr uint64_t kGrace = 64;     // cycles from the last output beat to the interrupt
    static constexpr uint64_t kCycleSlack = 8; // between the bench's count of a run and the CYCLES register
    static constexpr uint64_t kProgressEvery = 16384;
    enum : uint32_t {
        CTRL = 0x00, GIE = 0x04, IER = 0x08, ISR = 0x0C, FRAMES = 0x10, STATUS = 0x18, CYCLES = 0x20, ACTIVE = 0x24,
        WAIT_INPUT = 0x28, WAIT_OUTPUT = 0x2C, FRAMES_DONE = 0x30, WAIT_WEIGHT = 0x34, LOAD_SELECT = 0x40, LOAD_ADDRESS = 0x44, LOAD_DATA = 0x48
    };

    void rewind_sources(uint64_t seed) {
        source_.rewind(seed);
        weights_.rewind(seed ^ kWeightSeed);
    }

    bool failed() const { return report_.timed_out || lite_.dead(); }

    void cycle() {
        const Pins<Bit> &pins = dut_.pins;
        source_.drive(pins.s_axis());
        if (weights_.total() > 0) weights_.drive(pins.s_axis_weight);
        sink_.drive(pins);
        lite_.drive(pins);
        if (job_.trace) dump_high();
        dut_.clock_low();
        // Not in waves or counts of toggles, where it would show.
        if (!in_reset_ && !job_.trace && !job_.activity_cycles) probe_.look(dut_, cycle_);
        interrupt_ = *pins.interrupt;
        if (tracing_) dut_.trace_dump(dut_.model, cycle_ * 10 + 5);
        if (in_reset_) {
            sink_.forget();
        } else {
            lite_.sample(pins);
            if (starting_ && lite_.performed()) begin_running();
            if (!report_.timed_out) {
                source_.sample(pins.s_axis(), running_);
                if (weights_.total() > 0) weights_.sample(pins.s_axis_weight, running_);
                sink_.sample(pins, running_);
            }
            if (running_) count_cycle();
        }
        if (job_.activity_cycles && dut_.count) count_toggles();
        dut_.clock_high();
        cycle_++;
        if (cycle_ % kProgressEvery == 0 && progress_) progress_(cycle_, sink_.received(), sink_.total());
    }

    // Waves show inputs changing with the rising edge, so the model is settled once more before it is written.
    void dump_high() {
        const bool wanted = cycle_ >= job_.trace_from && cycle_ - job_.trace_from < job_.trace_cycles;
        tracing_ = wanted && dut_.trace_dump;
        if (!tracing_) return;
        dut_.eval(dut_.model);
        dut_.trace_dump(dut_.model, cycle_ * 10);
    }

    // One sample a cycle; the first is what the changes of the first counted cycle are seen against.
    void count_toggles() {
        const bool wanted = running_ && run_cycle_ + 1 >= job_.activity_from && !counted_;
        dut_.count(wanted);
        if (wanted) counted_ = run_cycle_ + 1 - job_.activity_from >= job_.activity_cycles;
    }

    void begin_running() {
        starting_ = false;
        running_ = true;
        run_cycle_ = 0;
        // Pauses are drawn from the start on, so that a second run meets the same ones as the first.
        sink_.rewind(job_.seed ^ kSinkSeed, compared_);
        timeline_.restart();
    }

    void count_cycle() {
        run_cycle_++;
        if (timeline_.tick(source_.beat(), sink_.beat())) poll_due_ = true;
        // Strides may leave input rows that no output waits for: the run ends when they too have been taken.
        if (sink_.complete() && source_.complete() && weights_.complete()) running_ = false;
    }

    void reset() {
        const Pins<Bit> &pins = dut_.pins;
        in_reset_ = true;
        running_ = starting_ = false;
        *pins.aresetn = 0;
        source_.stop();
        weights_.stop();
        lite_.reset();
        for (int i = 0; i < 8; i++) cycle();
        if (*pins.m_axis_tvalid) violations_.add("m_axis_tvalid is high in reset", "after 8 cycles of aresetn low");
        if (*pins.s_axil_bvalid || *pins.s_axil_rvalid) violations_.add("AXI4-Lite response in reset", "after 8 cycles of aresetn low");
        if (interrupt_) violations_.add("interrupt is high in reset", "after 8 cycles of aresetn low");
        *pins.aresetn = 1;
        in_reset_ = false;
        for (int i = 0; i < 4; i++) cycle();
    }

    void write_register(uint32_t address, uint32_t value) {
        if (lite_.dead()) return;
        lite_.begin_write(address, value);
        while (lite_.busy()) cycle();
    }

    uint32_t read_register(uint32_t address) {
        if (lite_.dead()) return 0;
        lite_.begin_read(address);
        while (lite_.busy()) cycle();
        return lite_.value();
    }

    void load() {
        for (const Load &load : job_.loads) {
            write_register(LOAD_SELECT, load.select);
            write_register(LOAD_ADDRESS, 0);
            for (const uint32_t word : load.words) write_register(LOAD_DATA, word);
        }
    }

    void start(bool compared) {
        compared_ = compared;
        for (int i = 0; i < kQuiet; i++) cycle();
        const uint32_t control = read_register(CTRL);
        if (lite_.dead()) return;
        if ((control & 0x5) != 0x4) violations_.add("CTRL is not idle before start", "it reads 0x%02x", static_cast<unsigned>(control));
        write_register(FRAMES, job_.frames);
        write_register(GIE, 1);
        write_register(IER, 1);
        starting_ = true;
        write_register(CTRL, 1);
        if (lite_.dead()) starting_ = false;
    }

    // A first run that reset cuts off: while it takes input, while it computes or while it gives output, by seed.
    void abandoned_run() {
        Random random(job_.seed ^ 0x72657365);
        const uint32_t phase = random.below(3);
        const uint32_t input_beats = 1 + random.below(job_.input.beats_per_frame);
        const uint32_t output_beats = 1 + random.below(job_.output.beats_per_frame);
        const uint32_t extra = random.below(64);
        rewind_sources(job_.seed + 1);
        start(false);
        const uint64_t wanted = phase == 0 ? input_beats : job_.input.beats_per_frame;
        while (running_ && source_.accepted() < wanted && run_cycle_ < job_.max_cycles) cycle();
        if (phase == 2) {
            while (running_ && sink_.received() < output_beats && run_cycle_ < job_.max_cycles) cycle();
        } else if (phase == 1) {
            for (uint32_t i = 0; i < extra && running_; i++) cycle();
        }
        poll_due_ = false;
        reset();
    }

    void main_run(const char *which) {
        start(true);
        uint64_t finished = 0;
        while (!lite_.dead() && !interrupt_) {
            if (running_ && run_cycle_ >= job_.max_cycles) return time_out();
            if (!running_ && finished == 0) finished = cycle_;
            if (finished && cycle_ - finished > kGrace) break;
            // The run is left where the count ends; what has not come yet is not missing.
            if (counted_) return;
            // Reading counters would be activity of its own.
            if (running_ && poll_due_ && job_.activity_cycles == 0) poll();
            else cycle();
        }
        if (running_ && !lite_.dead()) {
            violations_.add("interrupt before the end", "%" PRIu64 " of %" PRIu64 " output beats%s had come", sink_.received(), sink_.total(), which);
            while (running_ && run_cycle_ < job_.max_cycles) cycle();
            if (running_) return time_out();
        }
        sink_.close();
        if (lite_.dead()) return;
        rewind_sources(job_.seed);  // the next run's first beat waits, as a DMA's would: it must not be taken yet
        finish();
    }

    void poll() {
        poll_due_ = false;
        timeline_.counters({read_register(ACTIVE), read_register(WAIT_INPUT), read_register(WAIT_OUTPUT)});
    }

    void time_out() {
        const Pins<Bit> &pins = dut_.pins;
        report_.timed_out = true;
        char weights[80] = "";
        if (weights_.total() > 0)
            std::snprintf(weights, sizeof weights, ", %" PRIu64 " of %" PRIu64 " weight beats", weights_.accepted(), weights_.total());
        violations_.add("stopped at the limit of cycles",
                        "%" PRIu64 " cycles after start %" PRIu64 " of %zu input beats and %" PRIu64 " of %" PRIu64
                        " output beats were transferred%s; s_axis tvalid=%u tready=%u, m_axis tvalid=%u tready=%u",
                        run_cycle_, source_.accepted(), job_.beats.size(), sink_.received(), sink_.total(), weights,
                        static_cast<unsigned>(*pins.s_axis_tvalid), static_cast<unsigned>(*pins.s_axis_tready),
                        static_cast<unsigned>(*pins.m_axis_tvalid), static_cast<unsigned>(*pins.m_axis_tready));
        sink_.close();
        running_ = false;
        read_counters();
    }

    // After the last beat: the interrupt, done and idle, and the counters.
    void finish() {
        const uint64_t counted = run_cycle_;
        const bool interrupt = interrupt_;
        report_.interrupt_seen = interrupt;
        if (!interrupt) violations_.add("no interrupt", "done of the last frame raised none in %" PRIu64 " cycles", kGrace);
        const uint32_t control = read_register(CTRL);
        if (!(control & 2)) violations_.add("CTRL shows no done", "it reads 0x%02x after the last frame", static_cast<unsigned>(control));
        const uint32_t again = read_register(CTRL);
        if ((again & 0x7) != 4) violations_.add("CTRL after done is not idle", "the second read gives 0x%02x", static_cast<unsigned>(again));
        if (interrupt) {
            write_register(ISR, 1);
            cycle();
            if (interrupt_) violations_.add("the interrupt stays", "writing 1 to ISR did not clear it");
        }
        read_counters();
        if (lite_.dead()) return;
        const uint64_t difference = report_.cycles > counted ? report_.cycles - counted : counted - report_.cycles;
        if (difference > kCycleSlack) {
            violations_.add("CYCLES is wrong", "the register says %" PRIu64 ", the bench counted %" PRIu64, report_.cycles, counted);
        }
        if (report_.frames_done != job_.frames) {
            violations_.add("FRAMES_DONE is wrong", "it says %" PRIu32 ", %" PRIu32 " frames were run", report_.frames_done, job_.frames);
        }
        if (report_.status != 0 && job_.last_fault == 0) {
            violations_.add("STATUS reports a fault", "it reads 0x%" PRIx32 " although s_axis_tlast was right", report_.status);
        }
    }

    void read_counters() {
        report_.cycles = read_register(CYCLES);
        report_.active = read_register(ACTIVE);
        report_.wait_input = read_register(WAIT_INPUT);
        report_.wait_output = read_register(WAIT_OUTPUT);
        report_.wait_weight = read_register(WAIT_WEIGHT);
        report_.frames_done = read_register(FRAMES_DONE);
        report_.status = read_register(STATUS);
    }

    const Job &job_;
    Dut<Bit> dut_;
    Progress progress_;
    Violations violations_;
    Report report_;
    StreamSource<Bit> source_, weights_;
    StreamSink<Bit> sink_;
    AxiLite<Bit> lite_;
    ReadyProbe<Bit> probe_;
    Timeline timeline_;
    uint64_t cycle_ = 0, run_cycle_ = 0;
    bool compared_ = false, in_reset_ = false, starting_ = false, running_ = false, poll_due_ = false, tracing_ = false, interrupt_ = false, counted_ = false;
};

}  // namespace bench
