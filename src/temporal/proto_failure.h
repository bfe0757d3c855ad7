/* Failures in Temporal's API: those that we send, and what one that came says. Pure; any thread. */
#ifndef TEMPORAL_PROTO_FAILURE_H
#define TEMPORAL_PROTO_FAILURE_H

#include "temporal/proto.h"

/* An application failure with what it points to. It points into itself: fill it where it stays. */
struct proto_failure {
    Api__Failure failure;
    Api__ApplicationFailureInfo application;
};

/* Fills `to` and returns its message for a field of a request. The message is cut at LIMIT_FAILURE_BYTES and made valid
   UTF-8; it is borrowed, or copied into the arena (empty when that is full). type: static. */
Api__Failure *proto_failure_fill(struct proto_failure *to, struct arena *arena, struct text message, const char *type,
                                 bool retryable);

/* What a failure says to a person: the first message of its chain of causes, without the messages of failures that only
   wrap another one (of activities and child workflows). Empty for NULL. A view. */
struct text proto_failure_text(const Api__Failure *failure);

#endif
