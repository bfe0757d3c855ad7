/* Requests in workflow.approval_requests that nobody can answer any more, because their time is up or their run was
   canceled: shown as such, so that nobody tries. Any thread. */
#ifndef ERP_APPROVAL_END_H
#define ERP_APPROVAL_END_H

#include "base/arena.h"
#include "base/status.h"
#include "base/uuid.h"

struct database;

/* The id of the request that an action of an execution makes. */
struct uuid approval_request_id(struct uuid execution_id, struct uuid action_id);

/* Borrowed. */
struct approval_end {
    struct text execution_id; /* a UUID, as are the next */
    const struct text *action_ids;
    size_t action_count;
    bool canceled;       /* `expired`, else `timed_out` */
    int64_t deadline_us; /* monotonic clock: a database that is away is waited for until then */
};

/* Writes the status of those that are pending, and forgets their tokens. Doing it twice is doing it once; what was
   answered stays so; a request or a table that is not there is no fault. STATUS_UNAVAILABLE, else the server refuses.
   The arena is for scratch. */
enum status approval_end_mark(struct database *database, const struct approval_end *end, struct arena *arena,
                              struct error *error) MUST_CHECK;

#endif
