/* Failures in Temporal's API: those that we send, and what one that came says. Pure; any thread. */
#ifndef TEMPORAL_PROTO_FAILURE_H
#define TEMPORAL_PROTO_FAILURE_H

#include "temporal/payload.h"

/* An application failure with what it points to. It points into itself: fill it where it stays. */
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

/* Adds the delay before the next attempt of an activity, which replaces that of its retry policy; nothing for 0. */
void proto_failure_delay_retry(struct proto_failure *to, int64_t milliseconds);

/* Adds the id that the next run of a cron schedule is to know when it retries this one (event_start.run_id); nothing
   for an empty id. False: the arena is full. */
bool proto_failure_pass_cron_run_id(struct proto_failure *to, struct arena *arena, struct text id) MUST_CHECK;
/* The id that was passed on, a view; empty when no id was passed on. */
struct text proto_failure_cron_run_id(const Api__Failure *failure);

/* Says that the failure is not permanent: only its attempts are used up. False: the arena is full. */
bool proto_failure_note_attempts_used(struct proto_failure *to, struct arena *arena) MUST_CHECK;
bool proto_failure_used_attempts(const Api__Failure *failure);

/* What a failure says to a person: the first message of its chain of causes, without the messages of failures that only
   wrap another one (of activities and child workflows). Empty for NULL. A view. */
struct text proto_failure_text(const Api__Failure *failure);

#endif
