/* Blocking work of a workflow task, on a thread of a pool. For the loop thread, unless stated otherwise. */
#ifndef WORKER_TASK_JOB_H
#define WORKER_TASK_JOB_H

#include <sys/queue.h>

#include "base/log.h"
#include "worker/arena_cache.h"
#include "worker/thread_pool.h"

SLIST_HEAD(task_job_list, task_job);

/* Turns for something that the jobs of all tasks share, such as connections: `most` jobs run at once, and the others
   wait in order, without holding a thread. */
struct task_job_turns {
    unsigned most, running;
    STAILQ_HEAD(, task_job) waiting;
};
void task_job_turns_init(struct task_job_turns *turns, unsigned most); /* 1 or more */

/* The jobs of one task: those that run, and those that are done, whose results the task may refer to. */
struct task_jobs {
    struct pool *pool;
    const struct log_context *log; /* on the thread too; must not change while a job runs */
    void *task;                    /* passed to done */
    struct task_job_list running, done;
    unsigned running_count;
};

/* The first member of the struct that a caller allocates with task_job_new. */
struct task_job {
    struct pool_job pool_job;
    struct task_jobs *jobs;
    struct arena_cache *cache;
    struct arena *arena;                            /* the job's own, until task_jobs_free */
    void (*work)(struct task_job *job);             /* on a thread of the pool, inside the task's log context */
    void (*done)(struct task_job *job, void *task); /* on the loop */
    SLIST_ENTRY(task_job) link;
    struct task_job_turns *turns; /* NULL: the job takes no turn */
    STAILQ_ENTRY(task_job) turn;
};

/* A zeroed struct whose first member is its struct task_job, in an arena of its own. */
#define TASK_JOB_NEW(jobs_, cache_, type_) ((type_ *)task_job_new((jobs_), (cache_), sizeof(type_)))
void *task_job_new(struct task_jobs *jobs, struct arena_cache *cache, size_t size);
/* Submits the job when its turn comes, ahead of all jobs that are not urgent; turns may be NULL. done runs exactly
   once, when the job no longer counts as running. */
void task_job_start(struct task_job *job, struct task_job_turns *turns, void (*work)(struct task_job *),
                    void (*done)(struct task_job *, void *));

bool task_jobs_run(const struct task_jobs *jobs); /* whether one of them is running */
/* Gives back the arenas of all jobs; none may be running. */
void task_jobs_free(struct task_jobs *jobs);

#endif
