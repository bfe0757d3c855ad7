/* Rounds over the approval requests that wait for people. */
#include "worker/approval_sweep.h"

#include <assert.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"

/* How often a round begins. Where heartbeats keep the activities waiting, a lost round and the one after it fit into
   the timeout. On other servers a round only finds requests of runs that have ended. */
#define KEEP_EVERY_MS  180000
#define CHECK_EVERY_MS 3600000
/* How often a worker asks whether a round is due. The interval varies by as much, so that workers do not ask at the
   same time. */
#define ASK_EVERY_MS 30000

/* At most 200 heartbeats a second, and at most IN_FLIGHT_MAX under way. */
#define STEP_MS       100
#define STEP_COUNT    20
#define IN_FLIGHT_MAX 50

/* An activity that has timed out is retried within a minute and then writes a new token. For this long a request
   without an activity is left unchanged. */
#define GRACE_MS 180000

static_assert(2 * (KEEP_EVERY_MS + 2 * ASK_EVERY_MS) < LIMIT_HUMAN_HEARTBEAT_MS, "a lost round fits into the timeout");

/* ---- on a thread ---- */

enum sweep_task { TAKE_TURN, READ_PAGE, EXPIRE };

/* Lives in its arena. */
struct sweep_job {
    struct pool_job job;
    struct approval_sweep *sweep;
    struct arena *arena;
    enum sweep_task task;
    int64_t period_ms;
    bool taken;
    struct approval_page page;
    int64_t changed;
    enum status status;
    struct error error;
};

static void work(struct pool_job *pool_job)
{
    struct sweep_job *job = (struct sweep_job *)pool_job;
    const struct approval_sweep *sweep = job->sweep;
    const struct worker_options *options = &sweep->resources->options;
    job->error = ERROR_IN(job->arena);
    switch (job->task) {
    case TAKE_TURN:
        job->status =
            options->approvals_take_turn(options->userdata, job->period_ms, job->arena, &job->taken, &job->error);
        break;
    case READ_PAGE:
        job->status = options->approvals_read(options->userdata, sweep->after, job->arena, &job->page, &job->error);
        break;
    case EXPIRE:
        job->status = options->approvals_expire(options->userdata, sweep->ended, sweep->ended_count, job->arena,
                                                &job->changed, &job->error);
        break;
    }
}

static void worked(struct pool_job *pool_job);

static void start_job(struct approval_sweep *sweep, enum sweep_task task)
{
    assert(sweep->job == NULL && sweep->timer == NULL);
    struct resources *resources = sweep->resources;
    struct arena *arena = arena_take(&resources->small_arenas);
    struct sweep_job *job = ARENA_MUST_NEW(arena, struct sweep_job);
    *job = (struct sweep_job){
        .job = {.work = work, .done = worked},
        .sweep = sweep,
        .arena = arena,
        .task = task,
        .period_ms = client_sets_heartbeat_timeouts(resources->client) ? CHECK_EVERY_MS : KEEP_EVERY_MS,
    };
    sweep->job = job;
    pool_submit(resources->pool, &job->job, true);
}

/* ---- the end of a round ---- */

static void later(struct approval_sweep *sweep, int64_t delay_ms, void (*step)(void *))
{
    assert(sweep->running && sweep->job == NULL && sweep->timer == NULL);
    sweep->timer = channel_after(sweep->resources->channel, delay_ms, step, sweep);
}

static void give(struct approval_sweep *sweep, struct arena **arena)
{
    if (*arena != NULL)
        arena_give(&sweep->resources->small_arenas, *arena);
    *arena = NULL;
}

static void ask(void *userdata)
{
    struct approval_sweep *sweep = userdata;
    sweep->timer = NULL;
    start_job(sweep, TAKE_TURN);
}

static void ask_later(struct approval_sweep *sweep)
{
    later(sweep, ASK_EVERY_MS / 2 + (int64_t)random_below(ASK_EVERY_MS), ask);
}

