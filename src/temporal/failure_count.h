/* How often an action has failed and how often it may fail. The server counts attempts, including those lost with their
   worker, and is given LIMIT_LOST_ATTEMPTS more than the action's retry policy grants. The number that the policy
   grants is therefore sent with the activity in a header, since servers such as 1.26 do not pass the policy to the
   worker. The number of failures so far is in the details of the activity's heartbeats: the server also accepts details
   with a failure, and passes the latest ones to the next attempt. Pure; any thread. */
#ifndef TEMPORAL_FAILURE_COUNT_H
#define TEMPORAL_FAILURE_COUNT_H

#include "temporal/payload.h"

/* An entry of a header. It points into itself, so it must not be moved once it is filled. */
struct granted_failures {
    Api__HeaderFieldsEntry entry;
    Api__Payload payload;
};
/* Returns the entry; NULL when the arena is full. */
Api__HeaderFieldsEntry *granted_failures_write(struct granted_failures *to, struct arena *arena, int32_t count);
/* 0: the header does not say. */
unsigned granted_failures_read(const Api__Header *header);

/* Fills the list for a field of heartbeat details and points *details to it; sets *details to NULL when there are no
   failures. False: the arena is full. */
bool failure_count_write(struct payload_list *list, struct arena *arena, unsigned failures,
                         Api__Payloads **details) MUST_CHECK;
/* When the details cannot be read they come from another worker, and all earlier attempts count as failed. */
unsigned failure_count_read(const Api__Payloads *details, unsigned earlier_attempts, struct arena *arena);

#endif
