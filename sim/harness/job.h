// What a run is asked to do: job.bin as written by sim/job_file.ts (32-bit little-endian words, same order).
#pragma once
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace bench {

struct Stream {
    uint32_t element_bits = 8, elements_per_beat = 1, beats_per_frame = 1;
    uint32_t width() const { return element_bits * elements_per_beat; }
};

struct Load {
    uint32_t select = 0;
    std::vector<uint32_t> words;
};

struct Job {
    static constexpr uint32_t kMagic = 0x324A4C53;  // "SLJ2"

    uint32_t frames = 1, output_signed = 0;
    uint64_t seed = 0;
    uint32_t stall_in = 0, stall_out = 0;  // probability * 2^32
    uint64_t max_cycles = 0;
    uint32_t reset_mid_frame = 0, restart = 0, last_fault = 0;  // last_fault: 1 early, 2 missing; restart: 2 if the second run may be shorter
    uint32_t trace = 0;
    uint64_t trace_from = 0, trace_cycles = 0;
    uint64_t activity_from = 0, activity_cycles = 0;  // cycles since the start; none if activity_cycles is 0
    Stream input, output;
    uint32_t passes = 0, stall_weight = 0;  // of the weights in a frame; 0: the design has no weight stream
    std::vector<Load> loads;
    std::vector<uint64_t> weights;   // beats of one pass
    std::vector<uint64_t> beats;     // input, packed
    std::vector<int32_t> expected;   // output elements

    // Empty on success, else what is wrong with the file.
    std::string read(const char *path) {
        std::FILE *file = std::fopen(path, "rb");
        if (!file) return "cannot open job.bin";
        std::vector<uint32_t> words;
        uint32_t chunk[4096];
        size_t got;
        while ((got = std::fread(chunk, 4, 4096, file)) > 0) words.insert(words.end(), chunk, chunk + got);
        std::fclose(file);
        return parse(words);
    }

private:
    struct Reader {
        const std::vector<uint32_t> &words;
        size_t at = 0;
        bool short_of = false;
        uint32_t next() {
            if (at >= words.size()) {
                short_of = true;
                return 0;
            }
            return words[at++];
        }
        uint64_t next64() {
            const uint64_t low = next();
            return low | (static_cast<uint64_t>(next()) << 32);
        }
    };

    static void read_stream(Reader &in, Stream &stream) {
        stream.element_bits = in.next();
        stream.elements_per_beat = in.next();
        stream.beats_per_frame = in.next();
    }

    std::string parse(const std::vector<uint32_t> &words) {
        Reader in{words};
        if (in.next() != kMagic) return "job.bin is of another version";
        frames = in.next();
        output_signed = in.next();
        seed = in.next64();
        stall_in = in.next();
        stall_out = in.next();
        max_cycles = in.next64();
        reset_mid_frame = in.next();
        restart = in.next();
        last_fault = in.next();
        trace = in.next();
        trace_from = in.next64();
        trace_cycles = in.next64();
        activity_from = in.next64();
        activity_cycles = in.next64();
        read_stream(in, input);
        read_stream(in, output);
        passes = in.next();
        stall_weight = in.next();
        weights.resize(in.next());
        loads.resize(in.next());
        for (Load &load : loads) {
            load.select = in.next();
            load.words.resize(in.next());
            for (uint32_t &word : load.words) word = in.next();
            if (in.short_of) return "job.bin is cut off";
        }
        for (uint64_t &beat : weights) beat = in.next64();
        read_input(in);
        const uint64_t outputs = static_cast<uint64_t>(frames) * output.beats_per_frame * output.elements_per_beat;
        expected.resize(outputs);
        for (int32_t &element : expected) element = static_cast<int32_t>(in.next());
        return in.short_of ? "job.bin is cut off" : "";
    }

    void read_input(Reader &in) {
        const uint64_t mask = (1ull << input.element_bits) - 1;
        beats.resize(static_cast<uint64_t>(frames) * input.beats_per_frame);
        for (uint64_t &beat : beats) {
            beat = 0;
            for (uint32_t i = 0; i < input.elements_per_beat; i++) {
                beat |= (in.next() & mask) << (i * input.element_bits);
            }
        }
    }
};

}  // namespace bench
