/* The board around an engine, for programs that run on it: buses, DMA, memory behind a cache, time, and faults to order. */
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BOARD_ENGINE 0x43C00000u
#define BOARD_DMA 0x40400000u
#define BOARD_WEIGHT_DMA 0x40410000u
#define BOARD_CYCLES_PER_MICROSECOND 10u

/* One access of the processor to a register; the clock runs until it is answered. */
uint32_t board_read(uint32_t address);
void board_write(uint32_t address, uint32_t value);

/* Lines of the cache that hold `bytes` from `cpu` on: written to memory at `bus`; dropped, so that memory is seen again. */
void board_flush(const void *cpu, uint32_t bus, uint32_t bytes);
void board_invalidate(void *cpu, uint32_t bus, uint32_t bytes);

void board_sleep(uint32_t microseconds);
/* Until the interrupt line is high, or for so long. Returns the microseconds that passed. */
uint32_t board_await_interrupt(uint32_t microseconds);

/* aresetn low for 16 cycles: engine and DMA. */
void board_reset(void);

enum board_fault {
    BOARD_TLAST_EARLY = 1, /* the next frame has TLAST also on beat `value` */
    BOARD_TLAST_MISSING,   /* the next frame ends without TLAST */
    BOARD_LENGTH,          /* the next frame that the DMA sends is `value` bytes longer than it was told */
    BOARD_RESET_AFTER,     /* aresetn falls `value` cycles after the next start */
    BOARD_WEIGHTS = 16     /* added to one of the first three: the same for a pass of streamed weights */
};
void board_order_fault(enum board_fault fault, int32_t value);

/* Clock cycles so far; output beats that the DMA has taken. */
uint64_t board_cycles(void);
uint64_t board_output_beats(void);

#ifdef __cplusplus
}
#endif