/* Forgets the round. */
static void clear(struct approval_sweep *sweep)
{
    give(sweep, &sweep->arena);
    give(sweep, &sweep->ended_arena);
    sweep->page = (struct approval_page){0};
    sweep->next = 0;
    sweep->swept = 0;
    sweep->after = TEXT_NONE;
    sweep->ended = NULL;
    sweep->ended_count = 0;
}

static void end_round(struct approval_sweep *sweep)
{
    clear(sweep);
    ask_later(sweep);
}

static void expire(void *userdata)
{
    struct approval_sweep *sweep = userdata;
    sweep->timer = NULL;
    start_job(sweep, EXPIRE);
}

static void end_pages(struct approval_sweep *sweep)
{
    metric_set(worker_metric(METRIC_APPROVALS_PENDING, OF_THE_WORKER), sweep->swept);
    if (sweep->swept > 0)
        log_line(LOG_DEBUG, "Swept the approval requests that wait", LOG_INTEGER("requests", sweep->swept),
                 LOG_INTEGER("without_activity", sweep->ended_count));
    if (sweep->ended_count > 0)
        later(sweep, GRACE_MS, expire);
    else
        end_round(sweep);
}

/* ---- heartbeats ---- */

static void step(void *userdata);

static void read_page(void *userdata)
{
    struct approval_sweep *sweep = userdata;
    sweep->timer = NULL;
    start_job(sweep, READ_PAGE);
}

static void end_page(struct approval_sweep *sweep)
{
    sweep->after = arena_copy(sweep->ended_arena, sweep->page.more_after);
    give(sweep, &sweep->arena);
    sweep->page = (struct approval_page){0};
    sweep->next = 0;
    if (sweep->after.size > 0)
        later(sweep, 0, read_page);
    else
        end_pages(sweep);
}

static void add_ended(struct approval_sweep *sweep, const struct approval_pending *request)
{
    if (sweep->ended_count == LIMIT_APPROVAL_ENDS)
        return; /* the next round finds it again */
    struct arena *arena = sweep->ended_arena;
    struct approval_pending copy = {.id = arena_copy(arena, request->id),
                                    .written_token = arena_copy(arena, request->written_token)};
    if (copy.id.data != NULL && copy.written_token.data != NULL)
        sweep->ended[sweep->ended_count++] = copy;
}

/* Lives in the arena of its call. */
struct sweep_heartbeat {
    struct approval_sweep *sweep;
    struct worker_call *call;
    const struct approval_pending *request; /* of the page */
};

/* A server that does not know the namespace of the token is not the server that has the run. */
static bool has_ended(const struct client_result *result)
{
    return result->code == RPC_NOT_FOUND && text_find(result->message, TEXT("amespace")) == SIZE_MAX;
}

static void answered(void *userdata, enum activity_demand demand, const struct client_result *result)
{
    struct sweep_heartbeat *heartbeat = userdata;
    struct approval_sweep *sweep = heartbeat->sweep;
    (void)demand;
    assert(sweep->in_flight > 0);
    sweep->in_flight--;
    if (has_ended(result) && sweep->running)
        add_ended(sweep, heartbeat->request);
    else if (result->code != RPC_OK)
        log_line(LOG_DEBUG, "Heartbeat of an approval request failed", LOG_TEXT("approval_id", heartbeat->request->id),
                 LOG_STRING("code", rpc_code_name(result->code)), LOG_TEXT("error", result->message));
    (void)worker_call_end(heartbeat->call);
    if (sweep->in_flight > 0 || sweep->next < sweep->page.count)
        return;
    if (sweep->running)
        end_page(sweep);
    else
        clear(sweep);
}

static void send(struct approval_sweep *sweep, const struct approval_pending *request)
{
    struct worker_call *call = worker_call_begin(&sweep->resources->calls, NULL);
    struct sweep_heartbeat *heartbeat = ARENA_MUST_NEW(call->arena, struct sweep_heartbeat);
    const struct activity_task task = {.token = request->token};
    *heartbeat = (struct sweep_heartbeat){.sweep = sweep, .call = call, .request = request};
    sweep->in_flight++;
    sweep->swept++;
    worker_count(METRIC_APPROVAL_HEARTBEATS, OF_THE_WORKER, 1);
    client_heartbeat(sweep->resources->client, &task, call->arena, answered, heartbeat);
}

