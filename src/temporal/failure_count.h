/* How often an action has failed, and may fail. The server counts attempts, also those that were lost with their
   worker, and has LIMIT_LOST_ATTEMPTS more than the action's retry policy. So the number that the policy grants goes
   with the activity in a header, since servers such as 1.26 do not give the policy to the worker. The number so far is
   in the details of the activity's heartbeats: the server takes them with a failure too, and gives the latest to the
   next attempt. Pure; any thread. */
#ifndef TEMPORAL_FAILURE_COUNT_H
#define TEMPORAL_FAILURE_COUNT_H

#include "temporal/payload.h"

/* An entry of a header. It points into itself: fill it where it stays. */
struct granted_failures {
    Api__HeaderFieldsEntry entry;
    Api__Payload payload;
};
/* Returns the entry; NULL when the arena is full. */
Api__HeaderFieldsEntry *granted_failures_write(struct granted_failures *to, struct arena *arena, int32_t count);
/* 0: the header does not say. */
unsigned granted_failures_read(const Api__Header *header);

/* Fills the list for a field of heartbeat details and sets *details; to NULL for no failures. False: the arena is full.
   */
bool failure_count_write(struct payload_list *list, struct arena *arena, unsigned failures,
                         Api__Payloads **details) MUST_CHECK;
/* Details that cannot be read are of another worker: then all earlier attempts count as failed. */
unsigned failure_count_read(const Api__Payloads *details, unsigned earlier_attempts, struct arena *arena);

#endif
