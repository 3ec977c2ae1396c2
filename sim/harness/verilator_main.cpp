// The bench for models made by Verilator; compiled once per Verilator version, linked with each design's adapter.
#include <chrono>
#include <cstdio>
#include <string>

#include "bench.h"
#include "verilated.h"

// Defined in verilator_adapter.h, which is compiled with the design.
bench::Dut<uint8_t> make_dut(VerilatedContext *context);

// Needed by Verilator when a model is compiled without SystemC time.
double sc_time_stamp() { return 0; }

namespace {

void print_progress(uint64_t cycles, uint64_t beats, uint64_t total) {
    using Clock = std::chrono::steady_clock;
    static Clock::time_point last = Clock::now();
    const Clock::time_point now = Clock::now();
    if (now - last < std::chrono::milliseconds(250)) return;
    last = now;
    std::printf("progress %llu %llu %llu\n", static_cast<unsigned long long>(cycles), static_cast<unsigned long long>(beats),
                static_cast<unsigned long long>(total));
    std::fflush(stdout);
}

}  // namespace

// Arguments: nothing, or the file for waves. Runs in the run folder, where job.bin and the memory files are.
int main(int argc, char **argv) {
    bench::Job job;
    const std::string problem = job.read("job.bin");
    if (!problem.empty()) {
        std::fprintf(stderr, "%s\n", problem.c_str());
        return 3;
    }
    VerilatedContext *context = new VerilatedContext;
    // Registers without an initial value start with anything: a design must not depend on zeros.
    context->randReset(2);
    context->randSeed(static_cast<int>(job.seed % 0x7fffffff) + 1);
    context->traceEverOn(job.trace != 0);
    bench::Dut<uint8_t> dut = make_dut(context);
    bench::Bench<uint8_t> bench(job, dut, print_progress);
    const bool written = bench.run(".", argc > 1 ? argv[1] : "waves.fst");
    dut.finish(dut.model);
    return written ? 0 : 3;
}
