/* simulate: plays a rule offline with results that the caller chooses. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "console/input_file.h"
#include "rule/rule_document.h"
#include "rule/rule_input.h"
#include "rule/simulation.h"

#define OUTPUT_BYTES MIB(512)

struct request {
    const struct cli_command *command;
    struct arena *arena;
    const char *input, *results;
    int64_t history_length;
    bool json, activities, force;
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
    uint32_t *sorted = ARENA_ARRAY(arena, simulation->actions.count, uint32_t), count = 0;
    bool *owners = ARENA_ARRAY(arena, simulation->actions.count, bool);
    if (sorted == NULL || owners == NULL)
        return NULL;
    for (uint32_t i = 0; i < simulation->actions.count; i++)
        if (simulation->actions.items[i].attempts > 0)
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
    for (uint32_t i = 0; i < simulation->actions.count; i++) {
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
    for (uint32_t i = 0; i < simulation->actions.count; i++) {
        if (!owners[i])
            continue;
        json_key_text(json, name_of(simulation, i));
        json_put_integer(json, simulation->actions.items[i].attempts);
    }
    json_end_object(json);
}

static void write_results(struct json_writer *json, const struct simulation *simulation, const bool *owners)
{
    json_key(json, "results");
    json_begin_object(json);
    for (uint32_t i = 0; i < simulation->actions.count; i++) {
        struct run_action action;
        run_action_at(simulation->run, i, &action);
        if (!owners[i] || action.state != ACTION_STATE_FINISHED)
            continue;
        json_key_text(json, action.name);
        json_put_raw(json, action.result);
    }
    json_end_object(json);
}

/* As the actions got them, templates filled in. */
static void write_configs(struct json_writer *json, const struct simulation *simulation, const bool *owners)
{
    json_key(json, "configs");
    json_begin_object(json);
    for (uint32_t i = 0; i < simulation->actions.count; i++) {
        if (!owners[i] || simulation->actions.items[i].config.data == NULL)
            continue;
        json_key_text(json, name_of(simulation, i));
        json_put_raw(json, simulation->actions.items[i].config);
    }
    json_end_object(json);
}

static void write_warnings(struct json_writer *json, const struct simulation *simulation)
{
    json_key(json, "warnings");
    json_begin_array(json);
    for (size_t i = 0; i < simulation->actions.warning_count; i++) {
        const struct simulation_warning *warning = &simulation->actions.warnings[i];
        json_begin_object(json);
        json_member_text(json, "action", name_of(simulation, warning->action));
        json_member_text(json, "message", warning->text);
        json_end_object(json);
    }
    json_end_array(json);
}

static int64_t elapsed_ms(const struct simulation *simulation)
{
    return (simulation->now_us - simulation->options.start_us) / 1000;
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
    write_configs(&json, simulation, owners);
    write_results(&json, simulation, owners);
    write_warnings(&json, simulation);
    json_member_integer(&json, "milliseconds", elapsed_ms(simulation));
    json_member_integer(&json, "commands", (int64_t)simulation->commands);
    json_member_integer(&json, "workflow_tasks", (int64_t)simulation->workflow_tasks);
    if (simulation->close == CLOSE_CONTINUED)
        json_member_raw(&json, "continuation", simulation->continuation);
    json_end_object(&json);
    buffer_add_byte(out, '\n');
}

static void write_config_list(struct buffer *out, const struct simulation *simulation, int width)
{
    if (simulation->started > 0)
        buffer_add(out, TEXT("\nCONFIGS, TEMPLATES FILLED IN\n"));
    for (uint32_t i = 0; i < simulation->started; i++) {
        uint32_t index = simulation->order[i];
        buffer_print(out, "%-*.*s  ", width, TEXT_ARG(name_of(simulation, index)));
        buffer_add(out, simulation->actions.items[index].config);
        buffer_add_byte(out, '\n');
    }
}

