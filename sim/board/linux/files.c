/*
 * UIO devices, u-dma-buf and their sysfs files over the board model. Linked with --wrap for each call, so that the Linux driver runs as it ships:
 * it opens, reads, writes, maps and polls what it would on the board. Only its loads and stores of registers go through functions.
 */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "board.h"

#define FIRST_FILE 5000
#define MAX_FILES 64
#define BUFFERS 3
#define BUFFER_BYTES 0x400000u
#define FIRST_BUS 0x10000000u
#define NO_FILE (-1)

enum kind { FREE, TEXT, UIO, BUFFER, SYNC };

struct file {
    enum kind kind;
    int number;           /* of the device or buffer */
    const char *attribute; /* SYNC */
    char text[64];        /* TEXT */
};

struct buffer {
    void *cpu;
    unsigned long long offset, size, direction;
};

static struct file files[MAX_FILES];
static struct buffer buffers[BUFFERS];
static const char *const suffixes[BUFFERS] = { "source", "result", "weights" };
static const char *const devices[3] = { "", "_dma", "_dma_weights" };
static const uint32_t addresses[3] = { BOARD_ENGINE, BOARD_DMA, BOARD_WEIGHT_DMA };
static const char *const attributes[5] = { "sync_offset", "sync_size", "sync_direction", "sync_for_device", "sync_for_cpu" };

static const char *name(void)
{
    const char *given = getenv("BOARD_NAME");
    return given ? given : "engine";
}

static int opened(enum kind kind, int number, const char *attribute, const char *text)
{
    int at = 0;

    while (at < MAX_FILES && files[at].kind != FREE) at++;
    if (at == MAX_FILES) return NO_FILE;
    files[at].kind = kind;
    files[at].number = number;
    files[at].attribute = attribute;
    snprintf(files[at].text, sizeof files[at].text, "%s", text ? text : "");
    return FIRST_FILE + at;
}

static struct file *found(int file)
{
    return file >= FIRST_FILE && file < FIRST_FILE + MAX_FILES ? &files[file - FIRST_FILE] : NULL;
}

static int open_uio(const char *path)
{
    char wanted[160], text[128];
    int number;

    for (number = 0; number < 3; number++) {
        snprintf(wanted, sizeof wanted, "/sys/class/uio/uio%d/name", number);
        snprintf(text, sizeof text, "%s%s\n", name(), devices[number]);
        if (!strcmp(path, wanted)) return opened(TEXT, number, NULL, text);
        snprintf(wanted, sizeof wanted, "/sys/class/uio/uio%d/maps/map0/size", number);
        if (!strcmp(path, wanted)) return opened(TEXT, number, NULL, "0x0000000000001000\n");
        snprintf(wanted, sizeof wanted, "/dev/uio%d", number);
        if (!strcmp(path, wanted)) return opened(UIO, number, NULL, NULL);
    }
    return NO_FILE;
}

static int open_buffer(const char *path)
{
    char folder[160], wanted[200], text[64];
    int number, attribute;

    for (number = 0; number < BUFFERS; number++) {
        snprintf(wanted, sizeof wanted, "/dev/%s_%s", name(), suffixes[number]);
        if (!strcmp(path, wanted)) return opened(BUFFER, number, NULL, NULL);
        snprintf(folder, sizeof folder, "/sys/class/u-dma-buf/%s_%s", name(), suffixes[number]);
        snprintf(wanted, sizeof wanted, "%s/phys_addr", folder);
        snprintf(text, sizeof text, "0x%08x\n", FIRST_BUS + (unsigned)number * BUFFER_BYTES);
        if (!strcmp(path, wanted)) return opened(TEXT, number, NULL, text);
        snprintf(wanted, sizeof wanted, "%s/size", folder);
        snprintf(text, sizeof text, "%u\n", BUFFER_BYTES);
        if (!strcmp(path, wanted)) return opened(TEXT, number, NULL, text);
        for (attribute = 0; attribute < 5; attribute++) {
            snprintf(wanted, sizeof wanted, "%s/%s", folder, attributes[attribute]);
            if (!strcmp(path, wanted)) return opened(SYNC, number, attributes[attribute], NULL);
        }
    }
    return NO_FILE;
}

int __real_open(const char *path, int flags, int mode);
int __wrap_open(const char *path, int flags, int mode)
{
    if (!strncmp(path, "/sys/class/uio/", 15) || !strncmp(path, "/dev/uio", 8)) return open_uio(path);
    if (!strncmp(path, "/sys/class/u-dma-buf/", 21) || !strncmp(path, "/dev/", 5)) return open_buffer(path);
    return __real_open(path, flags, mode);
}

