/* watch: a run while it goes on, to its end. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "console/terminal.h"
#include "runs/run_reference.h"
#include "runs/run_report.h"
#include "runs/run_summary.h"

/* How often the server is asked for attempts, which the history does not have before an activity ends. */
#define PERIOD_MS 2000

/* What was last printed of an action. */
struct seen {
    enum picture_state state;
    unsigned attempts;
};

struct watch {
    const struct cli_command *command;
    struct arena *arena;
    const char *word;
    bool json, live; /* live: the picture is drawn again in place; else lines are added */
    struct settings settings;
    struct blocking_client temporal;

    struct text workflow_id, run_id;
    struct run_picture run;
    const struct event *events;
    size_t event_count;
    /* Of the server, in one of two arenas: the next one is read into the other. */
    struct arena *descriptions[2];
    unsigned description_arena;
    struct described_run description;
    struct channel_timer *timer; /* NULL while a description is being read, and when the run is over */
    bool over;                   /* the history is read to its end */
    struct error error;          /* of a step; OK so far: its status is STATUS_OK */

    struct arena *scratch; /* of what is printed */
    struct seen *seen;     /* of each action; NULL before the first */
    size_t drawn;          /* lines that are drawn again */
};

/* ---- lines ---- */

static void write_change(const struct watch *watch, struct buffer *output, const struct picture_node *node,
                         const struct run_wait *wait)
{
    struct text failure = wait != NULL ? wait->failure : node->failure;
    if (watch->json) {
        struct json_writer json = {output};
        json_begin_object(&json);
        json_member_time(&json, "time", clock_utc_us());
        json_member_text(&json, "id", node->id);
        json_member_text(&json, "name", node->name);
        json_member_text(&json, "type", node->type);
        json_member_string(&json, "state", picture_state_name(node->state));
        json_member_text_or_null(&json, "output", node->output);
        json_member_integer(&json, "attempts", node->attempts);
        json_member_text_or_null(&json, "failure", failure);
        json_end_object(&json);
    } else {
        buffer_print(output, "%.*s  %.*s  %.*s", TEXT_ARG(terminal_time(output->arena, clock_utc_us())),
                     TEXT_ARG(node->name), TEXT_ARG(picture_outcome(output->arena, node)));
        if (node->attempts > 1)
            buffer_print(output, ", attempt %u", node->attempts);
        if (failure.size > 0)
            buffer_print(output, ": %.*s", TEXT_ARG(failure));
    }
    buffer_add_byte(output, '\n');
}

static const struct run_wait *wait_of(const struct run_waits *waits, struct text id)
{
    for (size_t i = 0; i < waits->count; i++)
        if (text_equal(waits->items[i].action.id, id))
            return &waits->items[i];
    return NULL;
}

static void write_changes(struct watch *watch, const struct picture *picture, const struct run_waits *waits,
                          struct buffer *output)
{
    for (uint32_t i = 0; i < picture->node_count; i++) {
        struct picture_node *node = &picture->nodes[i];
        const struct run_wait *wait = wait_of(waits, node->id);
        if (wait != NULL && wait->attempt > node->attempts)
            node->attempts = wait->attempt;
        const struct seen now = {node->state, node->attempts};
        bool begun = node->how != NULL || node->state == PICTURE_SKIPPED;
        if (begun && (watch->seen[i].state != now.state || watch->seen[i].attempts != now.attempts))
            write_change(watch, output, node, wait);
        watch->seen[i] = now;
    }
}

/* ---- drawing ---- */

static size_t count_lines(struct text text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text.size; i++)
        lines += text.data[i] == '\n';
    return lines;
}

/* The end of the text that the terminal has room for. */
static struct text last_lines(struct text text, size_t lines)
{
    size_t leave = count_lines(text);
    size_t at = 0;
    for (leave = leave > lines ? leave - lines : 0; leave > 0; leave--)
        at += text_find_byte(text_slice(text, at, text.size - at), '\n') + 1;
    return text_slice(text, at, text.size - at);
}

/* Replaces what was drawn before. Lines that are too long for the terminal are cut by it, so that they stay one. */
static void draw_over(struct watch *watch, struct text text)
{
    struct text shown = watch->over ? text : last_lines(text, terminal_lines() - 1);
    if (watch->drawn > 0)
        printf("\x1b[%zuA\r\x1b[J", watch->drawn);
    printf("\x1b[?7l%.*s\x1b[?7h", TEXT_ARG(shown));
    watch->drawn = count_lines(shown);
}

