/* The only source of chance. A test that links its own random_bytes() is deterministic. Any thread. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* At most 256 bytes from the kernel. Aborts when it has none (it never does). */
void random_bytes(void *bytes, size_t size);

/* 0 to bound - 1, for jitter: bounds far below 2^64 are met evenly enough. */
static inline uint64_t random_below(uint64_t bound)
{
    uint64_t number;
    random_bytes(&number, sizeof(number));
    return number % bound;
}

#endif
