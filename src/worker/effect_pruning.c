/* Deletes old rows of the effect ledger. */
#include "worker/effect_pruning.h"

#include <assert.h>

#include "base/log.h"
#include "base/random.h"

/* How often a round begins, varied by as much. It deletes in steps until no row is old, at most 2,500 rows a second.
   The first round begins soon, for workers that never live long. */
#define FIRST_ROUND_MS 10000
#define ROUND_EVERY_MS 600000
#define STEP_EVERY_MS  200
#define STEP_ROWS      500

/* Lives in its arena. */
struct pruning_job {
    struct pool_job job;
    struct effect_pruning *pruning;
    struct arena *arena;
    int64_t deleted;
    enum status status;
    struct error error;
};

static void step(void *userdata);

static void after(struct effect_pruning *pruning, int64_t delay_ms)
{
    assert(pruning->running && pruning->timer == NULL && pruning->job == NULL);
    pruning->timer = channel_after(pruning->resources->channel, delay_ms, step, pruning);
}

static void end_round(struct effect_pruning *pruning)
{
    if (pruning->deleted > 0)
        log_line(LOG_INFO, "Old rows of the effect ledger deleted", LOG_INTEGER("rows", pruning->deleted));
    pruning->deleted = 0;
    after(pruning, ROUND_EVERY_MS / 2 + (int64_t)random_below(ROUND_EVERY_MS));
}

/* A database without the ledger, or one that is unavailable, is reported elsewhere. */
static void stepped(struct effect_pruning *pruning, const struct pruning_job *job)
{
    if (job->status == STATUS_INVALID)
        log_line(LOG_WARN, "Failed to delete old rows of the effect ledger",
                 LOG_FAILURE("error", error_failure(&job->error)));
    pruning->deleted += job->deleted;
    if (job->status == STATUS_OK && job->deleted == STEP_ROWS)
        after(pruning, STEP_EVERY_MS);
    else
        end_round(pruning);
}

static void prune(struct pool_job *pool_job)
{
    struct pruning_job *job = (struct pruning_job *)pool_job;
    const struct worker_options *options = &job->pruning->resources->options;
    job->error = ERROR_IN(job->arena);
    job->status = options->effects_prune(options->userdata, STEP_ROWS, &job->deleted, &job->error);
}

static void pruned(struct pool_job *pool_job)
{
    struct pruning_job *job = (struct pruning_job *)pool_job;
    struct effect_pruning *pruning = job->pruning;
    struct arena *arena = job->arena;
    assert(pruning->job == job);
    pruning->job = NULL;
    if (pruning->running)
        stepped(pruning, job);
    arena_give(&pruning->resources->small_arenas, arena);
}

static void step(void *userdata)
{
    struct effect_pruning *pruning = userdata;
    struct resources *resources = pruning->resources;
    struct arena *arena = arena_take(&resources->small_arenas);
    struct pruning_job *job = ARENA_MUST_NEW(arena, struct pruning_job);
    *job = (struct pruning_job){.job = {.work = prune, .done = pruned}, .pruning = pruning, .arena = arena};
    assert(pruning->running && pruning->job == NULL);
    pruning->timer = NULL;
    pruning->job = job;
    pool_submit(resources->pool, &job->job, true);
}

void effect_pruning_start(struct effect_pruning *pruning)
{
    assert(!pruning->running);
    pruning->running = pruning->resources->options.effects_prune != NULL;
    if (pruning->running)
        after(pruning, (int64_t)random_below(FIRST_ROUND_MS));
}

void effect_pruning_stop(struct effect_pruning *pruning)
{
    pruning->running = false;
    if (pruning->timer != NULL)
        channel_timer_cancel(pruning->timer);
    pruning->timer = NULL;
}

bool effect_pruning_is_idle(const struct effect_pruning *pruning)
{
    return !pruning->running && pruning->job == NULL;
}
