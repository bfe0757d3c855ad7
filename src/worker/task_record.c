/* Records of a workflow task in the ERP, on a thread. */
#include "worker/task_record.h"

#include "base/clock.h"

/* A failure is only logged: the run must not wait for a request that nobody needs any more. */
static void record_approvals(const struct task_record *record)
{
    struct error error = ERROR_IN(record->job.arena);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < APPROVAL_ENDINGS && status == STATUS_OK; i++)
        if (record->ends[i].request_count > 0)
            status = record->options->approvals_ended(record->options->userdata, &record->ends[i], record->job.arena,
                                                      &error);
    if (status != STATUS_OK)
        log_line(LOG_WARN, "Failed to mark approval requests that nobody can answer any more",
                 LOG_FAILURE("error", error_failure(&error)));
}

/* Another worker may have the task by now and may have recorded an end that must not be undone. */
static bool is_too_late(const struct execution_change *change)
{
    return change->status == EXECUTION_RUNNING && change->resumed && clock_monotonic_us() > change->limit.deadline_us;
}

/* The status comes last, so that a run that has ended in the ERP has no open request there. */
static void record_on_thread(struct task_job *job)
{
    struct task_record *record = (struct task_record *)job;
    record_approvals(record);
    if (!record->has_status || is_too_late(&record->change))
        return;
    if (record->change.status == EXECUTION_RUNNING)
        record->change.limit.deadline_us = clock_monotonic_us() + LIMIT_RECORD_START_MS * INT64_C(1000);
    record->error = ERROR_IN(job->arena);
    record->status =
        record->options->execution_changed(record->options->userdata, &record->change, job->arena, &record->error);
}

static void recorded(struct task_job *job, void *task)
{
    const struct task_record *record = (const struct task_record *)job;
    record->done(task, record);
}

static bool find_changes(const struct run_task *decided, struct arena *arena, int64_t until_us,
                         struct task_record *record)
{
    const struct worker_options *options = record->options;
    record->has_status = options->execution_changed != NULL && run_record_status(decided, &record->change);
    record->change.limit.deadline_us = until_us + LIMIT_RECORD_END_MS * INT64_C(1000);
    if (options->approvals_ended == NULL || !run_record_approvals(decided, arena, record->ends))
        return record->has_status;
    int64_t deadline_us = clock_monotonic_us() + LIMIT_RECORD_START_MS * INT64_C(1000);
    for (size_t i = 0; i < APPROVAL_ENDINGS; i++)
        record->ends[i].limit.deadline_us = deadline_us;
    return true;
}

bool task_record_start(const struct run_task *decided, const struct worker_options *options, struct task_jobs *jobs,
                       struct arena_cache *arenas, struct arena *arena, int64_t until_us,
                       void (*done)(void *task, const struct task_record *record))
{
    struct task_record found = {.options = options, .done = done, .status = STATUS_OK};
    if (!find_changes(decided, arena, until_us, &found))
        return false;
    struct task_record *record = TASK_JOB_NEW(jobs, arenas, struct task_record);
    found.job = record->job;
    *record = found;
    task_job_start(&record->job, NULL, record_on_thread, recorded);
    return true;
}

struct failure task_record_failure(const struct task_record *record, struct arena *arena)
{
    struct failure why =
        failure_print(arena, PUBLIC("mark execution %s: "), execution_status_name(record->change.status));
    why = failure_join(arena, why, error_failure(&record->error));
    return why.text.size > 0 ? why : FAILURE_TEXT("mark execution: out of the memory budget of this task");
}

void task_record_log(const struct task_record *record)
{
    log_line(record->change.status == EXECUTION_RUNNING ? LOG_WARN : LOG_ERROR, "Failed to mark execution",
             LOG_STRING("status", execution_status_name(record->change.status)),
             LOG_FAILURE("error", error_failure(&record->error)));
}