static enum status write_report(struct watch *watch, struct run_report *report, struct buffer *output)
{
    struct picture picture;
    if (watch->live) {
        enum status status = run_report_write_tree(report, terminal_is_coloured(), output, &watch->error);
        run_report_write_details(report, output);
        return status;
    }
    if (!run_picture_has_graph(&watch->run))
        return STATUS_OK;
    if (watch->seen == NULL)
        watch->seen = ARENA_ARRAY(watch->arena, run_action_count(watch->run.run), struct seen);
    if (watch->seen == NULL)
        return error_budget(&watch->error);
    enum status status = run_picture_draw(&watch->run, NULL, output->arena, &picture, &watch->error);
    if (status == STATUS_OK)
        write_changes(watch, &picture, &report->waits, output);
    return status;
}

/* False: watch->error says why. */
static bool print_now(struct watch *watch)
{
    arena_reset(watch->scratch);
    struct run_report report = {.workflow_id = watch->workflow_id,
                                .run_id = watch->run_id,
                                .task_queue = watch->description.run.task_queue,
                                .run = &watch->run,
                                .task_attempt = watch->description.task_attempt,
                                .now_us = clock_utc_us()};
    struct buffer output = buffer_in(watch->scratch, LIMIT_PICTURE_BYTES);
    bool read = run_waits_read(watch->scratch, watch->run.run, watch->events, watch->event_count, &watch->description,
                               &report.waits);
    enum status status = read ? write_report(watch, &report, &output) : error_budget(&watch->error);
    struct text text = buffer_text(&output);
    if (status == STATUS_OK && text.data == NULL)
        status = error_budget(&watch->error);
    if (status != STATUS_OK)
        return false;
    if (watch->live)
        draw_over(watch, text);
    else
        cli_print(text);
    fflush(stdout);
    return true;
}

/* ---- the server ---- */

static void describe(void *userdata);

static void described(void *userdata, const struct described_run *description, const struct client_result *result)
{
    struct watch *watch = userdata;
    (void)result; /* retried by the client, and again by the next period */
    if (watch->over || watch->error.status != STATUS_OK)
        return;
    if (description != NULL) {
        watch->description = *description;
        watch->description_arena = 1 - watch->description_arena;
    }
    (void)print_now(watch);
    watch->timer = channel_after(client_channel(watch->temporal.client), PERIOD_MS, describe, watch);
}

static void describe(void *userdata)
{
    struct watch *watch = userdata;
    struct arena *arena = watch->descriptions[1 - watch->description_arena];
    watch->timer = NULL;
    arena_reset(arena);
    client_describe_run(watch->temporal.client, watch->workflow_id, watch->run_id, arena, described, watch);
}

static bool take_news(void *userdata, const struct event *events, size_t first, size_t count)
{
    struct watch *watch = userdata;
    watch->events = events;
    watch->event_count = count;
    if (run_picture_add(&watch->run, events + first, count - first, &watch->error) != STATUS_OK)
        return false;
    watch->over = watch->run.shown.summary.close != CLOSE_NONE;
    return print_now(watch);
}

static void followed(void *userdata, const struct workflow_task *task, const struct client_result *result)
{
    struct watch *watch = userdata;
    watch->over = true;
    if (watch->timer != NULL)
        channel_timer_cancel(watch->timer);
    watch->timer = NULL;
    blocking_client_history_done(&watch->temporal, task, result);
}

static enum cli_exit follow(struct watch *watch)
{
    watch->over = false;
    watch->seen = NULL;
    watch->drawn = 0;
    if (!run_picture_open(&watch->run, watch->arena))
        return cli_out_of_memory(watch->command);
    struct blocking_client *temporal = &watch->temporal;
    client_follow_run(temporal->client, watch->workflow_id, watch->run_id, take_news, watch->arena, followed, watch);
    watch->timer = channel_after(client_channel(temporal->client), 0, describe, watch);
    if (!blocking_client_wait(temporal, "cannot read the history of %.*s", TEXT_ARG(watch->workflow_id)))
        return CLI_FAILURE;
    if (watch->error.status != STATUS_OK)
        return cli_fail(watch->command, "%.*s%s%.*s", TEXT_ARG(watch->error.where),
                        watch->error.where.size > 0 ? ": " : "", TEXT_ARG(watch->error.message));
    return CLI_SUCCESS;
}

/* ---- the end ---- */

