/*
 * The board for programs in another process: commands on standard input, answers on standard output, little-endian. Python's driver comes this way.
 *
 *   R address             -> value          W address value
 *   F bus bytes data      (to memory)       I bus bytes -> data    (from memory)
 *   S microseconds -> 0   (time passes)     X fault value          Z (reset)          C -> cycles, low word
 */
#include <stdio.h>
#include <stdlib.h>
#include "board.h"

static void get(void *data, size_t bytes)
{
    if (fread(data, 1, bytes, stdin) != bytes) exit(0); /* the other side has ended */
}

static uint32_t word(void)
{
    uint32_t value;
    get(&value, sizeof value);
    return value;
}

static void put(const void *data, size_t bytes)
{
    fwrite(data, 1, bytes, stdout);
    fflush(stdout);
}

static void answer(uint32_t value)
{
    put(&value, sizeof value);
}

static void move(int to_memory)
{
    uint32_t bus = word(), bytes = word();
    uint8_t *data = malloc(bytes ? bytes : 1);

    if (!data) exit(1);
    if (to_memory) {
        get(data, bytes);
        board_flush(data, bus, bytes);
    } else {
        board_invalidate(data, bus, bytes);
        put(data, bytes);
    }
    free(data);
}

int main(void)
{
    uint32_t first;
    int command;

    while ((command = getchar()) != EOF) {
        switch (command) {
        case 'R': answer(board_read(word())); break;
        case 'W': first = word(); board_write(first, word()); break;
        case 'F': move(1); break;
        case 'I': move(0); break;
        case 'S': board_sleep(word()); answer(0); break;
        case 'X': first = word(); board_order_fault((enum board_fault)first, (int32_t)word()); break;
        case 'Z': board_reset(); break;
        case 'C': answer((uint32_t)board_cycles()); break;
        default: return 2;
        }
    }
    return 0;
}
