/* Register access of a standalone board support package; the board model answers. */
#pragma once
#include "xil_types.h"

u32 Xil_In32(UINTPTR Address);
void Xil_Out32(UINTPTR Address, u32 Value);
