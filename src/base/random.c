/* Random bytes from the kernel. */
#include "base/random.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *bytes, size_t size)
{
    assert(size <= 256);
    /* A request of up to 256 bytes is never cut short; it waits until the kernel is seeded. */
    if (getrandom(bytes, size, 0) != (ssize_t)size)
        abort();
}
