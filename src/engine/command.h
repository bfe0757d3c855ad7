/* The commands that a run decides on. */
#ifndef ENGINE_COMMAND_H
#define ENGINE_COMMAND_H

#include "action/perform.h"

enum command_kind {
    COMMAND_PERFORM,       /* perform inside the task, then run_perform_done */
    COMMAND_RECORD_RESULT, /* a LocalActivity marker */
    COMMAND_SCHEDULE_ACTIVITY,
    COMMAND_CANCEL_ACTIVITY, /* scheduled_id */
    COMMAND_START_TIMER,
    COMMAND_CANCEL_TIMER, /* action_id: the timer's id */
    COMMAND_COMPLETE,     /* payload: the result of the run */
    COMMAND_FAIL,         /* failure */
    COMMAND_CANCEL,
    COMMAND_CONTINUE_AS_NEW, /* payload: the next run's WorkflowInput */
};

/* All pointers lead into the run or into the arena given to run_decide. */
struct command {
    enum command_kind kind;
    uint32_t action;                /* index in the graph; for PERFORM, RECORD, SCHEDULE, TIMER */
    const struct action_type *type; /* NULL when not registered */
    struct action_request request;  /* PERFORM; TIMER: only its config, templates expanded */
    struct text action_id, action_name, action_type;
    struct text activity_id;           /* id of the activity, timer or marker; empty: action_id is that id */
    uint32_t ask;                      /* SCHEDULE, CANCEL_ACTIVITY: number of the person asked, from 1; 0: none */
    struct text activity_type;         /* SCHEDULE: ExecuteActionActivity or ExecuteAsyncActionActivity */
    struct text payload;               /* SCHEDULE, CONTINUE: input JSON; RECORD: result JSON (empty when it failed) */
    struct text input;                 /* RECORD: the action's input, for display only */
    bool stored_result;                /* RECORD: the result is that of an earlier attempt */
    size_t failure_head, failure_tail; /* the public parts of the failure, see struct failure */
    struct text failure;               /* RECORD, FAIL */
    struct text settings;              /* CONTINUE: event_start.settings of the run; may be empty */
    struct text cron_run_id;           /* FAIL: event_start.run_id when a cron schedule started the run; else empty */
    struct action_timing timing;       /* SCHEDULE */
    int64_t duration_ms;               /* START_TIMER */
    int64_t scheduled_id;              /* CANCEL_ACTIVITY */
};

/* The failure with its public parts. Borrowed. */
static inline struct failure command_failure(const struct command *command)
{
    return (struct failure){.text = command->failure, .head = command->failure_head, .tail = command->failure_tail};
}

/* The id of the command's activity, timer or marker. Borrowed. */
static inline struct text command_part_id(const struct command *command)
{
    return command->activity_id.size > 0 ? command->activity_id : command->action_id;
}

struct command_list {
    struct arena *arena;
    struct command *items;
    size_t count, capacity;
};

#endif
