/* Returns memory to the system after a burst; otherwise freed memory stays with the process. For the loop thread. */
#ifndef WORKER_MEMORY_TRIM_H
#define WORKER_MEMORY_TRIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed: nothing is known yet. */
struct memory_trim {
    size_t most;     /* bytes of arenas at once since the last trim */
    int64_t high_us; /* when nearly as many were last in use */
};

/* Whether much less memory than before has been in use for some seconds; if so, starts over. bytes: of all arenas
   now. */
bool memory_trim_is_due(struct memory_trim *trim, size_t bytes, int64_t now_us);
/* For a process with little memory: large blocks go back to the system as soon as they are freed, and threads share
   their heaps. Costs time. */
void memory_keep_little(void);
/* Trims when it is due, which takes milliseconds. */
void memory_trim_run(struct memory_trim *trim, int64_t now_us);

#endif
