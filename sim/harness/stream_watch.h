// AXI4-Stream: what a master offers stays, unchanged, until it is taken.
#pragma once
#include <cinttypes>
#include <cstdint>
#include <string>

#include "report.h"

namespace bench {

class StreamWatch {
public:
    StreamWatch(const char *name, Violations &violations)
        : fell_(std::string(name) + "_tvalid fell without a handshake"), data_changed_(std::string(name) + "_tdata changed while waiting for ready"),
          last_changed_(std::string(name) + "_tlast changed while waiting for ready"), violations_(violations) {}

    // Once a cycle, before the rising edge; `beat` counts beats taken so far.
    void sample(bool valid, bool ready, uint64_t data, bool last, uint64_t beat) {
        if (waiting_) check(valid, data, last, beat);
        waiting_ = valid && !ready;
        data_ = data;
        last_ = last;
    }

    // A reset ends every offer.
    void forget() { waiting_ = false; }

private:
    void check(bool valid, uint64_t data, bool last, uint64_t beat) {
        if (!valid) violations_.add(fell_.c_str(), "at output beat %" PRIu64, beat);
        else if (data != data_) violations_.add(data_changed_.c_str(), "at output beat %" PRIu64 ": 0x%" PRIx64 " became 0x%" PRIx64, beat, data_, data);
        else if (last != last_) violations_.add(last_changed_.c_str(), "at output beat %" PRIu64, beat);
    }

    const std::string fell_, data_changed_, last_changed_;
    Violations &violations_;
    bool waiting_ = false, last_ = false;
    uint64_t data_ = 0;
};

}  // namespace bench
