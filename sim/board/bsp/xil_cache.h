/* Cache maintenance of a standalone board support package; the board model has a cache. */
#pragma once
#include "xil_types.h"

void Xil_DCacheFlushRange(INTPTR Address, u32 Bytes);
void Xil_DCacheInvalidateRange(INTPTR Address, u32 Bytes);
