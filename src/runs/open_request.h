/* The people whom an action of a run asks one by one, and whose answers it still waits for. */
#ifndef RUNS_OPEN_REQUEST_H
#define RUNS_OPEN_REQUEST_H

#include "base/arena.h"
#include "engine/event.h"

/* Borrowed from the history, or in the arena. */
struct open_request {
    struct text activity_id, approver, payload; /* payload: the activity's input */
    uint32_t number;                            /* from 1, see approval_request_id */
    int64_t scheduled_id;
};

struct open_requests {
    struct open_request *items;
    size_t count;
};

/* Finds those of the action in the history of a run. STATUS_BUDGET: the arena is full. */
enum status open_requests_find(struct arena *arena, const struct event *events, size_t event_count,
                               struct text action_id, struct open_requests *found) MUST_CHECK;
/* That of the approver, a user's id; NULL: none. */
const struct open_request *open_request_of(const struct open_requests *requests, struct text approver);
/* "ID, ID": whose they are. .data NULL past the cap. */
struct text open_requests_approvers(const struct open_requests *requests, struct arena *arena);

#endif
