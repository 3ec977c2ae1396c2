// What happened over time, in at most kBuckets buckets whose size doubles when the run outgrows them.
#pragma once
#include <array>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "report.h"

namespace bench {

class Timeline {
public:
    static constexpr uint32_t kBuckets = 256;
    static constexpr uint32_t kFirstSize = 64;  // cycles; a poll of three counters takes about a dozen

    void restart() {
        size_ = kFirstSize;
        cycle_ = 0;
        boundary_ = size_;
        input_.assign(1, 0);
        output_.assign(1, 0);
        for (auto &series : counters_) series.clear();
    }

    // One clock cycle. True when a bucket is full, so that the bench reads the counters.
    bool tick(bool input_beat, bool output_beat) {
        input_.back() += input_beat;
        output_.back() += output_beat;
        if (++cycle_ < boundary_) return false;
        if (input_.size() == kBuckets) fold();
        boundary_ = cycle_ + size_;
        input_.push_back(0);
        output_.push_back(0);
        return true;
    }

    // Counter values (ACTIVE, WAIT_INPUT, WAIT_OUTPUT) since start, at about the end of the last full bucket.
    void counters(const std::array<uint32_t, 3> &values) {
        const size_t full = input_.size() - 1;
        for (size_t i = 0; i < 3; i++) counters_[i].resize(full, values[i]);
    }

    void write(std::FILE *file, const std::array<uint32_t, 3> &final_values) {
        static const char *names[3] = {"active", "waitInput", "waitOutput"};
        const size_t count = input_.size() - (cycle_ + size_ == boundary_ && input_.size() > 1 ? 1 : 0);
        input_.resize(count);
        output_.resize(count);
        std::fprintf(file, "{\"bucketCycles\":%u", size_);
        write_numbers(file, "inputBeats", input_);
        write_numbers(file, "outputBeats", output_);
        for (size_t i = 0; i < 3; i++) {
            std::vector<uint32_t> values = counters_[i];
            values.resize(count, final_values[i]);
            values.back() = final_values[i];
            for (size_t j = count; j-- > 1;) values[j] -= values[j - 1];
            write_numbers(file, names[i], values);
        }
        std::fputc('}', file);
    }

private:
    // Joins pairs of buckets; counter series hold values at bucket ends, so the second of a pair stays.
    void fold() {
        for (auto *series : {&input_, &output_}) {
            for (uint32_t i = 0; i < kBuckets / 2; i++) (*series)[i] = (*series)[2 * i] + (*series)[2 * i + 1];
            series->resize(kBuckets / 2);
        }
        for (auto &series : counters_) {
            const size_t half = series.size() / 2;
            for (size_t i = 0; i < half; i++) series[i] = series[2 * i + 1];
            series.resize(half);
        }
        size_ *= 2;
    }

    uint32_t size_ = kFirstSize;
    uint64_t cycle_ = 0, boundary_ = kFirstSize;
    std::vector<uint32_t> input_ = {0}, output_ = {0};
    std::array<std::vector<uint32_t>, 3> counters_;
};

}  // namespace bench
