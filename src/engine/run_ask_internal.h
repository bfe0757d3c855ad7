/* What the files share that ask several people. Only they include it. */
#ifndef ENGINE_RUN_ASK_INTERNAL_H
#define ENGINE_RUN_ASK_INTERNAL_H

#include "engine/run_internal.h"

/* Keys of configs, besides the one that lists the people. */
#define APPROVAL_TYPE_KEY "approval_type"
#define REQUIRED_KEY      "required"
#define REMIND_KEY        "remind_after"
#define ESCALATE_KEY      "escalate_after"
#define ESCALATE_TO_KEY   "escalate_to"

/* Before a reminder or an escalation, and for an answer. */
#define LEAST_TIME_MS 1000
/* Reminders of one attempt. */
#define MOST_REMINDERS 5

enum ask_state {
    ASK_LATER,  /* if the others do not answer in time */
    ASK_WANTED, /* its activity is not scheduled yet */
    ASK_OPEN,   /* its activity waits for the answer */
    ASK_APPROVED,
    ASK_REJECTED,
    ASK_UNANSWERED, /* its time is up */
    ASK_CLOSED,     /* its answer is no longer needed */
};

/* What one person is asked. */
struct ask {
    uint8_t state;                /* enum ask_state */
    bool canceling;               /* the server is asked to cancel its activity */
    int64_t scheduled_id;         /* 0: not in the history yet */
    struct text approver, answer; /* the answer is a JSON object; empty: none */
};

/* Timers of an action that asks. */
enum ask_timer_kind { ASK_TIMER_REMIND, ASK_TIMER_ESCALATE, ASK_TIMERS };
struct ask_timer {
    int64_t after_ms;   /* 0: never */
    int64_t started_id; /* 0: not in the history yet */
    bool open;          /* neither fired nor canceled */
    uint32_t fired;     /* how often */
};

struct ask_list {
    struct ask *asks;
    uint32_t count;
    uint32_t first;    /* that counts: those before it belong to an attempt that failed */
    uint32_t later;    /* of them: those before it are asked at once */
    uint32_t required; /* how many must approve */
    bool rejection_decides;
    bool listed; /* in run.asking */
    struct ask_timer timers[ASK_TIMERS];
    uint32_t reminders;  /* that have been sent, also by attempts that failed */
    struct ask reminder; /* the latest one, which is an activity too: ASK_WANTED, ASK_OPEN or ASK_CLOSED */
};

/* ---- run_ask_plan.c: what a config asks ---- */

/* Who is asked, each person once. */
struct ask_plan {
    struct text *approvers;
    uint32_t count; /* at once */
    uint32_t later; /* so many after them, by escalation */
    int64_t required;
    bool rejection_decides;
    int64_t after_ms[ASK_TIMERS]; /* 0: never */
    const char *fault;            /* in what the config says of time; NULL: none */
};

/* False: the config asks by one activity, whose handler also reports what is wrong where it cannot be read. True: each
   person by an activity of their own. *plan lives in the arena and the config. */
bool ask_plan_read(struct arena *arena, const struct action_type *type, const struct json_value *config,
                   struct ask_plan *plan);
/* Why nobody can be asked so, in the arena; an empty text: nothing is wrong. */
struct failure ask_plan_fault(const struct run *run, uint32_t action, const struct ask_plan *plan, struct arena *arena);

/* ---- run_ask_request.c: activities ---- */

/* Makes the request one to these people alone, an array, who need not know how many must approve. first: nobody has
   been asked before, so that its handler still checks who is asked later, and when. */
enum status ask_only(struct run *run, const struct action_type *type, struct json_value people, bool first,
                     struct action_request *request, struct error *error) MUST_CHECK;
/* Adds the command that schedules an activity "<action id>/<part>" of the request, and counts it. NULL: the budget is
   used up. *refused: the request is larger than Temporal takes, and the action has failed. */
struct command *ask_schedule(struct run *run, uint32_t action, const struct action_type *type,
                             const struct action_request *request, struct text part, struct command_list *commands,
                             bool *refused, struct error *error);

/* ---- run_ask_later.c: reminders and escalation ---- */

/* Of the attempt that begins now. */
void ask_later_begin(struct ask_list *list, const struct ask_plan *plan);
/* Events of its timers and reminders. */
enum status ask_later_scheduled(struct run *run, const struct event *event, uint32_t action, struct text part,
                                bool *known, struct error *error) MUST_CHECK;
void ask_later_ended(struct run *run, uint32_t action, const struct event *event);
/* Starts the timers that are to run. */
enum status ask_later_time(struct run *run, uint32_t action, struct command_list *commands,
                           struct error *error) MUST_CHECK;
/* Sends the reminder that is due. */
enum status ask_later_remind(struct run *run, uint32_t action, struct command_list *commands,
                             struct error *error) MUST_CHECK;
/* Cancels what runs. */
enum status ask_later_cancel(struct run *run, uint32_t action, struct command_list *commands,
                             struct error *error) MUST_CHECK;

#endif
