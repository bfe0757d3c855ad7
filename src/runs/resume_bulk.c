/* Resumes runs in bulk: first the whole list, so that nothing that happens meanwhile changes it, then one after another
   at a steady pace. */
#include "runs/resume_bulk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "engine/names.h"
#include "runs/resume_report.h"
#include "runs/run_summary.h"
#include "temporal/client_runs.h"

#define PAGE_RUNS  100
#define PAGE_BYTES MIB(1024)
#define RUN_BYTES  MIB(4096)
#define QUERY_CLOSED                                                                                                   \
    "WorkflowType = '" WORKFLOW_TYPE "' AND ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated', 'Canceled')"
/* Between lines of progress: on a terminal one line is written anew. */
#define TERMINAL_US INT64_C(200000)
#define PLAIN_US    INT64_C(10000000)

struct listed_run {
    struct text workflow_id, run_id;
};

struct work {
    const struct resume_bulk *bulk;
    struct blocking_client *temporal;
    struct listed_run *runs; /* those that closed last come first */
    size_t run_count, run_capacity;
    struct arena *list; /* of the runs */
    struct text next;   /* for the next page */
    enum cli_exit listing;
    size_t by_close[CLOSE_CONTINUED + 1];
    size_t count[RESUME_OUTCOMES], known; /* known: the report has them as resumed */
    struct resume_report report;
    int64_t shown_us; /* when progress was shown last; 0: not yet */
    bool is_terminal;
};

/* ---- the list ---- */

static enum cli_exit add_run(struct work *work, const struct run_info *run)
{
    const struct cli_command *command = work->bulk->command;
    if (work->run_count == LIMIT_RESUMED_RUNS)
        return cli_fail(command, "the query finds more than %d runs: let it find fewer", LIMIT_RESUMED_RUNS);
    const struct listed_run added = {arena_copy(work->list, run->workflow_id), arena_copy(work->list, run->run_id)};
    work->runs = arena_reserve(work->list, work->runs, work->run_count, &work->run_capacity, sizeof *work->runs);
    if (work->runs == NULL || added.workflow_id.data == NULL || added.run_id.data == NULL)
        return cli_out_of_memory(command);
    work->by_close[run->close]++;
    work->runs[work->run_count++] = added;
    return CLI_SUCCESS;
}

static void page_listed(void *userdata, const struct run_page *page, const struct client_result *result)
{
    struct work *work = userdata;
    blocking_client_done(work->temporal, result);
    for (size_t i = 0; page != NULL && i < page->count && work->listing == CLI_SUCCESS; i++)
        work->listing = add_run(work, &page->runs[i]);
    work->next = page != NULL ? arena_copy(work->list, page->next) : TEXT_NONE;
}

/* Pages are read into temporal->arena, and what is kept of them goes to `list`. */
static enum cli_exit read_pages(struct work *work)
{
    struct blocking_client *temporal = work->temporal;
    struct text query = arena_print(work->list, "(%s) AND " QUERY_CLOSED, work->bulk->query);
    do {
        arena_reset(temporal->arena);
        client_list_runs(temporal->client, query, work->next, PAGE_RUNS, temporal->arena, page_listed, work);
        if (!blocking_client_wait(temporal, "cannot list the runs"))
            return CLI_FAILURE;
    } while (work->listing == CLI_SUCCESS && work->next.size > 0);
    return work->listing;
}

static enum cli_exit list_runs(struct work *work)
{
    struct arena *pages = arena_new(PAGE_BYTES, 0);
    if (pages == NULL)
        return cli_out_of_memory(work->bulk->command);
    work->list = work->temporal->arena;
    work->temporal->arena = pages;
    enum cli_exit code = read_pages(work);
    work->temporal->arena = work->list;
    arena_free(pages);
    return code;
}

/* ---- progress ---- */

static void show_progress(struct work *work, size_t done)
{
    int64_t now_us = clock_monotonic_us(), wait_us = work->is_terminal ? TERMINAL_US : PLAIN_US;
    if (work->shown_us == 0)
        work->shown_us = now_us;
    if (now_us - work->shown_us < wait_us)
        return;
    work->shown_us = now_us;
    fprintf(stderr, "%s%zu of %zu runs%s", work->is_terminal ? "\r" : "", done, work->run_count,
            work->is_terminal ? "" : "\n");
    fflush(stderr);
}

static void end_progress(const struct work *work)
{
    if (work->is_terminal)
        fprintf(stderr, "\r\033[K");
}

static void add_sum(struct buffer *line, size_t count, const char *what)
{
    if (count > 0)
        buffer_print(line, "%s%zu %s", line->size > 0 ? ", " : "", count, what);
}

