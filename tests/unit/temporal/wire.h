/* What the tests against a real Temporal server share. Each test has its own client, task queue and workflow ids. Every
   call here runs the loop until the response is there. */
#ifndef TEST_TEMPORAL_WIRE_H
#define TEST_TEMPORAL_WIRE_H

#include "base/json.h"
#include "temporal/client.h"

struct wire {
    struct client *client;
    struct arena *arena;
    struct text unique; /* ends every name of this test */
    struct text queue, sticky_queue;
    /* what came last */
    bool waiting;
    struct client_result result;
    const struct workflow_task *task;
    const struct activity_task *activities;
    size_t activity_count;
    enum activity_demand demand;
};

void wire_open(struct wire *wire); /* of $TEMPORAL_ADDRESS */
void wire_open_at(struct wire *wire, struct text address, struct text namespace_);
void wire_close(struct wire *wire);
/* The workflow id of that name in this test: what is called `workflow` below is such a name. */
struct text wire_id(struct wire *wire, const char *workflow);
void wire_wait(struct wire *wire); /* until one of the callbacks below has run */

/* The done callbacks; userdata is the wire. */
void wire_plain(void *userdata, const struct client_result *result);
void wire_ignored(void *userdata, const struct client_result *result); /* for calls that the test does not wait for */
void wire_task(void *userdata, const struct workflow_task *task, const struct client_result *result);
void wire_activity(void *userdata, const struct activity_task *task, const struct client_result *result);
void wire_answered(void *userdata, const struct client_result *result, const struct workflow_task *next,
                   const struct activity_task *activities, size_t activity_count);
void wire_heartbeat(void *userdata, enum activity_demand demand, const struct client_result *result);

/* Starts a workflow and takes its first task. */
const struct workflow_task *wire_begin(struct wire *wire, const char *workflow, const char *input);
const struct workflow_task *wire_poll(struct wire *wire);
const struct workflow_task *wire_poll_sticky(struct wire *wire);
const struct activity_task *wire_poll_activity(struct wire *wire);
/* Answers with these commands; the result is in wire->result, what came back in task and activities. */
void wire_answer(struct wire *wire, const struct workflow_task *task, const struct command *commands, size_t count);
/* The whole history of a workflow. */
const struct workflow_task *wire_read(struct wire *wire, const char *workflow, bool wait);
/* The first event of that kind, which must be there. */
const struct event *wire_event(const struct workflow_task *task, enum event_kind kind);

/* An activity of an action, as the engine schedules it. */
struct command wire_activity_command(const char *action_id, const char *input);
struct command wire_command(enum command_kind kind);

/* Runs `temporal ARGUMENTS --workflow-id ID` against the server and returns what it prints. */
struct text wire_tool(struct wire *wire, const char *arguments, const char *workflow);
/* events[] of `temporal workflow show`. */
struct json_value wire_show(struct wire *wire, const char *workflow);
/* The first event of that type ("EVENT_TYPE_...") there, or the first after `after`. NULL: none. */
const struct json_value *wire_shown(const struct json_value *events, const char *type, const struct json_value *after);
/* Member by a dotted path. */
const struct json_value *wire_at(const struct json_value *value, const char *path);
/* The payload's data, decoded from base64. */
struct text wire_payload(struct wire *wire, const struct json_value *payload);
/* The value of a metric in this process, e.g. temporal_request{operation="GetSystemInfo"}; 0 when it is absent. */
int64_t wire_counted(struct wire *wire, const char *metric);
/* "stop" or "start" for the server. */
void wire_control(const char *word);

#endif
