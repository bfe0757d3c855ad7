/* list: the runs of rules, newest first. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "base/uuid.h"
#include "cli/commands.h"
#include "console/terminal.h"
#include "picture/picture_text.h"
#include "runs/run_reference.h"
#include "runs/run_subject.h"
#include "runs/run_summary.h"

#define SHOWN_BY_DEFAULT "20"
/* Of a cell. */
#define RULE_COLUMNS   40
#define RECORD_COLUMNS 50

struct listing {
    const struct cli_command *command;
    struct arena *arena;
    const char *rule, *entity, *status; /* NULL: every one */
    bool failed, json;
    int64_t limit;
    struct settings settings;
    struct blocking_client temporal;
    struct run_page page; /* the latest that was read */

    bool filtered_here; /* the server cannot compare rules and entities */
    struct run_info *runs;
    struct run_subject *subjects;
    size_t count, compared, unread;
    bool more;
};

/* ---- the query ---- */

/* Names of the server. */
static const struct {
    const char *name, *status;
} statuses[] = {
    {"running", "Running"},          {"completed", "Completed"},   {"failed", "Failed"},
    {"canceled", "Canceled"},        {"terminated", "Terminated"}, {"timed-out", "TimedOut"},
    {"continued", "ContinuedAsNew"},
};
enum { STATUS_COUNT = sizeof statuses / sizeof statuses[0] };

static const char *status_named(const char *name)
{
    for (size_t i = 0; i < STATUS_COUNT; i++)
        if (text_is(text_from(name), statuses[i].name))
            return statuses[i].status;
    return NULL;
}

static void add_subject(const struct listing *listing, struct buffer *query)
{
    struct uuid uuid;
    struct text rule = run_query_literal(listing->arena, text_from(listing->rule));
    struct text entity = run_query_literal(listing->arena, text_from(listing->entity));
    if (listing->rule != NULL && uuid_parse(text_from(listing->rule), &uuid))
        buffer_print(query, " AND WorkflowId STARTS_WITH 'workflow-%.*s-'", TEXT_ARG(uuid_text(listing->arena, uuid)));
    else if (listing->rule != NULL)
        buffer_print(query, " AND RuleName = %.*s", TEXT_ARG(rule));
    if (listing->entity != NULL)
        buffer_print(query, " AND (EntityName = %.*s OR EntityId = %.*s OR EntityNumber = %.*s)", TEXT_ARG(entity),
                     TEXT_ARG(entity), TEXT_ARG(entity));
}

static struct text query_of(const struct listing *listing)
{
    struct buffer query = buffer_in(listing->arena, KIB(64));
    buffer_add(&query, run_reference_query(listing->arena, &listing->settings));
    if (listing->status != NULL)
        buffer_print(&query, " AND ExecutionStatus = '%s'", status_named(listing->status));
    if (listing->failed)
        buffer_add(&query, TEXT(" AND ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated')"));
    if (!listing->filtered_here)
        add_subject(listing, &query);
    return buffer_text(&query);
}

/* ---- reading ---- */

static void page_read(void *userdata, const struct run_page *page, const struct client_result *result)
{
    struct listing *listing = userdata;
    listing->page = page != NULL ? *page : (struct run_page){0};
    blocking_client_done(&listing->temporal, result);
}

static bool matches(const struct listing *listing, const struct run_info *run, const struct run_subject *subject)
{
    struct text rule = text_from(listing->rule), entity = text_from(listing->entity);
    bool by_id = text_starts(run->workflow_id, arena_print(listing->arena, "workflow-%.*s-", TEXT_ARG(rule)));
    return (listing->rule == NULL || by_id || text_equal(subject->rule, rule)) &&
           (listing->entity == NULL || text_equal(subject->entity, entity) || text_equal(subject->number, entity) ||
            text_equal(subject->entity_id, entity));
}

/* Keeps the runs of the page that are asked for. */
static bool keep_page(struct listing *listing)
{
    const struct run_page *page = &listing->page;
    struct run_subject *subjects = ARENA_ARRAY(listing->arena, page->count, struct run_subject);
    size_t unread;
    if (subjects == NULL || !run_subjects_read(&listing->temporal, page->runs, page->count, subjects, &unread))
        return false;
    listing->unread += unread;
    listing->compared += page->count;
    for (size_t i = 0; i < page->count; i++) {
        if (listing->filtered_here && !matches(listing, &page->runs[i], &subjects[i]))
            continue;
        if (listing->count == (size_t)listing->limit) {
            listing->more = true;
            return true;
        }
        listing->runs[listing->count] = page->runs[i];
        listing->subjects[listing->count++] = subjects[i];
    }
    return true;
}

