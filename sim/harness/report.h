// What a run found: broken rules, mismatches, counters.
#pragma once
#include <cinttypes>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace bench {

// Each rule is reported once, by its first break, with the number of further ones.
class Violations {
public:
    void add(const char *rule, const char *format, ...) {
        for (Entry &entry : entries_) {
            if (entry.rule == rule) {
                entry.more++;
                return;
            }
        }
        char text[400];
        va_list arguments;
        va_start(arguments, format);
        std::vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        entries_.push_back({rule, text, 0});
    }

    std::vector<std::string> sentences() const {
        std::vector<std::string> result;
        for (const Entry &entry : entries_) {
            std::string text = std::string(entry.rule) + ": " + entry.text;
            if (entry.more) text += " (and " + std::to_string(entry.more) + " more)";
            result.push_back(text);
        }
        return result;
    }

private:
    struct Entry {
        std::string rule;
        std::string text;
        uint64_t more;
    };
    std::vector<Entry> entries_;
};

struct Report {
    uint64_t outputs = 0, mismatches = 0;
    bool mismatched = false;
    uint64_t mismatch_frame = 0, mismatch_index = 0;
    int64_t mismatch_expected = 0, mismatch_got = 0;
    uint64_t cycles = 0, harness_cycles = 0;
    uint32_t active = 0, wait_input = 0, wait_output = 0, wait_weight = 0, frames_done = 0, status = 0;
    bool timed_out = false, interrupt_seen = false;
    std::vector<int32_t> received;

    void write_outputs(const char *path) const {
        std::FILE *file = std::fopen(path, "wb");
        if (!file) return;
        std::fwrite(received.data(), sizeof(int32_t), received.size(), file);
        std::fclose(file);
    }
};

inline void write_string(std::FILE *file, const std::string &text) {
    std::fputc('"', file);
    for (const char c : text) {
        if (c == '"' || c == '\\') std::fputc('\\', file);
        std::fputc(c < ' ' ? ' ' : c, file);
    }
    std::fputc('"', file);
}

inline void write_numbers(std::FILE *file, const char *name, const std::vector<uint32_t> &values) {
    std::fprintf(file, ",\"%s\":[", name);
    for (size_t i = 0; i < values.size(); i++) std::fprintf(file, "%s%" PRIu32, i ? "," : "", values[i]);
    std::fputc(']', file);
}

}  // namespace bench
