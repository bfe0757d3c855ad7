/* A ring of runs. */
#include "worker/refused_runs.h"

#include <string.h>

static struct refused_run *find(const struct refused_runs *runs, struct text run_id)
{
    for (size_t i = 0; i < REFUSED_RUNS_MAX; i++) {
        const struct refused_run *run = &runs->items[i];
        struct text id = {.data = run->run_id, .size = run->run_id_size};
        if (id.size > 0 && text_equal(id, run_id))
            return (struct refused_run *)(uintptr_t)run;
    }
    return NULL;
}

void refused_runs_add(struct refused_runs *runs, struct text run_id, struct text message)
{
    if (run_id.size == 0 || run_id.size > REFUSED_RUN_ID_MAX)
        return;
    struct refused_run *run = find(runs, run_id);
    if (run == NULL) {
        run = &runs->items[runs->next];
        runs->next = (runs->next + 1) % REFUSED_RUNS_MAX;
    }
    message = text_cut_utf8(message, REFUSED_MESSAGE_MAX);
    memcpy(run->run_id, run_id.data, run_id.size);
    run->run_id_size = run_id.size;
    if (message.size > 0)
        memcpy(run->message, message.data, message.size);
    run->message_size = message.size;
}

struct text refused_runs_find(const struct refused_runs *runs, struct text run_id)
{
    const struct refused_run *run = find(runs, run_id);
    return run != NULL ? (struct text){.data = run->message, .size = run->message_size} : TEXT_NONE;
}

void refused_runs_remove(struct refused_runs *runs, struct text run_id)
{
    struct refused_run *run = find(runs, run_id);
    if (run != NULL)
        run->run_id_size = 0;
}
