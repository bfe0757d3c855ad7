/* Runs whose commands the server has refused permanently. If the server itself has failed the task, the run's next task
   must know of the refusal, or it would decide the same again. For the loop thread. */
#ifndef WORKER_REFUSED_RUNS_H
#define WORKER_REFUSED_RUNS_H

#include "base/text.h"

#define REFUSED_RUNS_MAX    64
#define REFUSED_RUN_ID_MAX  64
#define REFUSED_MESSAGE_MAX 1000

struct refused_run {
    char run_id[REFUSED_RUN_ID_MAX], message[REFUSED_MESSAGE_MAX];
    size_t run_id_size, message_size; /* run_id_size 0: unused */
};

/* Zeroed: empty. */
struct refused_runs {
    struct refused_run items[REFUSED_RUNS_MAX];
    size_t next;
};

/* Copies both, the message up to its bound. When there are more than REFUSED_RUNS_MAX, the oldest is forgotten; the
   task of that run then fails once more. */
void refused_runs_add(struct refused_runs *runs, struct text run_id, struct text message);
/* Why the run was refused; borrowed until the next add or remove. Empty: the run is not one of them. */
struct text refused_runs_find(const struct refused_runs *runs, struct text run_id);
void refused_runs_remove(struct refused_runs *runs, struct text run_id);

#endif
