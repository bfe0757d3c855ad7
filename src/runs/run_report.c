/* Writes runs for people and programs. */
#include "runs/run_report.h"

#include "action/shown_result.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "console/command.h"
#include "console/terminal.h"
#include "picture/picture_text.h"
#include "runs/run_summary.h"

#define NAME_COLUMNS    40
#define FAILURE_COLUMNS 1000

static struct text subject_of(const struct run_report *report, struct buffer *output, struct run_subject *subject)
{
    struct text input = json_to_text(output->arena, &report->run->document);
    if (input.data == NULL || !run_subject_of_input(output->arena, input, subject))
        *subject = (struct run_subject){0};
    return run_subject_record(output->arena, subject);
}

static int64_t duration_of(const struct run_report *report)
{
    const struct history_summary *summary = &report->run->shown.summary;
    int64_t end = summary->close != CLOSE_NONE ? summary->ended_us : report->now_us;
    return summary->started_us > 0 && end >= summary->started_us ? end - summary->started_us : -1;
}

/* ---- for a terminal ---- */

static void write_field(struct buffer *output, const char *name, struct text value)
{
    if (value.size > 0)
        buffer_print(output, "%-9s %.*s\n", name, TEXT_ARG(picture_line(output->arena, value, LIMIT_WORKFLOW_ID)));
}

void run_report_write_head(const struct run_report *report, struct buffer *output)
{
    const struct history_summary *summary = &report->run->shown.summary;
    struct run_subject subject;
    struct text record = subject_of(report, output, &subject);
    struct text event =
        json_get_text(json_get_lenient(&report->run->document, TEXT("trigger_data")), TEXT("event_type"));
    struct text started = terminal_time(output->arena, summary->started_us);
    struct text duration = picture_duration(output->arena, duration_of(report));
    write_field(output, "rule", subject.rule);
    write_field(
        output, "trigger",
        arena_print(output->arena, "%.*s%s%.*s", TEXT_ARG(event), event.size > 0 ? " of " : "", TEXT_ARG(record)));
    write_field(output, "workflow", report->workflow_id);
    write_field(output, "run", report->run_id);
    write_field(output, "queue", report->task_queue);
    buffer_print(output, "%-9s %.*s UTC, %s %.*s\n\n", "started", TEXT_ARG(started),
                 summary->close != CLOSE_NONE ? "took" : "open for", TEXT_ARG(duration));
}

/* What the history does not have before an activity ends. */
static void show_attempts(const struct run_waits *waits, struct picture *picture)
{
    for (size_t i = 0; i < waits->count; i++)
        for (uint32_t j = 0; j < picture->node_count && waits->items[i].attempt > 1; j++)
            if (text_equal(picture->nodes[j].id, waits->items[i].action.id))
                picture->nodes[j].attempts = waits->items[i].attempt;
}

enum status run_report_write_tree(const struct run_report *report, bool coloured, struct buffer *output,
                                  struct error *error)
{
    const struct history_summary *summary = &report->run->shown.summary;
    if (!run_picture_has_graph(report->run)) {
        buffer_print(output, "%s: %.*s\n", run_close_name(summary->close), TEXT_ARG(summary->failure));
        return STATUS_OK;
    }
    struct picture picture;
    enum status status = run_picture_draw(report->run, NULL, output->arena, &picture, error);
    if (status != STATUS_OK)
        return status;
    show_attempts(&report->waits, &picture);
    picture_write_tree(&picture, coloured, output);
    return STATUS_OK;
}

/* Of actions, without the one that has failed the run: the tree ends with it. */
static void write_failures(const struct run_report *report, struct buffer *output)
{
    struct text shown = report->run->shown.summary.failure;
    bool begun = false;
    for (size_t i = 0; i < run_action_count(report->run->run); i++) {
        struct run_action action;
        run_action_at(report->run->run, i, &action);
        if (action.state != ACTION_STATE_FAILED || action.failure.size == 0 ||
            text_find(shown, action.failure) != SIZE_MAX)
            continue;
        buffer_add(output, begun ? TEXT("") : TEXT("\nfailed\n"));
        begun = true;
        buffer_print(output, "  %.*s: %.*s\n", TEXT_ARG(picture_line(output->arena, action.name, NAME_COLUMNS)),
                     TEXT_ARG(picture_line(output->arena, action.failure, FAILURE_COLUMNS)));
    }
}

