/* Failures in Temporal's API: makes those that the worker sends, and reads those that it receives. Pure; any thread. */
#ifndef TEMPORAL_PROTO_FAILURE_H
#define TEMPORAL_PROTO_FAILURE_H

#include "temporal/payload.h"

/* An application failure with what it points to. It points into itself, so it must not be moved once it is filled. */
struct proto_failure {
    Api__Failure failure;
    Api__ApplicationFailureInfo application;
    struct payload_list details;
    Api__Duration retry_delay;
};

/* Fills `to` and returns its message for a field of a request. The message is cut at LIMIT_FAILURE_BYTES and made valid
   UTF-8; it is borrowed, or copied into the arena (empty when that is full). type: static. */
Api__Failure *proto_failure_fill(struct proto_failure *to, struct arena *arena, struct text message, const char *type,
                                 bool retryable);

/* Adds the delay before the next attempt of an activity, which overrides the delay of its retry policy. Does nothing
   for 0. */
void proto_failure_delay_retry(struct proto_failure *to, int64_t milliseconds);

/* Adds the id that the next run of a cron schedule needs when it retries this one (event_start.run_id). Does nothing
   for an empty id. False: the arena is full. */
bool proto_failure_pass_cron_run_id(struct proto_failure *to, struct arena *arena, struct text id) MUST_CHECK;
/* The id that was passed on, a view; empty when no id was passed on. */
struct text proto_failure_cron_run_id(const Api__Failure *failure);

/* Marks the failure as not permanent: only the attempts are used up. False: the arena is full. */
bool proto_failure_note_attempts_used(struct proto_failure *to, struct arena *arena) MUST_CHECK;
bool proto_failure_used_attempts(const Api__Failure *failure);

/* The message of a failure for people: the first message in its chain of causes, skipping failures that only wrap
   another one (those of activities and child workflows). Empty for NULL. A view. */
struct text proto_failure_text(const Api__Failure *failure);

#endif
