/* Gives memory back to the system after a burst: what was freed stays with the process otherwise. For the loop
   thread. */
#ifndef WORKER_MEMORY_TRIM_H
#define WORKER_MEMORY_TRIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed: nothing is known yet. */
struct memory_trim {
    size_t most;     /* bytes of arenas at once since the last trim */
    int64_t high_us; /* when there were last nearly as many */
};

/* bytes: of all arenas now. Whether much less than before has been in use for some seconds; then begins anew. */
bool memory_trim_is_due(struct memory_trim *trim, size_t bytes, int64_t now_us);
/* For a process with little memory: large blocks go back to the system as soon as they are freed, and threads share
   their heaps. Costs time. */
void memory_keep_little(void);
/* Trims when it is due. Takes milliseconds then. */
void memory_trim_run(struct memory_trim *trim, int64_t now_us);

#endif
