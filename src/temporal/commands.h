/* The engine's commands in the form of Temporal's API. Reads the wall clock for markers; any thread. */
#ifndef TEMPORAL_COMMANDS_H
#define TEMPORAL_COMMANDS_H

#include "engine/command.h"
#include "temporal/proto.h"

struct command_options {
    struct text task_queue;     /* of scheduled activities and of a run continued as new */
    struct text trace;          /* for activities and the run that continues this one; may be empty */
    unsigned eager_activities;  /* how many of the scheduled activities may come back with the response */
    int64_t human_heartbeat_ms; /* heartbeat timeout of actions that wait for people */
};

/* The messages of count commands (no COMMAND_PERFORM), in the same order, in the arena; they share the texts of the
   commands. STATUS_INVALID: a payload is over LIMIT_PAYLOAD_BYTES, and error.message names the command. STATUS_BUDGET:
   the arena is full. */
enum status commands_translate(const struct command *commands, size_t count, const struct command_options *options,
                               struct arena *arena, Api__Command ***translated, struct error *error) MUST_CHECK;

/* A name for messages to people: "activity of action NAME (ID)", "workflow completion". Static or in the arena; .data
   NULL when that is full. */
struct text command_name(const struct command *command, struct arena *arena);

#endif
