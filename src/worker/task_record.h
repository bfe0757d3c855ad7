/* Records in the ERP what a decided workflow task changes there, before the task is answered. For the loop thread. */
#ifndef WORKER_TASK_RECORD_H
#define WORKER_TASK_RECORD_H

#include "worker/resources.h"
#include "worker/run_record.h"
#include "worker/task_job.h"

/* A job of the task, with its result. */
struct task_record {
    struct task_job job;
    const struct worker_options *options;
    void (*done)(void *task, const struct task_record *record);
    struct approval_end
        ends[APPROVAL_ENDINGS]; /* their texts, and those of change, live in the run and the task's arena */
    bool has_status;
    struct execution_change change;
    enum status status; /* of recording the change; STATUS_OK without one */
    struct error error;
};

/* Starts a job that marks the approval requests that end, and then the status of the execution; done runs on the loop,
   and the record lives until task_jobs_free. until_us: when the local actions of the task must have ended, by the
   monotonic clock. False: nothing changes, and done is not called. */
bool task_record_start(const struct run_task *decided, const struct worker_options *options, struct task_jobs *jobs,
                       struct arena_cache *arenas, struct arena *arena, int64_t until_us,
                       void (*done)(void *task, const struct task_record *record));
/* Why the status could not be recorded, in the arena; never an empty text. */
struct failure task_record_failure(const struct task_record *record, struct arena *arena);
/* Logs it, in the caller's log context. */
void task_record_log(const struct task_record *record);

#endif