/* A workflow task is tried again only when it fails. */
static void write_task(const struct run_report *report, struct buffer *output)
{
    if (report->task_attempt > 1)
        buffer_print(output,
                     "\nattempt %u of a workflow task: no worker can perform it; the log of the workers says why\n",
                     report->task_attempt);
}

void run_report_write_details(const struct run_report *report, struct buffer *output)
{
    if (run_picture_has_graph(report->run))
        write_failures(report, output);
    if (report->run->shown.summary.close != CLOSE_NONE)
        return;
    for (size_t i = 0; i < report->waits.count; i++) {
        const struct run_wait *wait = &report->waits.items[i];
        struct text words = run_wait_text(output->arena, wait, report->now_us);
        struct text command = run_wait_command(output->arena, wait, report->workflow_id);
        buffer_add(output, i == 0 ? TEXT("\nopen\n") : TEXT(""));
        buffer_print(output, "  %.*s %.*s\n", TEXT_ARG(picture_line(output->arena, wait->action.name, NAME_COLUMNS)),
                     TEXT_ARG(picture_line(output->arena, words, FAILURE_COLUMNS)));
        if (command.size > 0)
            buffer_print(output, "    " PROGRAM " %.*s\n", TEXT_ARG(command));
    }
    write_task(report, output);
}

/* ---- JSON ---- */

static void write_wait(struct json_writer *json, const struct run_wait *wait)
{
    json_key(json, "waits_for");
    json_begin_object(json);
    json_member_string(json, "what", wait_kind_name(wait->kind));
    run_wait_write_times(json, wait);
    json_end_object(json);
}

static void write_action(struct json_writer *json, const struct run_report *report, size_t index)
{
    struct arena *arena = json->buffer->arena;
    struct run_action action;
    run_action_at(report->run->run, index, &action);
    const struct run_wait *wait = NULL;
    for (size_t i = 0; i < report->waits.count && wait == NULL; i++)
        if (text_equal(report->waits.items[i].action.id, action.id))
            wait = &report->waits.items[i];
    struct text result = shown_result_text(arena, action_catalog_find(&action_catalog_all, action.type), action.result);
    json_begin_object(json);
    run_action_write_json(json, &action);
    json_member_raw(json, "result", result.size > 0 ? result : TEXT("null"));
    json_member_text_or_null(json, "failure", wait != NULL ? wait->failure : action.failure);
    json_member_integer(json, "attempts", wait != NULL ? wait->attempt : action.attempts);
    json_member_time(json, "started_at", action.started_us);
    json_member_time(json, "ended_at", action.ended_us);
    if (wait != NULL)
        write_wait(json, wait);
    else
        json_member_raw(json, "waits_for", TEXT("null"));
    json_end_object(json);
}

enum status run_report_write_json(const struct run_report *report, struct buffer *output, struct error *error)
{
    const struct history_summary *summary = &report->run->shown.summary;
    bool over = summary->close != CLOSE_NONE;
    struct json_writer json = {output};
    struct run_subject subject;
    (void)subject_of(report, output, &subject);
    json_begin_object(&json);
    json_member_text(&json, "workflow_id", report->workflow_id);
    json_member_text(&json, "run_id", report->run_id);
    run_subject_write_json(&json, report->workflow_id, &subject);
    json_member_string(&json, "status", run_close_name(summary->close));
    json_member_text_or_null(&json, "failure", summary->failure);
    json_member_time(&json, "started_at", summary->started_us);
    json_member_time(&json, "ended_at", over ? summary->ended_us : 0);
    json_member_integer(&json, "milliseconds", duration_of(report) / 1000);
    json_member_integer(&json, "events", (int64_t)report->run->shown.event_count);
    json_member_integer(&json, "task_attempt", report->task_attempt);
    json_key(&json, "actions");
    json_begin_array(&json);
    for (size_t i = 0; i < run_action_count(report->run->run); i++)
        write_action(&json, report, i);
    json_end_array(&json);
    json_end_object(&json);
    buffer_add_byte(output, '\n');
    return output->failed ? error_budget(error) : STATUS_OK;
}