/* A page of a filtered list holds more runs than are shown. */
static int32_t page_size(const struct listing *listing)
{
    int64_t left = LIMIT_RUNS_LISTED - (int64_t)listing->compared;
    int64_t wanted = listing->filtered_here ? 100 : listing->limit + 1;
    return (int32_t)(wanted < left ? wanted : left);
}

static int request_page(struct listing *listing, struct text after)
{
    client_list_runs(listing->temporal.client, query_of(listing), after, page_size(listing), listing->arena, page_read,
                     listing);
    blocking_client_finish(&listing->temporal);
    return listing->temporal.result.code;
}

/* The namespace lacks a search attribute, or the runs are older than it: whether to compare here. */
static bool finds_nothing(const struct listing *listing, int code)
{
    bool asked = listing->rule != NULL || listing->entity != NULL;
    bool none = code == RPC_OK && listing->compared + listing->page.count == 0;
    return asked && (code == RPC_INVALID_ARGUMENT || none);
}

static enum cli_exit read_runs(struct listing *listing)
{
    struct text after = TEXT_NONE;
    listing->runs = ARENA_ARRAY(listing->arena, (size_t)listing->limit, struct run_info);
    listing->subjects = ARENA_ARRAY(listing->arena, (size_t)listing->limit, struct run_subject);
    if (listing->runs == NULL || listing->subjects == NULL)
        return cli_out_of_memory(listing->command);
    do {
        int code = request_page(listing, after);
        if (!listing->filtered_here && finds_nothing(listing, code)) {
            listing->filtered_here = true;
            code = request_page(listing, after);
        }
        if (code != RPC_OK)
            return cli_fail(listing->command, "cannot list the runs: %.*s", TEXT_ARG(listing->temporal.result.message));
        after = listing->page.next;
        if (!keep_page(listing))
            return cli_out_of_memory(listing->command);
    } while (after.size > 0 && !listing->more && listing->compared < LIMIT_RUNS_LISTED);
    return CLI_SUCCESS;
}

/* ---- printing ---- */

static const char *colour_of(unsigned column, struct text cell)
{
    if (column != 1)
        return NULL;
    if (text_is(cell, "completed"))
        return "32";
    return text_is(cell, "running") || text_is(cell, "continued as new") ? NULL : "31";
}

static int64_t duration_of(const struct run_info *run)
{
    int64_t end = run->closed_us > 0 ? run->closed_us : clock_utc_us();
    return run->started_us > 0 && end >= run->started_us ? end - run->started_us : -1;
}

static void write_table(const struct listing *listing, struct buffer *output)
{
    struct table table = {.buffer = output,
                          .coloured = terminal_is_coloured(),
                          .columns = 6,
                          .titles = {"STARTED (UTC)", "STATUS", "TIME", "RULE", "RECORD", "EXECUTION"}};
    for (size_t i = 0; i < listing->count; i++) {
        const struct run_info *run = &listing->runs[i];
        struct text execution = run_execution_in(run->workflow_id);
        table_add(&table, terminal_time(listing->arena, run->started_us), 40);
        table_add(&table, text_from(run_close_name(run->close)), 40);
        table_add(&table, picture_duration(listing->arena, duration_of(run)), 40);
        table_add(&table, listing->subjects[i].rule, RULE_COLUMNS);
        table_add(&table, run_subject_record(listing->arena, &listing->subjects[i]), RECORD_COLUMNS);
        table_add(&table, execution.size > 0 ? execution : run->workflow_id, LIMIT_WORKFLOW_ID);
    }
    table_write(&table, colour_of);
}

static void write_json(const struct listing *listing, struct buffer *output)
{
    struct json_writer json = {output};
    json_begin_array(&json);
    for (size_t i = 0; i < listing->count; i++) {
        const struct run_info *run = &listing->runs[i];
        const struct run_subject *subject = &listing->subjects[i];
        json_begin_object(&json);
        json_member_text(&json, "workflow_id", run->workflow_id);
        json_member_text(&json, "run_id", run->run_id);
        run_subject_write_json(&json, run->workflow_id, subject);
        json_member_string(&json, "status", run_close_name(run->close));
        json_member_time(&json, "started_at", run->started_us);
        json_member_time(&json, "ended_at", run->closed_us);
        json_member_integer(&json, "milliseconds", duration_of(run) / 1000);
        json_member_integer(&json, "events", run->event_count);
        json_end_object(&json);
    }
    json_end_array(&json);
    buffer_add_byte(output, '\n');
}

