/* The pools of threads of a simulation, in place of src/worker/thread_pool.c: as many jobs at once as there may be
   threads, each of which takes a time of its own before it works and before its end is seen. */
#include <assert.h>
#include <stdlib.h>

#include "tests/simulation/fiber.h"
#include "worker/thread_pool.h"

struct job_queue {
    struct pool_job *first, *last;
};

struct pool {
    struct pool_options options;
    struct process *process;
    struct job_queue urgent, normal;
    unsigned busy;
};

struct pool *pool_new(const struct pool_options *options)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        abort();
    assert(options->max_threads > 0);
    pool->options = *options;
    pool->process = sim.current;
    return pool;
}

void pool_free(struct pool *pool)
{
    if (pool == NULL)
        return;
    assert(pool->urgent.first == NULL && pool->normal.first == NULL && pool->busy == 0);
    free(pool);
}

static struct pool_job *take(struct job_queue *queue)
{
    struct pool_job *job = queue->first;
    if (job != NULL)
        queue->first = job->next;
    return job;
}

/* Mostly a moment; now and then longer than anything else waits. Urgent ones hold up a workflow task. */
static int64_t duration(bool urgent)
{
    bool slow = sim.profile == PROFILE_SLOW && !urgent;
    uint32_t percent = sim_below(100);
    if (percent < (slow ? 50 : 80) || sim.profile == PROFILE_CALM || (urgent && sim.profile == PROFILE_SLOW))
        return sim_between(10, 5 * MS);
    if (percent < (slow ? 65 : 95))
        return sim_between(5 * MS, 500 * MS);
    return percent < (slow ? 75 : 99) ? sim_between(500 * MS, 8 * S) : sim_between(8 * S, 90 * S);
}

static void start_jobs(struct pool *pool);

static void done(void *userdata)
{
    struct pool_job *job = userdata;
    job->pool->process->jobs--;
    job->done(job);
}

static void thread_free(void *userdata)
{
    struct pool_job *job = userdata;
    struct pool *pool = job->pool;
    pool->busy--;
    pool->options.post(pool->options.userdata, done, job);
    start_jobs(pool);
}

static void work_on_thread(void *userdata)
{
    struct pool_job *job = userdata;
    job->work(job);
    bool quick = sim.profile != PROFILE_ROUGH || sim_chance(95);
    sim_after(job->pool->process, quick ? sim_between(0, 100) : duration(false), thread_free, job);
}

static void work(void *userdata)
{
    fiber_start(work_on_thread, userdata);
}

static void start_jobs(struct pool *pool)
{
    while (pool->busy < pool->options.max_threads) {
        bool urgent = pool->urgent.first != NULL;
        struct pool_job *job = take(urgent ? &pool->urgent : &pool->normal);
        if (job == NULL)
            return;
        pool->busy++;
        sim_after(pool->process, duration(urgent), work, job);
    }
}

void pool_submit(struct pool *pool, struct pool_job *job, bool urgent)
{
    struct job_queue *queue = urgent ? &pool->urgent : &pool->normal;
    assert(sim.current == pool->process);
    job->pool = pool;
    job->next = NULL;
    pool->process->jobs++;
    *(queue->first != NULL ? &queue->last->next : &queue->first) = job;
    queue->last = job;
    start_jobs(pool);
}

unsigned pool_threads(struct pool *pool)
{
    return pool->busy > 0 ? pool->busy : 1;
}