static enum cli_exit print_end(const struct watch *watch)
{
    const struct history_summary *summary = &watch->run.shown.summary;
    struct buffer output = buffer_in(watch->arena, KIB(256));
    if (watch->json) {
        struct json_writer json = {&output};
        json_begin_object(&json);
        json_member_time(&json, "time", summary->ended_us);
        json_member_string(&json, "status", run_close_name(summary->close));
        json_member_text_or_null(&json, "failure", summary->failure);
        json_member_integer(&json, "milliseconds", (summary->ended_us - summary->started_us) / 1000);
        json_end_object(&json);
        buffer_add_byte(&output, '\n');
    } else if (!watch->live) {
        buffer_print(&output, "%.*s  %s%s%.*s\n", TEXT_ARG(terminal_time(watch->arena, summary->ended_us)),
                     run_close_name(summary->close), summary->failure.size > 0 ? ": " : "", TEXT_ARG(summary->failure));
    }
    cli_print(buffer_text(&output));
    return cli_finish(watch->command, summary->close == CLOSE_COMPLETED ? CLI_SUCCESS : CLI_FAILURE);
}

static void print_head(const struct watch *watch)
{
    if (!watch->json)
        printf("workflow  %.*s\nrun       %.*s\n%s", TEXT_ARG(watch->workflow_id), TEXT_ARG(watch->run_id),
               watch->live ? "\n" : "");
    fflush(stdout);
}

static enum cli_exit watch_run(struct watch *watch)
{
    const struct described_run *found;
    const char *word = watch->word;
    if (!blocking_client_open(&watch->temporal, watch->command, watch->arena, &watch->settings))
        return CLI_FAILURE;
    do {
        run_picture_close(&watch->run);
        enum cli_exit code = run_reference_find(&watch->temporal, &watch->settings, word, &found);
        if (code != CLI_SUCCESS)
            return code;
        watch->workflow_id = found->run.workflow_id;
        watch->run_id = found->run.run_id;
        watch->description = *found;
        print_head(watch);
        code = follow(watch);
        if (code != CLI_SUCCESS)
            return code;
        word = arena_copy(watch->arena, watch->workflow_id).data;
    } while (watch->run.shown.summary.close == CLOSE_CONTINUED && word != NULL);
    return print_end(watch);
}

static bool make_arenas(struct watch *watch)
{
    watch->scratch = arena_new(MIB(512), 0);
    watch->descriptions[0] = arena_new(LIMIT_TASK_ARENA, 0);
    watch->descriptions[1] = arena_new(LIMIT_TASK_ARENA, 0);
    return watch->scratch != NULL && watch->descriptions[0] != NULL && watch->descriptions[1] != NULL;
}

static const struct option options[] = {
    {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    struct watch watch = {.command = command, .arena = arena, .error = ERROR_IN(arena)};
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        switch (option) {
        case 'j': watch.json = true; break;
        default: return cli_option_end(command, option);
        }
    }
    if (argc - optind != 1)
        return cli_usage_error(command, optind == argc ? "which run?" : "one run at a time");
    watch.word = argv[optind];
    watch.live = !watch.json && terminal_is_live();
    if (!connection_settings_read(command, arena, &watch.settings, &watch.temporal.connection))
        return CLI_USAGE;
    enum cli_exit code = make_arenas(&watch) ? watch_run(&watch) : cli_out_of_memory(command);
    run_picture_close(&watch.run);
    blocking_client_close(&watch.temporal);
    for (size_t i = 0; i < 2; i++)
        arena_free(watch.descriptions[i]);
    arena_free(watch.scratch);
    return code;
}

const struct cli_command command_watch = {
    .name = "watch",
    .synopsis = "ID [--json]",
    .summary = "Watch a run until it ends",
    .help = RUN_REFERENCE_HELP
    "On a terminal the tree of 'show' is drawn again when something changes. Otherwise each change is a line: time,\n"
    "action and its state. A run that continues as new is watched to its last end.\n"
    "\n"
    "Options:\n"
    "  --json     print one object a line: each change of an action, then how the run has ended\n"
    "\n"
    "Examples:\n"
    "  " PROGRAM " watch 65ae2ffd\n"
    "  " PROGRAM " watch workflow-... && echo completed\n"
    "\n"
    "Exit code: 0 the run has completed, 1 it has ended otherwise or cannot be watched, 2 wrong usage or settings.\n",
    .settings = SETTINGS_TEMPORAL | SETTINGS_LOG,
    .arena_bytes = MIB(1024),
    .options = options,
    .run = run,
};
