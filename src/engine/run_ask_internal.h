/* Shared by the files of actions that ask people one by one (run_ask*.c). Only they include it. */
#ifndef ENGINE_RUN_ASK_INTERNAL_H
#define ENGINE_RUN_ASK_INTERNAL_H

#include "engine/run_internal.h"

/* Config keys, besides the one that lists the people. */
#define APPROVAL_TYPE_KEY "approval_type"
#define REQUIRED_KEY      "required"
#define REMIND_KEY        "remind_after"
#define ESCALATE_KEY      "escalate_after"
#define ESCALATE_TO_KEY   "escalate_to"

/* The shortest time before a reminder or an escalation, and for an answer; in milliseconds. */
#define LEAST_TIME_MS 1000
/* The largest number of reminders in one attempt. */
#define MOST_REMINDERS 5

enum ask_state {
    ASK_LATER,  /* asked only if the others do not answer in time */
    ASK_WANTED, /* its activity is not scheduled yet */
    ASK_OPEN,   /* its activity waits for the answer */
    ASK_APPROVED,
    ASK_REJECTED,
    ASK_UNANSWERED, /* its time is up */
    ASK_CLOSED,     /* its answer is no longer needed */
};

/* One person who is asked, and the answer. */
struct ask {
    uint8_t state;                /* enum ask_state */
    bool canceling;               /* the cancellation of its activity is requested */
    int64_t scheduled_id;         /* 0: not in the history yet */
    struct text approver, answer; /* the answer is a JSON object; empty: none */
};

/* Timers of an action that asks people one by one. */
enum ask_timer_kind { ASK_TIMER_REMIND, ASK_TIMER_ESCALATE, ASK_TIMERS };
struct ask_timer {
    int64_t after_ms;   /* 0: never */
    int64_t started_id; /* 0: not in the history yet */
    bool open;          /* neither fired nor canceled */
    uint32_t fired;     /* number of times */
};

struct ask_list {
    struct ask *asks;
    uint32_t count;
    uint32_t first;    /* index of the first of this attempt; those before it belong to failed attempts */
    uint32_t later;    /* index of the first to be asked by escalation; those before it are asked at once */
    uint32_t required; /* how many must approve */
    bool rejection_decides;
    bool listed; /* in run.asking */
    struct ask_timer timers[ASK_TIMERS];
    uint32_t reminders;  /* number sent, including those of failed attempts */
    struct ask reminder; /* the latest reminder, also an activity: ASK_WANTED, ASK_OPEN or ASK_CLOSED */
};

/* ---- run_ask_plan.c: reads configs ---- */

/* The people that a config asks, each person once. */
struct ask_plan {
    struct text *approvers;
    uint32_t count; /* asked at once */
    uint32_t later; /* asked after them, by escalation */
    int64_t required;
    bool rejection_decides;
    int64_t after_ms[ASK_TIMERS]; /* 0: never */
    const char *fault;            /* in the times of the config; NULL: none */
};

/* Reads whom the config asks, and when. True: each person is asked by an activity of their own. False: the config asks
   all people by one activity, whose handler also reports a config that cannot be read. *plan borrows from the arena and
   the config. */
bool ask_plan_read(struct arena *arena, const struct action_type *type, const struct json_value *config,
                   struct ask_plan *plan);
/* The fault that prevents the plan, in the arena; an empty text: none. */
struct failure ask_plan_fault(const struct run *run, uint32_t action, const struct ask_plan *plan, struct arena *arena);

/* ---- run_ask_request.c: activities ---- */

/* Limits the request to these people, an array, and removes the number of required approvals from its config. first:
   keeps the keys of reminders and escalation, so that the handler checks them; else removes these too. */
enum status ask_only(struct run *run, const struct action_type *type, struct json_value people, bool first,
                     struct action_request *request, struct error *error) MUST_CHECK;
/* Adds the command that schedules the activity "<action id>/<part>" with this request, and counts it. NULL: the budget
   is used up, or *refused: the request is larger than Temporal takes, and the action has failed. */
struct command *ask_schedule(struct run *run, uint32_t action, const struct action_type *type,
                             const struct action_request *request, struct text part, struct command_list *commands,
                             bool *refused, struct error *error);

/* ---- run_ask_later.c: reminders and escalation ---- */

/* Sets the timers and the reminder for the attempt that begins now. */
void ask_later_begin(struct ask_list *list, const struct ask_plan *plan);
/* Apply the events of the action's timers and reminders. *known: the event is one of them. */
enum status ask_later_scheduled(struct run *run, const struct event *event, uint32_t action, struct text part,
                                bool *known, struct error *error) MUST_CHECK;
void ask_later_ended(struct run *run, uint32_t action, const struct event *event);
/* Starts the timers that should run and are not open. */
enum status ask_later_time(struct run *run, uint32_t action, struct command_list *commands,
                           struct error *error) MUST_CHECK;
/* Sends the reminder that is due. */
enum status ask_later_remind(struct run *run, uint32_t action, struct command_list *commands,
                             struct error *error) MUST_CHECK;
/* Cancels the timers and the reminder that are open. */
enum status ask_later_cancel(struct run *run, uint32_t action, struct command_list *commands,
                             struct error *error) MUST_CHECK;

#endif
