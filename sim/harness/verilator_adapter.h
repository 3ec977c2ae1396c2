// Ties a Verilated class Vdut to the bench's pins; included once per design after Vdut.h.
#pragma once
#include "pins.h"
#include "verilated.h"
#if VM_TRACE
#include "verilated_fst_c.h"
#endif
#if VM_ACTIVITY
#include "activity.h"
#endif

namespace {

struct Model {
    Vdut *dut;
#if VM_TRACE
    VerilatedFstC *trace;
#endif
};

// Verilator renames ports that are words of some C++ dialect, and `interrupt` is one of them.
template <class T> auto interrupt_pin(T *dut, int) -> decltype(&dut->__SYM__interrupt) { return &dut->__SYM__interrupt; }
template <class T> auto interrupt_pin(T *dut, long) -> decltype(&dut->interrupt) { return &dut->interrupt; }

// Only designs with streamed weights have the second input stream.
template <class T> auto weight_pins(T *dut, int) -> decltype(&dut->s_axis_weight_tready, bench::StreamPins<uint8_t>()) {
    return {{&dut->s_axis_weight_tdata, 8}, &dut->s_axis_weight_tvalid, &dut->s_axis_weight_tready, &dut->s_axis_weight_tlast};
}
template <class T> bench::StreamPins<uint8_t> weight_pins(T *, long) { return {}; }

void eval_model(void *model) { static_cast<Model *>(model)->dut->eval(); }

void finish_model(void *model) { static_cast<Model *>(model)->dut->final(); }

#if VM_TRACE
void open_trace(void *model, const char *file) {
    Model *m = static_cast<Model *>(model);
    m->trace = new VerilatedFstC;
    m->dut->trace(m->trace, 99);  // how deep is decided by --trace-depth
    m->trace->open(file);
}

void dump_trace(void *model, uint64_t time) { static_cast<Model *>(model)->trace->dump(time); }

void close_trace(void *model) { static_cast<Model *>(model)->trace->close(); }
#endif

#if VM_ACTIVITY
void count(bool sample) { bench::activity().counting = sample; }

void write_counts(const char *file) { bench::activity().write(file); }
#endif

}  // namespace

bench::Dut<uint8_t> make_dut(VerilatedContext *context) {
    Model *model = new Model();
    Vdut *dut = new Vdut(context);
    model->dut = dut;
    bench::Dut<uint8_t> result;
    result.model = model;
    result.eval = eval_model;
    result.edge = eval_model;
    result.finish = finish_model;
#if VM_TRACE
    result.trace_open = open_trace;
    result.trace_dump = dump_trace;
    result.trace_close = close_trace;
#endif
#if VM_ACTIVITY
    result.count = count;
    result.write_counts = write_counts;
#endif
#define ADAPT_SCALAR(name) result.pins.name = &dut->name;
#define ADAPT_DATA(name) result.pins.name = {&dut->name, sizeof(dut->name)};
    BENCH_PORTS(ADAPT_SCALAR, ADAPT_SCALAR, ADAPT_DATA)
#undef ADAPT_SCALAR
#undef ADAPT_DATA
    result.pins.interrupt = interrupt_pin(dut, 0);
    result.pins.s_axis_weight = weight_pins(dut, 0);
    return result;
}
