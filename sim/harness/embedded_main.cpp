// The bench for models made by Yosys (cxxrtl) and clang as WebAssembly; compiled once, linked with each design's adapter.
// Run as a WASI command with `/` as the run folder and `/model` as the folder of the design's memory image.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench.h"

// Defined in embedded_adapter.h, which is compiled with the design.
bench::Dut<uint32_t> make_dut();

extern "C" __attribute__((import_module("shiftloom"), import_name("progress"))) void shiftloom_progress(double cycles, double beats, double total);

// Initial memory contents are kept out of the compiled model, so that other weights need no other model.
const uint32_t *initial_words(size_t offset) {
    static std::vector<uint32_t> words;
    if (words.empty()) {
        std::FILE *file = std::fopen("/model/init.bin", "rb");
        if (!file || std::fseek(file, 0, SEEK_END) != 0) std::exit(4);
        words.resize(static_cast<size_t>(std::ftell(file)) / 4);
        std::rewind(file);
        if (std::fread(words.data(), 4, words.size(), file) != words.size()) std::exit(4);
        std::fclose(file);
    }
    return words.data() + offset;
}

namespace {

void report_progress(uint64_t cycles, uint64_t beats, uint64_t total) {
    shiftloom_progress(static_cast<double>(cycles), static_cast<double>(beats), static_cast<double>(total));
}

}  // namespace

int main() {
    bench::Job job;
    const std::string problem = job.read("/job.bin");
    if (!problem.empty()) {
        std::fprintf(stderr, "%s\n", problem.c_str());
        return 3;
    }
    bench::Bench<uint32_t> bench(job, make_dut(), report_progress);
    return bench.run("", "") ? 0 : 3;
}
