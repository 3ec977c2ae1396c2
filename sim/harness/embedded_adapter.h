// Ties a cxxrtl design (module renamed to `dut`) to the bench's pins; included once after the generated code.
#pragma once
#include "pins.h"

namespace {

// cxxrtl keeps a port as a value, or as a wire if it is a register; both store 32-bit chunks, lowest first.
template <size_t Bits> uint32_t *chunks(cxxrtl::value<Bits> &port) { return port.data; }
template <size_t Bits> uint32_t *chunks(cxxrtl::wire<Bits> &port) { return port.curr.data; }

template <size_t Bits> bench::DataPin data_pin(cxxrtl::value<Bits> &port) { return {port.data, Bits > 32 ? 8u : 4u}; }
template <size_t Bits> bench::DataPin data_pin(cxxrtl::wire<Bits> &port) { return {port.curr.data, Bits > 32 ? 8u : 4u}; }

// Only designs with streamed weights have the second input stream.
template <class T> auto weight_pins(T *dut, int) -> decltype(&dut->p_s__axis__weight__tready, bench::StreamPins<uint32_t>()) {
    return {data_pin(dut->p_s__axis__weight__tdata), chunks(dut->p_s__axis__weight__tvalid), chunks(dut->p_s__axis__weight__tready),
            chunks(dut->p_s__axis__weight__tlast)};
}
template <class T> bench::StreamPins<uint32_t> weight_pins(T *, long) { return {}; }

void step_design(void *model) { static_cast<cxxrtl_design::p_dut *>(model)->step(); }

// One delta is enough for the edge: the model is settled and clocks come straight from the port.
void edge_design(void *model) {
    auto *dut = static_cast<cxxrtl_design::p_dut *>(model);
    dut->eval();
    dut->commit();
}

}  // namespace

bench::Dut<uint32_t> make_dut() {
    auto *dut = new cxxrtl_design::p_dut;
    bench::Dut<uint32_t> result;
    result.model = dut;
    result.eval = step_design;
    result.edge = edge_design;
    // Port names with each underscore doubled, as cxxrtl spells them.
#define ADAPT(pin, port) result.pins.pin = chunks(dut->p_##port);
#define ADAPT_DATA(pin, port) result.pins.pin = data_pin(dut->p_##port);
    ADAPT(aclk, aclk)
    ADAPT(aresetn, aresetn)
    ADAPT_DATA(s_axis_tdata, s__axis__tdata)
    ADAPT(s_axis_tvalid, s__axis__tvalid)
    ADAPT(s_axis_tready, s__axis__tready)
    ADAPT(s_axis_tlast, s__axis__tlast)
    ADAPT_DATA(m_axis_tdata, m__axis__tdata)
    ADAPT(m_axis_tvalid, m__axis__tvalid)
    ADAPT(m_axis_tready, m__axis__tready)
    ADAPT(m_axis_tlast, m__axis__tlast)
    ADAPT(s_axil_awaddr, s__axil__awaddr)
    ADAPT(s_axil_awvalid, s__axil__awvalid)
    ADAPT(s_axil_awready, s__axil__awready)
    ADAPT(s_axil_wdata, s__axil__wdata)
    ADAPT(s_axil_wstrb, s__axil__wstrb)
    ADAPT(s_axil_wvalid, s__axil__wvalid)
    ADAPT(s_axil_wready, s__axil__wready)
    ADAPT(s_axil_bresp, s__axil__bresp)
    ADAPT(s_axil_bvalid, s__axil__bvalid)
    ADAPT(s_axil_bready, s__axil__bready)
    ADAPT(s_axil_araddr, s__axil__araddr)
    ADAPT(s_axil_arvalid, s__axil__arvalid)
    ADAPT(s_axil_arready, s__axil__arready)
    ADAPT(s_axil_rdata, s__axil__rdata)
    ADAPT(s_axil_rresp, s__axil__rresp)
    ADAPT(s_axil_rvalid, s__axil__rvalid)
    ADAPT(s_axil_rready, s__axil__rready)
    ADAPT(interrupt, interrupt)
    result.pins.s_axis_weight = weight_pins(dut, 0);
#undef ADAPT
#undef ADAPT_DATA
    return result;
}
