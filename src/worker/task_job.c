/* Runs the blocking work of a task on a pool and keeps its results until the task ends. */
#include "worker/task_job.h"

#include <assert.h>
#include <stddef.h>

void *task_job_new(struct task_jobs *jobs, struct arena_cache *cache, size_t size)
{
    assert(size >= sizeof(struct task_job));
    struct arena *arena = arena_take(cache);
    struct task_job *job = arena_must_alloc(arena, size, _Alignof(max_align_t));
    job->jobs = jobs;
    job->cache = cache;
    job->arena = arena;
    return job;
}

void task_job_turns_init(struct task_job_turns *turns, unsigned most)
{
    assert(most > 0);
    *turns = (struct task_job_turns){.most = most};
    STAILQ_INIT(&turns->waiting);
}

static void submit(struct task_job *job)
{
    pool_submit(job->jobs->pool, &job->pool_job, true);
}

static void take_turn(struct task_job_turns *turns, struct task_job *job)
{
    assert(turns->running <= turns->most);
    if (turns->running == turns->most) {
        STAILQ_INSERT_TAIL(&turns->waiting, job, turn);
        return;
    }
    turns->running++;
    submit(job);
}

static void pass_turn(struct task_job_turns *turns)
{
    assert(turns->running > 0);
    turns->running--;
    struct task_job *next = STAILQ_FIRST(&turns->waiting);
    if (next == NULL)
        return;
    STAILQ_REMOVE_HEAD(&turns->waiting, turn);
    take_turn(turns, next);
}

static void run(struct pool_job *pool_job)
{
    struct task_job *job = (struct task_job *)pool_job;
    LOG_SCOPE(job->jobs->log);
    job->work(job);
}

static void ran(struct pool_job *pool_job)
{
    struct task_job *job = (struct task_job *)pool_job;
    struct task_jobs *jobs = job->jobs;
    assert(jobs->running_count > 0);
    SLIST_REMOVE(&jobs->running, job, task_job, link);
    jobs->running_count--;
    SLIST_INSERT_HEAD(&jobs->done, job, link);
    if (job->turns != NULL)
        pass_turn(job->turns);
    job->done(job, jobs->task);
}

void task_job_start(struct task_job *job, struct task_job_turns *turns, void (*work)(struct task_job *),
                    void (*done)(struct task_job *, void *))
{
    struct task_jobs *jobs = job->jobs;
    job->pool_job = (struct pool_job){.work = run, .done = ran};
    job->work = work;
    job->done = done;
    SLIST_INSERT_HEAD(&jobs->running, job, link);
    jobs->running_count++;
    job->turns = turns;
    if (turns != NULL)
        take_turn(turns, job);
    else
        submit(job);
}

bool task_jobs_run(const struct task_jobs *jobs)
{
    assert((jobs->running_count > 0) == !SLIST_EMPTY(&jobs->running));
    return jobs->running_count > 0;
}

void task_jobs_free(struct task_jobs *jobs)
{
    assert(!task_jobs_run(jobs));
    while (!SLIST_EMPTY(&jobs->done)) {
        struct task_job *job = SLIST_FIRST(&jobs->done);
        SLIST_REMOVE_HEAD(&jobs->done, link);
        arena_give(job->cache, job->arena);
    }
}
