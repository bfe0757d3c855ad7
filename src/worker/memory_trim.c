/* Watches the memory of all arenas, which hold the runs and tasks. */
#include "worker/memory_trim.h"

#include <malloc.h>

#include "base/arena.h"
#include "base/limits.h"

/* Less is not worth the time, and memory that will soon be reused is better kept. */
#define WORTH_BYTES MIB(8)
#define QUIET_US    INT64_C(3000000)

bool memory_trim_is_due(struct memory_trim *trim, size_t bytes, int64_t now_us)
{
    if (bytes >= trim->most || trim->most - bytes < WORTH_BYTES) {
        trim->most = bytes > trim->most ? bytes : trim->most;
        trim->high_us = now_us;
        return false;
    }
    if (now_us - trim->high_us < QUIET_US)
        return false;
    *trim = (struct memory_trim){.most = bytes, .high_us = now_us};
    return true;
}

void memory_keep_little(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, (int)KIB(128));
    (void)mallopt(M_TRIM_THRESHOLD, (int)KIB(512));
    (void)mallopt(M_ARENA_MAX, 1);
}

void memory_trim_run(struct memory_trim *trim, int64_t now_us)
{
    if (memory_trim_is_due(trim, arena_total_bytes(), now_us))
        (void)malloc_trim(0);
}
