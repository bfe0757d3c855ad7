/* Randomness of the kernel. */
#include "base/random.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *bytes, size_t size)
{
    assert(size <= 256);
    /* Up to 256 bytes are given whole; before the kernel is seeded, it waits. */
    if (getrandom(bytes, size, 0) != (ssize_t)size)
        abort();
}
