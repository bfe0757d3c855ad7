/* The row of an execution in workflow.automation_executions. The ERP creates and shows it, and the worker keeps it up
   to date. Any thread. */
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
    bool resumed;             /* EXECUTION_RUNNING: it runs again after it failed or was canceled */
    struct text execution_id; /* a UUID */
    struct text failure;      /* for EXECUTION_FAILED; cut to LIMIT_FAILURE_BYTES */
    struct wait_limit limit;  /* until when an unavailable database is retried */
};

/* The value of the column `status`. */
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

/* Writes the status and the error message, which is NULL unless the run failed. An execution that has ended becomes
   running again only if it is resumed, and never after it has completed. A later end replaces an earlier one.
   Idempotent. A missing row is not an error, because not every ERP creates the rows. STATUS_UNAVAILABLE: the database
   is unavailable or busy, and the row may or may not have been written. Any other status: the server refuses the
   statement, and would refuse it again. The arena is for scratch memory. */
enum status execution_mark(struct database *database, const struct execution_change *change, struct arena *arena,
                           struct error *error) MUST_CHECK;

/* ---- the start of a run ---- */

/* Borrowed. */
struct execution_start {
    struct text execution_id, rule_id; /* UUIDs; the rule is stored as NULL when the ERP has no such rule */
    struct text entity;                /* name of the entity, cut to LIMIT_EXECUTION_ENTITY bytes */
    struct text trigger;               /* JSON; NULL in the row when empty */
};

/* Inserts the row, as the ERP does before it starts a run, because approvals refer to it. *noted is false when the row
   exists already. STATUS_NOT_FOUND: the database has no such table. Otherwise as execution_mark, but without
   retries. */
enum status execution_note(struct database *database, const struct execution_start *start, struct arena *arena,
                           bool *noted, struct error *error) MUST_CHECK;
/* Deletes the row of a run that was not started, if it is still pending. */
enum status execution_forget(struct database *database, struct text execution_id, struct arena *arena,
                             struct error *error) MUST_CHECK;

#endif
