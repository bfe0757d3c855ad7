/* What the open runs of the task queues wait for from people. Single-threaded. */
#ifndef RUNS_OPEN_WAITS_H
#define RUNS_OPEN_WAITS_H

#include "runs/run_reference.h"
#include "runs/run_subject.h"
#include "runs/run_waits.h"

struct open_wait {
    struct text workflow_id, run_id;
    struct run_subject subject;
    struct run_wait wait; /* WAIT_PERSON or WAIT_DECISION */
};
struct open_waits {
    struct open_wait *items; /* by run, newest first */
    size_t count, capacity;
    size_t run_count; /* that were read */
    bool more;        /* there are more open runs */
    size_t unread;    /* runs whose history cannot be read */
};

/* Reads the newest open runs, `limit` at most, into the client's arena. Anything but CLI_SUCCESS: reported on
   stderr. */
enum cli_exit open_waits_read(struct blocking_client *temporal, const struct settings *settings, size_t limit,
                              struct open_waits *waits) MUST_CHECK;

#endif
