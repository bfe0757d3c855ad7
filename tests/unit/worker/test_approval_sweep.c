/* A round of the approval sweep, in virtual time: what is below the sweep is replaced here. */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "worker/approval_sweep.h"

static struct {
    struct resources resources;
    struct approval_sweep sweep;
    void (*step)(void *); /* of the timer that is set */
    int64_t waited_ms;
    struct pool_job *job;
    size_t requests; /* in the database */
    bool taken, sets_timeouts;
    int64_t period_ms;
    unsigned heartbeats, most_under_way, under_way;
    int code; /* of each heartbeat */
    const char *message;
    size_t expired;
} it;

/* ---- what stands in ---- */

struct channel_timer *channel_after(struct channel *channel, int64_t delay_ms, void (*function)(void *), void *userdata)
{
    (void)channel;
    cr_assert(it.step == NULL && userdata == &it.sweep);
    it.step = function;
    it.waited_ms += delay_ms;
    return (struct channel_timer *)&it;
}

void channel_timer_cancel(struct channel_timer *timer)
{
    (void)timer;
    it.step = NULL;
}

void pool_submit(struct pool *pool, struct pool_job *job, bool urgent)
{
    (void)pool;
    (void)urgent;
    it.job = job;
}

const char *rpc_code_name(int code)
{
    (void)code;
    return "";
}

bool client_sets_heartbeat_timeouts(const struct client *client)
{
    (void)client;
    return it.sets_timeouts;
}

struct metric *worker_metric(enum worker_metric metric, struct metric_labels labels)
{
    (void)metric;
    (void)labels;
    static struct metric_family family = {.name = "any", .help = "any", .kind = METRIC_GAUGE};
    return metric_get(&family, "%s", "");
}

void worker_count(enum worker_metric metric, struct metric_labels labels, int64_t amount)
{
    (void)metric;
    (void)labels;
    (void)amount;
}

enum { UNDER_WAY_MAX = 1000 };
static struct {
    heartbeat_done *done;
    void *userdata;
} heartbeats[UNDER_WAY_MAX];

void client_heartbeat(struct client *client, const struct activity_task *task, struct arena *arena,
                      heartbeat_done *done, void *userdata)
{
    (void)client;
    (void)arena;
    cr_assert(text_is(task->token, "token"));
    cr_assert_lt(it.under_way, UNDER_WAY_MAX);
    heartbeats[it.under_way].done = done;
    heartbeats[it.under_way++].userdata = userdata;
    it.heartbeats++;
    it.most_under_way = it.under_way > it.most_under_way ? it.under_way : it.most_under_way;
}

static enum status take_turn(void *userdata, int64_t period_ms, struct arena *arena, bool *taken, struct error *error)
{
    (void)userdata;
    (void)arena;
    (void)error;
    it.period_ms = period_ms;
    *taken = it.taken;
    it.taken = false;
    return STATUS_OK;
}

static enum status read_page(void *userdata, struct text after, struct arena *arena, struct approval_page *page,
                             struct error *error)
{
    (void)userdata;
    (void)error;
    int64_t first = 0;
    cr_assert(after.size == 0 || text_to_int64(after, &first));
    size_t left = it.requests - (size_t)first, count = left < LIMIT_APPROVAL_PAGE ? left : LIMIT_APPROVAL_PAGE;
    *page = (struct approval_page){.requests = ARENA_ARRAY(arena, count, struct approval_pending), .count = count};
    for (size_t i = 0; i < count; i++)
        page->requests[i] = (struct approval_pending){TEXT("id"), TEXT("dG9rZW4="), TEXT("token")};
    if (count == LIMIT_APPROVAL_PAGE)
        page->more_after = arena_print(arena, "%zu", (size_t)first + count);
    return STATUS_OK;
}

static enum status expire(void *userdata, const struct approval_pending *requests, size_t count, struct arena *arena,
                          int64_t *changed, struct error *error)
{
    (void)userdata;
    (void)arena;
    (void)error;
    cr_assert(text_is(requests[count - 1].written_token, "dG9rZW4="));
    it.expired = count;
    *changed = (int64_t)count;
    return STATUS_OK;
}

/* ---- the loop ---- */

static void answer_all(void)
{
    unsigned count = it.under_way;
    it.under_way = 0;
    const struct client_result result = {.code = it.code, .message = text_from(it.message)};
    for (unsigned i = 0; i < count; i++)
        heartbeats[i].done(heartbeats[i].userdata, ACTIVITY_CONTINUE, &result);
}

/* The job, the answers or the timer that is next. False: nothing is left. */
static bool turn(void)
{
    struct pool_job *job = it.job;
    void (*step)(void *) = it.step;
    it.job = NULL;
    if (job != NULL) {
        job->work(job);
        job->done(job);
        return true;
    }
    if (it.under_way > 0) {
        answer_all();
        return true;
    }
    it.step = NULL;
    if (step != NULL)
        step(&it.sweep);
    return step != NULL;
}

static void set_up(void)
{
    it.message = "";
    it.resources.small_arenas = (struct arena_cache){.cap = LIMIT_ACTIVITY_ARENA, .first_chunk = KIB(4)};
    it.resources.calls.cache = &it.resources.small_arenas;
    it.resources.options.approvals_take_turn = take_turn;
    it.resources.options.approvals_read = read_page;
    it.resources.options.approvals_expire = expire;
    it.sweep.resources = &it.resources;
    it.taken = true;
    approval_sweep_start(&it.sweep);
}

TestSuite(sweep, .init = set_up, .timeout = 60);

/* Until the worker has asked for the turn this many times, then to the end. */
static void run(unsigned asked)
{
    for (unsigned i = 0; i < asked;) {
        bool asks = it.job != NULL && it.sweep.arena == NULL && it.sweep.ended_arena == NULL;
        cr_assert(turn());
        i += asks;
    }
    approval_sweep_stop(&it.sweep);
    while (turn())
        ;
    cr_assert(approval_sweep_is_idle(&it.sweep));
}

Test(sweep, each_request_gets_a_heartbeat_at_a_bounded_rate)
{
    it.requests = 10000;
    run(2);
    cr_assert_eq(it.heartbeats, 10000);
    cr_assert_leq(it.most_under_way, 50);
    cr_assert_gt(it.waited_ms, 49000);
    cr_assert_eq(it.expired, 0);
    cr_assert_eq(it.period_ms, 180000);
}

Test(sweep, another_worker_has_the_turn)
{
    it.requests = 10;
    it.taken = false;
    it.sets_timeouts = true;
    run(3);
    cr_assert_eq(it.heartbeats, 0);
    cr_assert_eq(it.period_ms, 3600000);
}

Test(sweep, requests_without_an_activity_expire_after_a_while)
{
    it.requests = 3;
    it.code = RPC_NOT_FOUND;
    run(2);
    cr_assert_eq(it.expired, 3);
    cr_assert_gt(it.waited_ms, 180000);
}

Test(sweep, requests_of_another_server_are_left_alone)
{
    it.requests = 3;
    it.code = RPC_NOT_FOUND;
    it.message = "Namespace 5f is not found.";
    run(2);
    cr_assert_eq(it.heartbeats, 3);
    cr_assert_eq(it.expired, 0);
}

Test(sweep, what_fails_is_left_to_the_next_round)
{
    it.requests = 3;
    it.code = RPC_UNAVAILABLE;
    run(2);
    cr_assert_eq(it.expired, 0);
}
