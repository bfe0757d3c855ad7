/* The row of an execution in workflow.automation_executions: made and shown by the ERP, kept up to date by whoever
   carries the execution out (contract engine E.7, H.4). Any thread. */
#ifndef ERP_EXECUTION_H
#define ERP_EXECUTION_H

#include "base/arena.h"
#include "base/status.h"

struct database;

enum execution_status { EXECUTION_RUNNING, EXECUTION_COMPLETED, EXECUTION_FAILED, EXECUTION_CANCELED };

/* Borrowed. */
struct execution_change {
    enum execution_status status;
    struct text execution_id;        /* a UUID */
    struct text failure;             /* of EXECUTION_FAILED; LIMIT_FAILURE_BYTES of it are kept */
    int64_t deadline_us;             /* monotonic clock: a database that is away is waited for until then */
    bool (*is_canceled)(void *hook); /* asked while waiting; may be NULL */
    void *hook;
};

/* As the column has it. */
static inline const char *execution_status_name(enum execution_status status)
{
    switch (status) {
    case EXECUTION_RUNNING: return "running";
    case EXECUTION_COMPLETED: return "completed";
    case EXECUTION_FAILED: return "failed";
    case EXECUTION_CANCELED: return "cancelled";
    }
    return "";
}

/* Writes status and error message (null unless it failed). What has ended does not run again; an end replaces another
   one. Doing it twice is doing it once, and a row that is not there is no fault: not every ERP makes them.
   STATUS_UNAVAILABLE: the database is away or busy, it may or may not be written. Else the server refuses, and will
   again. The arena is for scratch. */
enum status execution_mark(struct database *database, const struct execution_change *change, struct arena *arena,
                           struct error *error) MUST_CHECK;

#endif
