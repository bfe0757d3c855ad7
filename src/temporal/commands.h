/* The engine's commands as Temporal's. Pure but for the wall clock in markers; any thread. */
#ifndef TEMPORAL_COMMANDS_H
#define TEMPORAL_COMMANDS_H

#include "engine/command.h"
#include "temporal/proto.h"

struct command_options {
    struct text task_queue;    /* of scheduled activities and of a run continued as new */
    struct text trace;         /* handed on to activities and to the run that this one continues as; may be empty */
    unsigned eager_activities; /* so many of the scheduled activities may come back with the answer */
};

/* The protobuf form in the arena, in the same order; texts are shared with the commands. STATUS_INVALID: a payload is
   over LIMIT_PAYLOAD_BYTES, and the message names the command. STATUS_BUDGET: the arena is full. */
enum status commands_translate(const struct command *commands, size_t count, const struct command_options *options,
                               struct arena *arena, Api__Command ***translated, struct error *error) MUST_CHECK;

/* "activity of action NAME (ID)", "workflow completion", ... */
struct text command_name(const struct command *command, struct arena *arena);

#endif
