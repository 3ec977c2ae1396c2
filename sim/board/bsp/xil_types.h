/* Types of a standalone board support package, as far as the drivers use them. */
#pragma once
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uintptr_t UINTPTR;
typedef intptr_t INTPTR;