static void step(void *userdata)
{
    struct approval_sweep *sweep = userdata;
    sweep->timer = NULL;
    for (unsigned i = 0; i < STEP_COUNT && sweep->in_flight < IN_FLIGHT_MAX && sweep->next < sweep->page.count; i++)
        send(sweep, &sweep->page.requests[sweep->next++]);
    if (sweep->next < sweep->page.count)
        later(sweep, STEP_MS, step);
}

/* ---- what a thread has done ---- */

/* Without the table every worker takes every turn. */
static void turn_asked(struct approval_sweep *sweep, const struct sweep_job *job)
{
    bool unusable = job->status == STATUS_NOT_FOUND || job->status == STATUS_INVALID;
    if (unusable && !sweep->warned)
        log_line(LOG_WARN, "Table workflow.worker_turns cannot be used: every worker sweeps the approval requests",
                 LOG_FAILURE("error", error_failure(&job->error)));
    sweep->warned = sweep->warned || unusable;
    if (!job->taken && !unusable) {
        ask_later(sweep);
        return;
    }
    sweep->ended_arena = arena_take(&sweep->resources->small_arenas);
    sweep->ended = arena_must_alloc(sweep->ended_arena, LIMIT_APPROVAL_ENDS * sizeof *sweep->ended, _Alignof(void *));
    later(sweep, 0, read_page);
}

/* Takes the job's arena, where the page lives. */
static bool page_read(struct approval_sweep *sweep, const struct sweep_job *job)
{
    if (job->status != STATUS_OK)
        log_line(LOG_WARN, "Failed to read the approval requests that wait",
                 LOG_FAILURE("error", error_failure(&job->error)));
    if (job->status != STATUS_OK) {
        end_pages(sweep);
        return false;
    }
    sweep->arena = job->arena;
    sweep->page = job->page;
    if (sweep->page.count > 0)
        later(sweep, 0, step);
    else
        end_page(sweep);
    return true;
}

static void expired(struct approval_sweep *sweep, const struct sweep_job *job)
{
    if (job->status != STATUS_OK)
        log_line(LOG_WARN, "Failed to mark approval requests of runs that have ended",
                 LOG_FAILURE("error", error_failure(&job->error)));
    else if (job->changed > 0)
        log_line(LOG_INFO, "Approval requests expired: their runs have ended", LOG_INTEGER("requests", job->changed));
    end_round(sweep);
}

static void worked(struct pool_job *pool_job)
{
    struct sweep_job *job = (struct sweep_job *)pool_job;
    struct approval_sweep *sweep = job->sweep;
    struct arena *arena = job->arena;
    bool kept = false;
    assert(sweep->job == job);
    sweep->job = NULL;
    if (!sweep->running)
        clear(sweep);
    else if (job->task == TAKE_TURN)
        turn_asked(sweep, job);
    else if (job->task == READ_PAGE)
        kept = page_read(sweep, job);
    else
        expired(sweep, job);
    if (!kept)
        arena_give(&sweep->resources->small_arenas, arena);
}

/* ---- start and stop ---- */

void approval_sweep_start(struct approval_sweep *sweep)
{
    assert(!sweep->running);
    sweep->running = sweep->resources->options.approvals_take_turn != NULL;
    if (sweep->running)
        later(sweep, (int64_t)random_below(ASK_EVERY_MS), ask);
}

void approval_sweep_stop(struct approval_sweep *sweep)
{
    sweep->running = false;
    if (sweep->timer != NULL)
        channel_timer_cancel(sweep->timer);
    sweep->timer = NULL;
    sweep->next = sweep->page.count;
    if (sweep->job == NULL && sweep->in_flight == 0)
        clear(sweep);
}

bool approval_sweep_is_idle(const struct approval_sweep *sweep)
{
    return !sweep->running && sweep->job == NULL && sweep->in_flight == 0;
}
