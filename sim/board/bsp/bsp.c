/* A standalone board support package over the board model. The processor sees memory at the addresses that the DMA uses. */
#include "board.h"
#include "sleep.h"
#include "xil_cache.h"
#include "xil_io.h"

u32 Xil_In32(UINTPTR Address)
{
    return board_read((uint32_t)Address);
}

void Xil_Out32(UINTPTR Address, u32 Value)
{
    board_write((uint32_t)Address, Value);
}

void Xil_DCacheFlushRange(INTPTR Address, u32 Bytes)
{
    board_flush((const void *)Address, (uint32_t)Address, Bytes);
}

void Xil_DCacheInvalidateRange(INTPTR Address, u32 Bytes)
{
    board_invalidate((void *)Address, (uint32_t)Address, Bytes);
}

int usleep(unsigned long Microseconds)
{
    board_sleep((uint32_t)Microseconds);
    return 0;
}