static enum cli_exit print_sum(const struct work *work)
{
    struct buffer line = buffer_in(work->temporal->arena, KIB(4)), closes = buffer_in(work->temporal->arena, KIB(4));
    for (size_t close = 0; close <= CLOSE_CONTINUED; close++)
        add_sum(&closes, work->by_close[close], run_close_name((enum run_close)close));
    add_sum(&line, work->count[RESUME_DONE], "resumed");
    add_sum(&line, work->count[RESUME_PLANNED], "would be resumed");
    add_sum(&line, work->known, "resumed before, by the report");
    add_sum(&line, work->count[RESUME_SKIPPED], "skipped");
    add_sum(&line, work->count[RESUME_REFUSED], "refused");
    add_sum(&line, work->count[RESUME_FAILED], "failed");
    struct text text = buffer_text(&line), found = buffer_text(&closes);
    fprintf(stderr, "%zu runs%s%.*s%s%s%.*s\n", work->run_count, found.size > 0 ? " (" : "", TEXT_ARG(found),
            found.size > 0 ? ")" : "", text.size > 0 ? ": " : "", TEXT_ARG(text));
    if (work->count[RESUME_PLANNED] > 0)
        fprintf(stderr, "Nothing was started; --yes resumes them.\n");
    bool good = work->count[RESUME_REFUSED] + work->count[RESUME_FAILED] == 0;
    return cli_finish(work->bulk->command, good ? CLI_SUCCESS : CLI_FAILURE);
}

/* ---- run by run ---- */

static void print_result(const struct work *work, const struct resume_result *result, struct text line)
{
    if (work->bulk->json) {
        cli_print(line);
        return;
    }
    if (result->reason.size == 0)
        return;
    end_progress(work);
    printf("%-8s %.*s: %.*s\n", resume_outcome_name(result->outcome), TEXT_ARG(result->workflow_id),
           TEXT_ARG(result->reason));
}

/* A run is written down when it is done, so that a command that is killed knows the next time. */
static enum cli_exit note_result(const struct work *work, const struct resume_result *result, struct arena *arena)
{
    struct buffer buffer = buffer_in(arena, MIB(64));
    resume_result_write_json(&buffer, result);
    struct text line = buffer_text(&buffer);
    if (line.data == NULL)
        return cli_out_of_memory(work->bulk->command);
    print_result(work, result, line);
    if (work->report.file >= 0 && !resume_report_add(&work->report, line))
        return cli_fail(work->bulk->command, "%s: cannot be written: %s", work->report.path, strerrordesc_np(errno));
    return CLI_SUCCESS;
}

static enum cli_exit resume_one(struct work *work, const struct listed_run *run)
{
    struct blocking_client *temporal = work->temporal;
    struct arena *list = temporal->arena, *arena = arena_new(RUN_BYTES, 0);
    struct resume_result result;
    if (arena == NULL)
        return cli_out_of_memory(work->bulk->command);
    temporal->arena = arena;
    resume_run(temporal, work->bulk->options, run->workflow_id, run->run_id, &result);
    work->count[result.outcome]++;
    enum cli_exit code = note_result(work, &result, arena);
    if (code == CLI_SUCCESS && result.outcome == RESUME_FAILED)
        code = cli_fail(work->bulk->command, "stopped: %.*s", TEXT_ARG(result.reason));
    temporal->arena = list;
    arena_free(arena);
    return code;
}

static void keep_pace(const struct work *work, int64_t *next_us)
{
    int64_t now_us = clock_monotonic_us();
    while (now_us < *next_us) {
        clock_sleep_us(*next_us - now_us);
        now_us = clock_monotonic_us();
    }
    *next_us = now_us + INT64_C(1000000) / work->bulk->rate;
}

/* Those that closed first come first. */
static enum cli_exit resume_all(struct work *work)
{
    int64_t next_us = 0;
    enum cli_exit code = CLI_SUCCESS;
    for (size_t i = work->run_count; i > 0 && code == CLI_SUCCESS; i--) {
        const struct listed_run *run = &work->runs[i - 1];
        show_progress(work, work->run_count - i);
        if (resume_report_has(&work->report, run->workflow_id)) {
            work->known++;
            continue;
        }
        keep_pace(work, &next_us);
        code = resume_one(work, run);
    }
    end_progress(work);
    return code;
}

enum cli_exit resume_bulk(const struct resume_bulk *bulk, struct blocking_client *temporal)
{
    struct work work = {.bulk = bulk,
                        .temporal = temporal,
                        .report = {.file = -1},
                        .is_terminal = isatty(STDERR_FILENO) && !bulk->json};
    struct error error = ERROR_IN(temporal->arena);
    if (bulk->report != NULL &&
        resume_report_open(&work.report, bulk->report, !bulk->options->dry, temporal->arena, &error) != STATUS_OK) {
        resume_report_close(&work.report);
        return cli_fail(bulk->command, "%.*s", TEXT_ARG(error.message));
    }
    enum cli_exit code = list_runs(&work);
    if (code == CLI_SUCCESS) {
        code = resume_all(&work);
        enum cli_exit sum = print_sum(&work);
        code = code == CLI_SUCCESS ? sum : code;
    }
    resume_report_close(&work.report);
    return code;
}
