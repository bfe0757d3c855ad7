/* The row of an execution in workflow.automation_executions, which the ERP makes and shows and the worker keeps up to
   date. Any thread. */
#ifndef ERP_EXECUTION_H
#define ERP_EXECUTION_H

#include "base/arena.h"
#include "base/status.h"
#include "base/wait_limit.h"

struct database;

enum execution_status { EXECUTION_RUNNING, EXECUTION_COMPLETED, EXECUTION_FAILED, EXECUTION_CANCELED };

/* Borrowed. */
struct execution_change {
    enum execution_status status;
    bool resumed;             /* EXECUTION_RUNNING: it runs again, though it has failed or was canceled */
    struct text execution_id; /* a UUID */
    struct text failure;      /* of EXECUTION_FAILED; LIMIT_FAILURE_BYTES of it are kept */
    struct wait_limit limit;  /* an unavailable database is tried again until it is over */
};

/* The value of the column. */
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

/* Writes the status and the error message, which is NULL unless the run failed. An execution that has ended does not
   become running again unless it is resumed, and one that is completed never; one end replaces another. Idempotent. A
   missing row is no error, because not every ERP makes them. STATUS_UNAVAILABLE: the database is unavailable or busy,
   and the row may or may not be written. Any other status: the server refuses, and will again. The arena is for
   scratch. */
enum status execution_mark(struct database *database, const struct execution_change *change, struct arena *arena,
                           struct error *error) MUST_CHECK;

/* ---- the start of a run ---- */

/* Borrowed. */
struct execution_start {
    struct text execution_id, rule_id; /* UUIDs; of the rule NULL is stored when the ERP has no such rule */
    struct text entity;                /* name of the entity; LIMIT_EXECUTION_ENTITY of its bytes are kept */
    struct text trigger;               /* JSON; empty: NULL */
};

/* Inserts the row, as the ERP does before it starts a run: approvals refer to it. *noted: false when there is such a
   row already. STATUS_NOT_FOUND: the database has no such table. Else as execution_mark, but tried once. */
enum status execution_note(struct database *database, const struct execution_start *start, struct arena *arena,
                           bool *noted, struct error *error) MUST_CHECK;
/* Deletes the row of a run that was not started, if it is still pending. */
enum status execution_forget(struct database *database, struct text execution_id, struct arena *arena,
                             struct error *error) MUST_CHECK;

#endif
