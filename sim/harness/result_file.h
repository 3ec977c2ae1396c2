// Writes what a run found as result.json and output.bin; sim/job_file.ts reads them.
#pragma once
#include <cinttypes>
#include <cstdio>
#include <string>

#include "report.h"
#include "timeline.h"

namespace bench {

inline void write_counters(std::FILE *file, const Report &r) {
    std::fprintf(file, ",\"cycles\":%" PRIu64 ",\"harnessCycles\":%" PRIu64, r.cycles, r.harness_cycles);
    std::fprintf(file, ",\"registers\":{\"active\":%" PRIu32 ",\"waitInput\":%" PRIu32 ",\"waitOutput\":%" PRIu32, r.active, r.wait_input, r.wait_output);
    std::fprintf(file, ",\"waitWeight\":%" PRIu32, r.wait_weight);
    std::fprintf(file, ",\"framesDone\":%" PRIu32 ",\"status\":%" PRIu32 "}", r.frames_done, r.status);
    std::fprintf(file, ",\"timedOut\":%s,\"interruptSeen\":%s", r.timed_out ? "true" : "false", r.interrupt_seen ? "true" : "false");
}

// False if the folder cannot be written.
inline bool write_result(const std::string &folder, const Report &r, const Violations &violations, Timeline &timeline) {
    std::FILE *file = std::fopen((folder + "/result.json").c_str(), "w");
    if (!file) return false;
    std::fprintf(file, "{\"outputs\":%" PRIu64 ",\"mismatches\":%" PRIu64, r.outputs, r.mismatches);
    if (r.mismatched) {
        std::fprintf(file, ",\"firstMismatch\":{\"frame\":%" PRIu64 ",\"index\":%" PRIu64 ",\"expected\":%" PRId64 ",\"got\":%" PRId64 "}",
                     r.mismatch_frame, r.mismatch_index, r.mismatch_expected, r.mismatch_got);
    }
    write_counters(file, r);
    std::fprintf(file, ",\"timeline\":");
    timeline.write(file, {r.active, r.wait_input, r.wait_output});
    std::fprintf(file, ",\"protocolErrors\":[");
    const char *separator = "";
    for (const std::string &sentence : violations.sentences()) {
        std::fputs(separator, file);
        separator = ",";
        write_string(file, sentence);
    }
    std::fprintf(file, "]}\n");
    std::fclose(file);
    r.write_outputs((folder + "/output.bin").c_str());
    return true;
}

}  // namespace bench
