/* The only source of randomness. A test that links its own random_bytes() is deterministic. Any thread. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills at most 256 bytes from the kernel. Aborts on an error, which does not occur in practice. */
void random_bytes(void *bytes, size_t size);

/* A number from 0 to bound - 1, for jitter; even enough for bounds far below 2^64. */
static inline uint64_t random_below(uint64_t bound)
{
    uint64_t number;
    random_bytes(&number, sizeof(number));
    return number % bound;
}

#endif
