/* Divides up the memory that the process may use, so that nothing that arrives takes more: what does not fit is
   refused, and its task fails with an error that says so. Pure; any thread. */
#ifndef WORKER_MEMORY_PLAN_H
#define WORKER_MEMORY_PLAN_H

#include <stddef.h>

#include "base/limits.h"

/* With less memory than this, every megabyte counts. */
#define LITTLE_MEMORY MIB(128)

struct memory_plan {
    size_t arenas;  /* of all tasks and runs together; 0: no limit */
    size_t message; /* the largest response that is received */
    size_t cache;   /* of runs between their tasks; part of the arenas */
    unsigned polls; /* of one kind on one queue at once: each may bring a large task at the same moment */
};

/* limit: bytes; 0: no limit, and the plan has the bounds of base/limits.h. */
struct memory_plan memory_plan(size_t limit);

#endif