/* What the list leaves out. */
static void print_notes(const struct listing *listing)
{
    if (listing->more)
        fprintf(stderr, PROGRAM " list: there are more runs; --limit shows up to %d\n", LIMIT_RUNS_LISTED);
    if (listing->filtered_here && !listing->more)
        fprintf(stderr, PROGRAM " list: the newest %zu runs were compared, %d at most\n", listing->compared,
                LIMIT_RUNS_LISTED);
    if (listing->unread > 0)
        fprintf(stderr, PROGRAM " list: the input of %zu runs cannot be read\n", listing->unread);
}

static enum cli_exit list(struct listing *listing)
{
    if (!blocking_client_open(&listing->temporal, listing->command, listing->arena, &listing->settings))
        return CLI_FAILURE;
    enum cli_exit code = read_runs(listing);
    if (code != CLI_SUCCESS)
        return code;
    struct buffer output = buffer_in(listing->arena, MIB(64));
    if (listing->json)
        write_json(listing, &output);
    else
        write_table(listing, &output);
    code = cli_finish_output(listing->command, &output, CLI_SUCCESS);
    print_notes(listing);
    return code;
}

/* ---- the command ---- */

static enum cli_exit check_usage(const struct listing *listing, int argc)
{
    if (argc > optind)
        return cli_usage_error(listing->command, "no arguments but options are expected");
    if (listing->status != NULL && status_named(listing->status) == NULL)
        return cli_usage_error(listing->command,
                               "--status is running, completed, failed, canceled, terminated, timed-out or continued, "
                               "not '%s'",
                               listing->status);
    if (listing->status != NULL && listing->failed)
        return cli_usage_error(listing->command, "--status and --failed exclude each other");
    return CLI_SUCCESS;
}

static const struct option options[] = {
    {"rule", required_argument, NULL, 'r'},   {"entity", required_argument, NULL, 'e'},
    {"status", required_argument, NULL, 's'}, {"failed", no_argument, NULL, 'f'},
    {"limit", required_argument, NULL, 'l'},  {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    struct listing listing = {.command = command, .arena = arena};
    const char *limit = SHOWN_BY_DEFAULT;
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        switch (option) {
        case 'r': listing.rule = optarg; break;
        case 'e': listing.entity = optarg; break;
        case 's': listing.status = optarg; break;
        case 'f': listing.failed = true; break;
        case 'l': limit = optarg; break;
        case 'j': listing.json = true; break;
        default: return cli_option_end(command, option);
        }
    }
    enum cli_exit code = check_usage(&listing, argc);
    if (code != CLI_SUCCESS || !cli_read_limit(command, limit, LIMIT_RUNS_LISTED, &listing.limit))
        return CLI_USAGE;
    if (!connection_settings_read(command, arena, &listing.settings, &listing.temporal.connection))
        return CLI_USAGE;
    code = list(&listing);
    blocking_client_close(&listing.temporal);
    return code;
}

const struct cli_command command_list = {
    .name = "list",
    .synopsis = "[--rule RULE] [--entity ENTITY] [--status STATUS | --failed] [--limit N] [--json]",
    .summary = "List the runs of rules, newest first",
    .help =
        "The runs of the task queues in ICHOR_TEMPORAL_TASK_QUEUE, as the server keeps them: a run can appear in the\n"
        "list a moment after its start. EXECUTION, or the beginning of it, names the run in other commands.\n"
        "\n"
        "Options:\n"
        "  --rule RULE        of the rule with this name or id\n"
        "  --entity ENTITY    of this entity, such as orders, or of the record with this number or id\n"
        "  --status STATUS    running, completed, failed, canceled, terminated, timed-out or continued\n"
        "  --failed           those that failed, timed out or were terminated\n"
        "  --limit N          at most N runs, 1 to 1000; 20 unless it is given\n"
        "  --json             print an array of objects\n"
        "\n"
        "The server compares names where the namespace has the search attributes RuleName, EntityName and EntityId.\n"
        "If it finds nothing, the newest 1000 runs are read and compared.\n"
        "\n"
        "Examples:\n"
        "  " PROGRAM " list --failed\n"
        "  " PROGRAM " list --rule 'Expedite large orders' --limit 100\n"
        "  " PROGRAM " list --entity SO-2026-1042 --json | jq -r '.[].workflow_id'\n"
        "\n"
        "Exit code: 0 listed, also when there are no runs, 1 not listed, 2 wrong usage or settings.\n",
    .settings = SETTINGS_TEMPORAL | SETTINGS_LOG,
    .arena_bytes = MIB(1024),
    .options = options,
    .run = run,
};