static void write_table(struct buffer *out, const struct simulation *simulation)
{
    size_t name_width = 6, type_width = 4;
    for (uint32_t i = 0; i < simulation->actions.count; i++) {
        struct run_action action;
        run_action_at(simulation->run, i, &action);
        name_width = action.name.size > name_width && action.name.size <= 40 ? action.name.size : name_width;
        type_width = action.type.size > type_width && action.type.size <= 40 ? action.type.size : type_width;
    }
    buffer_print(out, "%-*s  %-*s  %-8s  %-5s  %s\n", (int)name_width, "ACTION", (int)type_width, "TYPE", "STATE",
                 "TRIES", "RESULT");
    for (uint32_t i = 0; i < simulation->actions.count; i++) {
        struct run_action action;
        run_action_at(simulation->run, i, &action);
        struct text result = action.failure.size > 0 ? action.failure : action.result;
        struct text cut = text_cut_utf8(result, 100);
        buffer_print(out, "%-*.*s  %-*.*s  %-8s  %-5u  %.*s%s\n", (int)name_width, TEXT_ARG(action.name),
                     (int)type_width, TEXT_ARG(action.type), action_state_name(action.state),
                     simulation->actions.items[i].attempts, TEXT_ARG(cut), cut.size < result.size ? "..." : "");
    }
    write_config_list(out, simulation, (int)name_width);
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
    for (size_t i = 0; i < simulation->actions.warning_count; i++) {
        const struct simulation_warning *warning = &simulation->actions.warnings[i];
        fprintf(stderr, PROGRAM " simulate: warning: %.*s: %.*s\n", TEXT_ARG(name_of(simulation, warning->action)),
                TEXT_ARG(warning->text));
    }
}

/* Reports a fault that is in a file. */
static enum cli_exit fail_in(const struct request *request, const char *file, struct text where, struct text message)
{
    return cli_fail(request->command, "%s: %.*s%s%.*s", input_file_name(file), TEXT_ARG(where),
                    where.size > 0 ? ": " : "", TEXT_ARG(message));
}

/* False: the file cannot be read, or has faults; reported on stderr. */
static bool read_plan(const struct request *request, struct outcome_plan *plan)
{
    struct error error = ERROR_IN(request->arena);
    struct json_value results;
    struct case_faults faults = {.arena = request->arena};
    if (request->results == NULL)
        return true;
    if (input_file_read_json(request->arena, request->results, &results, &error) != STATUS_OK) {
        cli_fail(request->command, "%.*s", TEXT_ARG(error.message));
        return false;
    }
    if (!outcome_plan_read(request->arena, &results, true, TEXT_NONE, plan, &faults)) {
        cli_out_of_memory(request->command);
        return false;
    }
    for (size_t i = 0; i < faults.count; i++)
        fail_in(request, request->results, faults.items[i].pointer, faults.items[i].message);
    return faults.count == 0;
}

/* Errors that validation finds. */
static void print_errors(const struct request *request, struct text content)
{
    struct rule_document document;
    struct buffer lines = buffer_in(request->arena, OUTPUT_BYTES);
    if (rule_document_read(request->arena, content, &action_catalog_all, &document, NULL) == STATUS_OK)
        rule_document_write_faults(&document, input_file_name(request->input), RULE_FAULT_CONFIG, &lines);
    struct text text = buffer_text(&lines);
    fwrite(text.data, 1, text.size, stderr);
}

/* Reads the rule and completes it. False: reported on stderr. */
static bool read_input(const struct request *request, struct json_value *document, struct text *input)
{
    struct error error = ERROR_IN(request->arena);
    struct text content;
    struct json_value completed;
    enum status status = input_file_read(request->arena, request->input, LIMIT_JSON_BYTES, &content, &error);
    if (status != STATUS_OK) {
        cli_fail(request->command, "%.*s", TEXT_ARG(error.message));
        return false;
    }
    status = json_read(request->arena, content, document, &error);
    if (status != STATUS_OK) {
        fail_in(request, request->input, error.where, error.message);
        return false;
    }
    if (!request->json)
        print_errors(request, content);
    bool complete = rule_input_complete(request->arena, document, NULL, &completed);
    *document = completed;
    *input = complete ? json_to_text(request->arena, document) : TEXT_NONE;
    if (input->data == NULL)
        cli_out_of_memory(request->command);
    return input->data != NULL;
}

/* Reports what the rule would do wrong without a word. False: it is not to be played. */
static bool check_flow(const struct request *request, struct text input)
{
    struct error error = ERROR_IN(request->arena);
    struct rule_document document;
    struct buffer lines = buffer_in(request->arena, MIB(16));
    if (request->force)
        return true;
    if (rule_document_read(request->arena, input, &action_catalog_all, &document, &error) != STATUS_OK) {
        cli_fail(request->command, "%.*s", TEXT_ARG(error.message));
        return false;
    }
    if (document.count[RULE_FAULT_FLOW] == 0)
        return true;
    rule_document_write_faults(&document, request->input, RULE_FAULT_FLOW, &lines);
    struct text text = buffer_text(&lines);
    (void)fwrite(text.data, 1, text.size, stderr);
    cli_fail(request->command, "%s is not good: it was not played; --force plays it all the same", request->input);
    return false;
}

