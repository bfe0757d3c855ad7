/* Updates of workflows: requests come as messages of a workflow task, and each is answered by messages of its
   completion. Pure; any thread. */
#ifndef TEMPORAL_UPDATE_H
#define TEMPORAL_UPDATE_H

#include "temporal/client.h"
#include "temporal/proto.h"

/* Sets the updates of the task from the messages of the response; messages of other protocols are left out. keys: NULL
   when payloads are not encrypted. Views and structs live in the arena, or in the response. STATUS_BUDGET: the arena is
   full. */
enum status updates_read(const struct payload_keys *keys, const Api__PollWorkflowTaskQueueResponse *response,
                         struct arena *arena, struct workflow_task *task, struct error *error) MUST_CHECK;

/* Adds to the request the messages that answer the updates and, in front of its commands, one command for each message
   that accepts or completes an update. STATUS_BUDGET: the arena is full. STATUS_INTERNAL: OpenSSL fails. */
enum status updates_write(const struct payload_keys *keys, const struct workflow_answer *answer, struct arena *arena,
                          Api__RespondWorkflowTaskCompletedRequest *request, struct error *error) MUST_CHECK;

#endif
