/* What the actions of an open run wait for. Pure; any thread. */
#ifndef RUNS_RUN_WAITS_H
#define RUNS_RUN_WAITS_H

#include "base/json_writer.h"
#include "engine/run.h"
#include "temporal/client_runs.h"

enum wait_kind {
    WAIT_DECISION, /* it is held: somebody retries it, skips it or lets it fail */
    WAIT_PERSON,   /* for an answer */
    WAIT_TIME,     /* a delay */
    WAIT_RETRY,    /* for its next attempt */
    WAIT_WORKER,   /* no worker has taken it */
    WAIT_PAUSED,   /* its activity is paused from outside */
    WAIT_END,      /* it is running */
};
const char *wait_kind_name(enum wait_kind kind); /* "decision", "person", "time", ... */

struct run_wait {
    struct run_action action;
    enum wait_kind kind;
    struct text activity_id;  /* empty unless an activity runs it */
    int64_t since_us;         /* server's wall clock; 0: unknown */
    int64_t until_us;         /* when its time is over, its next attempt is due, or it times out; 0: unknown */
    int64_t remind_us;        /* WAIT_PERSON: when those who are silent are reminded; 0: never */
    int64_t escalate_us;      /* WAIT_PERSON: when others are asked too; 0: never */
    unsigned attempt;         /* of its activity; 0: unknown */
    struct text failure;      /* its latest; may be empty */
    const struct text *asked; /* WAIT_PERSON: ids of the users who may answer, as its config has them */
    size_t asked_count;
};
struct run_waits {
    struct run_wait *items;
    size_t count;
};

/* The actions of the run that have begun and not ended, into the arena, in the order of the graph; texts are borrowed.
   events: the history of the run. description: NULL, or what the server says of the run, which alone knows attempts.
   False: the arena is full. */
bool run_waits_read(struct arena *arena, const struct run *run, const struct event *events, size_t event_count,
                    const struct described_run *description, struct run_waits *waits) MUST_CHECK;

/* The latest failure without the name of the action, which messages of failures begin with. Borrowed. */
struct text run_wait_failure(const struct run_wait *wait);
/* What it waits for, in words: "attempt 3 is due in 4.0 s". In the arena; .data NULL past its cap. */
struct text run_wait_text(struct arena *arena, const struct run_wait *wait, int64_t now_us) MUST_CHECK;
/* The arguments of the command that ends it, behind the name of the program and with the run's id; empty when no
   command does. */
struct text run_wait_command(struct arena *arena, const struct run_wait *wait, struct text run_id) MUST_CHECK;
/* Adds the members since, until, reminders, remind_at and escalate_at; times are null when unknown or never. */
void run_wait_write_times(struct json_writer *json, const struct run_wait *wait);

#endif