int __real_close(int file);
int __wrap_close(int file)
{
    if (!found(file)) return __real_close(file);
    found(file)->kind = FREE;
    return 0;
}

/* A read of a UIO device gives the count of interrupts; the line is high, or the program would sleep for ever. */
ssize_t __real_read(int file, void *data, size_t bytes);
ssize_t __wrap_read(int file, void *data, size_t bytes)
{
    struct file *one = found(file);
    size_t length;

    if (!one) return __real_read(file, data, bytes);
    if (one->kind == UIO && bytes == 4) {
        memset(data, 0, bytes);
        return 4;
    }
    if (one->kind != TEXT) return -1;
    length = strlen(one->text) < bytes ? strlen(one->text) : bytes;
    memcpy(data, one->text, length);
    return (ssize_t)length;
}

static void synchronize(struct buffer *buffer, int number, int to_device)
{
    uint32_t bus = FIRST_BUS + (uint32_t)number * BUFFER_BYTES + (uint32_t)buffer->offset;
    uint8_t *cpu = (uint8_t *)buffer->cpu + buffer->offset;

    if (buffer->offset + buffer->size > BUFFER_BYTES) return;
    if (to_device && buffer->direction != 2) board_flush(cpu, bus, (uint32_t)buffer->size);
    if (!to_device && buffer->direction != 1) board_invalidate(cpu, bus, (uint32_t)buffer->size);
}

ssize_t __real_write(int file, const void *data, size_t bytes);
ssize_t __wrap_write(int file, const void *data, size_t bytes)
{
    struct file *one = found(file);
    struct buffer *buffer;
    char text[32] = "";
    unsigned long long value;

    if (!one) return __real_write(file, data, bytes);
    if (one->kind == UIO) return bytes == 4 ? 4 : -1;
    if (one->kind != SYNC || bytes >= sizeof text) return -1;
    memcpy(text, data, bytes);
    value = strtoull(text, NULL, 0);
    buffer = &buffers[one->number];
    if (!strcmp(one->attribute, "sync_offset")) buffer->offset = value;
    else if (!strcmp(one->attribute, "sync_size")) buffer->size = value;
    else if (!strcmp(one->attribute, "sync_direction")) buffer->direction = value;
    else if (value == 1) synchronize(buffer, one->number, !strcmp(one->attribute, "sync_for_device"));
    return (ssize_t)bytes;
}

void *__real_mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int file, off_t offset)
{
    struct file *one = found(file);

    if (!one) return __real_mmap(at, bytes, protection, flags, file, offset);
    if (one->kind == UIO) return (void *)(uintptr_t)addresses[one->number];
    if (one->kind != BUFFER || bytes > BUFFER_BYTES) return MAP_FAILED;
    buffers[one->number].cpu = calloc(1, BUFFER_BYTES);
    return buffers[one->number].cpu;
}

int __real_munmap(void *at, size_t bytes);
int __wrap_munmap(void *at, size_t bytes)
{
    int number;

    for (number = 0; number < 3; number++)
        if (at == (void *)(uintptr_t)addresses[number]) return 0;
    for (number = 0; number < BUFFERS; number++)
        if (at == buffers[number].cpu) return free(at), buffers[number].cpu = NULL, 0;
    return __real_munmap(at, bytes);
}

int __real_poll(struct pollfd *wanted, nfds_t count, int milliseconds);
int __wrap_poll(struct pollfd *wanted, nfds_t count, int milliseconds)
{
    struct file *one = found(wanted->fd);
    uint32_t microseconds = (uint32_t)milliseconds * 1000;

    if (!one) return __real_poll(wanted, count, milliseconds);
    if (board_await_interrupt(microseconds) >= microseconds) return 0;
    wanted->revents = POLLIN;
    return 1;
}

int __wrap_usleep(useconds_t microseconds)
{
    board_sleep(microseconds);
    return 0;
}

/* The registers that the driver believes to be mapped. */
uint32_t BOARD_IN32(uintptr_t address);
uint32_t BOARD_IN32(uintptr_t address)
{
    return board_read((uint32_t)address);
}

void BOARD_OUT32(uintptr_t address, uint32_t value);
void BOARD_OUT32(uintptr_t address, uint32_t value)
{
    board_write((uint32_t)address, value);
}
