/* simulate: plays a rule offline with results that the caller chooses. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_writer.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/input_file.h"
#include "rule/simulation.h"

#define OUTPUT_BYTES MIB(512)

struct request {
    const struct cli_command *command;
    struct arena *arena;
    const char *input, *results;
    int64_t history_length;
    bool json, activities;
};

static const char *status_text(enum run_close close)
{
    switch (close) {
    case CLOSE_COMPLETED: return "completed";
    case CLOSE_CANCELED: return "canceled";
    case CLOSE_CONTINUED: return "continued_as_new";
    default: return "failed";
    }
}

static struct text name_of(const struct simulation *simulation, uint32_t index)
{
    struct run_action action;
    run_action_at(simulation->run, index, &action);
    return action.name;
}

static int compare_names(const void *a, const void *b, void *userdata)
{
    const struct simulation *simulation = userdata;
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    int order = text_compare(name_of(simulation, left), name_of(simulation, right));
    return order != 0 ? order : (left > right) - (left < right);
}

/* Which actions JSON objects show under their names: of those that ran and share a name only the last one in the
   document, as in the Go worker's context. NULL when the arena is full. */
static const bool *owns_name(struct simulation *simulation, struct arena *arena)
{
    uint32_t *sorted = ARENA_ARRAY(arena, simulation->action_count, uint32_t), count = 0;
    bool *owners = ARENA_ARRAY(arena, simulation->action_count, bool);
    if (sorted == NULL || owners == NULL)
        return NULL;
    for (uint32_t i = 0; i < simulation->action_count; i++)
        if (simulation->attempts[i] > 0)
            sorted[count++] = i;
    qsort_r(sorted, count, sizeof *sorted, compare_names, simulation);
    for (uint32_t i = 0; i < count; i++)
        owners[sorted[i]] =
            i + 1 == count || !text_equal(name_of(simulation, sorted[i]), name_of(simulation, sorted[i + 1]));
    return owners;
}

static void write_names(struct json_writer *json, const char *key, const struct simulation *simulation,
                        enum action_state state)
{
    json_key(json, key);
    json_begin_array(json);
    for (uint32_t i = 0; i < simulation->action_count; i++) {
        struct run_action action;
        run_action_at(simulation->run, i, &action);
        if (action.state == state)
            json_put_text(json, action.name);
    }
    json_end_array(json);
}

static void write_order(struct json_writer *json, const struct simulation *simulation)
{
    json_key(json, "order");
    json_begin_array(json);
    for (uint32_t i = 0; i < simulation->started; i++)
        json_put_text(json, name_of(simulation, simulation->order[i]));
    json_end_array(json);
}

static void write_attempts(struct json_writer *json, const struct simulation *simulation, const bool *owners)
{
    json_key(json, "executions");
    json_begin_object(json);
    for (uint32_t i = 0; i < simulation->action_count; i++) {
        if (!owners[i])
            continue;
        json_key_text(json, name_of(simulation, i));
        json_put_integer(json, simulation->attempts[i]);
    }
    json_end_object(json);
}

static void write_results(struct json_writer *json, const struct simulation *simulation, const bool *owners)
{
    json_key(json, "results");
    json_begin_object(json);
    for (uint32_t i = 0; i < simulation->action_count; i++) {
        struct run_action action;
        run_action_at(simulation->run, i, &action);
        if (!owners[i] || action.state != ACTION_STATE_FINISHED)
            continue;
        json_key_text(json, action.name);
        json_put_raw(json, action.result);
    }
    json_end_object(json);
}

static void write_json(struct buffer *out, const struct simulation *simulation, const bool *owners)
{
    struct json_writer json = {out};
    json_begin_object(&json);
    json_member_string(&json, "status", status_text(simulation->close));
    json_key(&json, "error");
    if (simulation->close == CLOSE_FAILED)
        json_put_text(&json, simulation->failure);
    else
        json_put_raw(&json, TEXT("null"));
    write_attempts(&json, simulation, owners);
    write_order(&json, simulation);
    write_names(&json, "dead", simulation, ACTION_STATE_DEAD);
    write_names(&json, "skipped", simulation, ACTION_STATE_SKIPPED);
    write_results(&json, simulation, owners);
    json_member_integer(&json, "commands", (int64_t)simulation->commands);
    json_member_integer(&json, "workflow_tasks", (int64_t)simulation->workflow_tasks);
    if (simulation->close == CLOSE_CONTINUED)
        json_member_raw(&json, "continuation", simulation->continuation);
    json_end_object(&json);
    buffer_add_byte(out, '\n');
}