static enum cli_exit play(const struct request *request)
{
    struct error error = ERROR_IN(request->arena);
    struct json_value document;
    struct text input;
    struct outcome_plan plan = {0};
    if (!read_input(request, &document, &input) || !check_flow(request, input) || !read_plan(request, &plan))
        return CLI_FAILURE;
    struct simulation_options options = {.catalog = &action_catalog_all,
                                         .local = !request->activities,
                                         .history_length = request->history_length,
                                         .start_us = clock_utc_us(),
                                         .plan = &plan};
    (void)rule_input_time(&document, &options.start_us);
    struct simulation simulation;
    enum cli_exit code = CLI_FAILURE;
    if (simulation_play(&simulation, request->arena, input, &options, &error) == STATUS_OK) {
        if (!request->json)
            print_warnings(&simulation);
        code = print(request, &simulation);
    } else if (error.where.size > 0) {
        fail_in(request, request->results != NULL ? request->results : request->input, error.where, error.message);
    } else {
        cli_fail(request->command, "%.*s", TEXT_ARG(error.message));
    }
    simulation_end(&simulation);
    return code;
}

static const struct option options[] = {{"results", required_argument, NULL, 'r'},
                                        {"history-length", required_argument, NULL, 'l'},
                                        {"activities", no_argument, NULL, 'a'},
                                        {"json", no_argument, NULL, 'j'},
                                        {"force", no_argument, NULL, 'f'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    struct request request = {.command = command, .arena = arena};
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        switch (option) {
        case 'r': request.results = optarg; break;
        case 'a': request.activities = true; break;
        case 'j': request.json = true; break;
        case 'f': request.force = true; break;
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
    if (request.results != NULL && strcmp(request.results, "-") == 0 && strcmp(request.input, "-") == 0)
        return cli_usage_error(command, "INPUT and --results cannot both be stdin");
    struct settings settings;
    if (!cli_read_settings(command, arena, &settings))
        return CLI_USAGE;
    return play(&request);
}

const struct cli_command command_simulate = {
    .name = "simulate",
    .synopsis = "INPUT.json [--results FILE] [--history-length N] [--activities] [--force] [--json]",
    .summary = "Play a rule offline, without server or database",
    .help =
        "INPUT is a WorkflowInput or a bare graph in JSON; - is stdin. Plays the rule as the worker would. Actions "
        "without\n"
        "effects are performed; others end at their first attempt with their first output, unless FILE has their "
        "results.\n"
        "A config that cannot be performed, once its templates are filled in, fails its action. Delays, retries and\n"
        "answers of people take no time. Ids that are missing are made, the same each time.\n"
        "\n"
        "Options:\n"
        "  --results FILE        {\"action name or id\": [RESULT or {\"error\": \"text\"}, ...], ...}: one entry an "
        "attempt,\n"
        "                        the last one repeats; - is stdin\n"
        "  --history-length N    start as if the history had N events already\n"
        "  --activities          as with ICHOR_WORKER_DISPATCH=activity\n"
        "  --force               play a rule in spite of errors that 'validate' finds in its flow of data\n"
        "  --json                {\"status\", \"error\", \"executions\", \"order\", \"dead\", \"skipped\", "
        "\"configs\",\n"
        "                        \"results\", \"warnings\", \"milliseconds\", \"commands\", \"workflow_tasks\"}\n"
        "\n"
        "Examples:\n"
        "  " PROGRAM " simulate examples/credit-hold.json\n"
        "  echo '{\"ask_finance\": [{\"output\": \"rejected\"}]}' |\n"
        "    " PROGRAM " simulate examples/credit-hold.json --results -\n"
        "\n"
        "To keep what a rule should do, write cases: see '" PROGRAM " help test'.\n"
        "\n"
        "Exit code: 0, or 1 when the rule fails.\n",
    .settings = SETTINGS_RULES,
    .arena_bytes = MIB(4096),
    .options = options,
    .run = run,
};