static void write_table(struct buffer *out, const struct simulation *simulation)
{
    size_t name_width = 6, type_width = 4;
    for (uint32_t i = 0; i < simulation->action_count; i++) {
        struct run_action action;
        run_action_at(simulation->run, i, &action);
        name_width = action.name.size > name_width && action.name.size <= 40 ? action.name.size : name_width;
        type_width = action.type.size > type_width && action.type.size <= 40 ? action.type.size : type_width;
    }
    buffer_print(out, "%-*s  %-*s  %-8s  %-5s  %s\n", (int)name_width, "ACTION", (int)type_width, "TYPE", "STATE",
                 "TRIES", "RESULT");
    for (uint32_t i = 0; i < simulation->action_count; i++) {
        struct run_action action;
        run_action_at(simulation->run, i, &action);
        struct text result = action.failure.size > 0 ? action.failure : action.result;
        struct text cut = text_cut_utf8(result, 100);
        buffer_print(out, "%-*.*s  %-*.*s  %-8s  %-5u  %.*s%s\n", (int)name_width, TEXT_ARG(action.name),
                     (int)type_width, TEXT_ARG(action.type), action_state_name(action.state), simulation->attempts[i],
                     TEXT_ARG(cut), cut.size < result.size ? "..." : "");
    }
    buffer_print(out, "\n%s", status_text(simulation->close));
    if (simulation->close == CLOSE_FAILED)
        buffer_print(out, ": %.*s", TEXT_ARG(simulation->failure));
    buffer_print(out, "\n%" PRIu64 " commands in %" PRIu64 " workflow tasks, %" PRId64 " history events\n",
                 simulation->commands, simulation->workflow_tasks, simulation->events);
}

static enum cli_exit print(const struct request *request, struct simulation *simulation)
{
    struct buffer out = buffer_in(request->arena, OUTPUT_BYTES);
    const bool *owners = owns_name(simulation, request->arena);
    if (owners == NULL)
        return cli_out_of_memory(request->command);
    if (request->json)
        write_json(&out, simulation, owners);
    else
        write_table(&out, simulation);
    struct text text = buffer_text(&out);
    if (text.data == NULL)
        return cli_fail(request->command, "the output does not fit in memory");
    cli_print(text);
    return cli_finish(request->command, simulation->close == CLOSE_FAILED ? CLI_FAILURE : CLI_SUCCESS);
}

static void print_warnings(const struct simulation *simulation)
{
    for (size_t i = 0; i < simulation->warning_count; i++) {
        const struct simulation_warning *warning = &simulation->warnings[i];
        fprintf(stderr, PROGRAM " simulate: warning: %.*s: %.*s\n", TEXT_ARG(name_of(simulation, warning->action)),
                TEXT_ARG(warning->text));
    }
}

static enum cli_exit play(const struct request *request)
{
    struct error error = ERROR_IN(request->arena);
    struct text input, written;
    struct json_value results;
    enum status status = input_file_read(request->arena, request->input, LIMIT_JSON_BYTES, &input, &error);
    if (status == STATUS_OK && request->results != NULL) {
        status = input_file_read(request->arena, request->results, LIMIT_JSON_BYTES, &written, &error);
        if (status == STATUS_OK)
            status = json_read_file(request->arena, written, &results, &error);
    }
    struct simulation_options options = {.catalog = &action_catalog_all,
                                         .local = !request->activities,
                                         .history_length = request->history_length,
                                         .results = request->results != NULL ? &results : NULL};
    struct simulation simulation = {0};
    if (status == STATUS_OK)
        status = simulation_play(&simulation, request->arena, input, &options, &error);
    enum cli_exit code = CLI_FAILURE;
    if (status == STATUS_OK) {
        print_warnings(&simulation);
        code = print(request, &simulation);
    } else if (error.where.size > 0)
        cli_fail(request->command, "%s: %.*s: %.*s", request->results != NULL ? request->results : request->input,
                 TEXT_ARG(error.where), TEXT_ARG(error.message));
    else
        cli_fail(request->command, "%.*s", TEXT_ARG(error.message));
    simulation_end(&simulation);
    return code;
}

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    static const struct option options[] = {
        {"results", required_argument, NULL, 'r'}, {"history-length", required_argument, NULL, 'l'},
        {"activities", no_argument, NULL, 'a'},    {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
    struct request request = {.command = command, .arena = arena};
    int option;
    while ((option = cli_option(command, argc, argv, options)) != -1) {
        switch (option) {
        case 'r': request.results = optarg; break;
        case 'a': request.activities = true; break;
        case 'j': request.json = true; break;
        case 'l':
            if (!text_to_int64(text_from(optarg), &request.history_length) || request.history_length < 0)
                return cli_usage_error(command, "--history-length: expected a number of events, found '%s'", optarg);
            break;
        default: return cli_option_end(command, option);
        }
    }
    if (optind + 1 != argc)
        return cli_usage_error(command, optind == argc ? "which file?" : "one file only");
    request.input = argv[optind];
    return play(&request);
}

const struct cli_command command_simulate = {
    .name = "simulate",
    .synopsis = "INPUT.json [--results FILE] [--history-length N] [--activities] [--json]",
    .summary = "Play a rule offline, without server or database",
    .help = "Plays the rule of a WorkflowInput as the worker would. Actions without effects are performed; others end\n"
            "with {} at their first attempt, unless FILE has their results.\n"
            "\n"
            "  --results FILE        {\"action name\": [RESULT or {\"error\": \"text\"}, ...], ...}: one entry an "
            "attempt,\n"
            "                        the last one repeats\n"
            "  --history-length N    start as if the history had N events already\n"
            "  --activities          as with ICHOR_WORKER_DISPATCH=activity\n"
            "  --json                {\"status\", \"error\", \"executions\", \"order\", \"dead\", \"skipped\",\n"
            "                        \"results\", \"commands\", \"workflow_tasks\"}\n"
            "\n"
            "Exit code: 0, or 1 when the rule fails.\n"
            "\n"
            "Example:\n"
            "  workflow-worker simulate examples/fork-of-three.json --results results.json\n",
    .arena_bytes = MIB(4096),
    .run = run,
};
