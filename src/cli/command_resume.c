/* resume: another run takes up a run that has closed. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cli/commands.h"
#include "console/input_file.h"
#include "runs/resume_bulk.h"
#include "runs/run_reference.h"
#include "runs/run_summary.h"

#define DEFAULT_RATE 20

struct request {
    const struct cli_command *command;
    struct arena *arena;
    const char *word, *query, *report, *rule_file, *rate_text;
    bool json, yes, dry;
    struct json_value rule;
    struct resume_correction corrections[LIMIT_RESUME_CONFIGS];
    struct resume_options options;
    int64_t rate;
    struct settings settings;
    struct blocking_client temporal;
};

/* ---- one run ---- */

static void print_names(const char *what, const struct resume_plan *plan, enum resume_part part)
{
    bool any = false;
    for (size_t i = 0; i < plan->action_count; i++) {
        if (!resume_action_is(&plan->actions[i], part))
            continue;
        printf("%s%.*s", any ? ", " : what, TEXT_ARG(plan->actions[i].name));
        any = true;
    }
    if (any)
        putchar('\n');
}

static void print_plan(const struct resume_result *result)
{
    const struct resume_plan *plan = &result->plan;
    printf("workflow  %.*s\nrun       %.*s, %s%s%.*s\n", TEXT_ARG(result->workflow_id), TEXT_ARG(result->run_id),
           run_close_name(result->close), plan->failure.size > 0 ? ": " : "", TEXT_ARG(plan->failure));
    print_names("keeps     ", plan, RESUME_KEEPS);
    print_names("again     ", plan, RESUME_REPEATS);
    print_names("again, with the effect and result that there is: ", plan, RESUME_FINDS);
    print_names("starts    ", plan, RESUME_STARTS);
    if (result->outcome == RESUME_DONE)
        printf("resumed   %.*s\n", TEXT_ARG(result->new_run_id));
    else
        printf("Nothing was started: --dry-run.\n");
}

static enum cli_exit resume_single(struct request *request)
{
    struct resume_result result;
    const struct described_run *found;
    enum cli_exit code = run_reference_find(&request->temporal, &request->settings, request->word, &found);
    if (code != CLI_SUCCESS)
        return code;
    resume_run(&request->temporal, &request->options, found->run.workflow_id, found->run.run_id, &result);
    bool good = result.outcome == RESUME_DONE || result.outcome == RESUME_PLANNED;
    struct buffer buffer = buffer_in(request->arena, MIB(64));
    if (request->json) {
        resume_result_write_json(&buffer, &result);
        cli_print(buffer_text(&buffer));
    } else if (good) {
        print_plan(&result);
    } else {
        return cli_fail(request->command, "%.*s: %.*s", TEXT_ARG(result.workflow_id), TEXT_ARG(result.reason));
    }
    return cli_finish(request->command, good ? CLI_SUCCESS : CLI_FAILURE);
}

/* ---- options ---- */

/* ACTION=FILE. */
static enum cli_exit add_correction(struct request *request, const char *written)
{
    const char *equals = strchr(written, '=');
    size_t count = request->options.correction_count;
    if (equals == NULL || equals == written || equals[1] == '\0')
        return cli_usage_error(request->command, "--config takes ACTION=FILE");
    if (count == LIMIT_RESUME_CONFIGS)
        return cli_usage_error(request->command, "--config may be given %d times", LIMIT_RESUME_CONFIGS);
    request->corrections[count] =
        (struct resume_correction){.action = {.data = written, .size = (size_t)(equals - written)}, .file = equals + 1};
    request->options.correction_count++;
    return CLI_SUCCESS;
}

static enum cli_exit read_files(struct request *request)
{
    struct error error = ERROR_IN(request->arena);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < request->options.correction_count && status == STATUS_OK; i++)
        status =
            input_file_read_json(request->arena, request->corrections[i].file, &request->corrections[i].config, &error);
    if (status == STATUS_OK && request->rule_file != NULL)
        status = input_file_read_json(request->arena, request->rule_file, &request->rule, &error);
    if (status != STATUS_OK)
        return cli_fail(request->command, "%.*s", TEXT_ARG(error.message));
    if (request->rule_file != NULL && request->rule.type != JSON_OBJECT)
        return cli_fail(request->command, "%s: expected a WorkflowInput or a graph, found %s", request->rule_file,
                        json_type_name(request->rule.type));
    request->options.corrections = request->corrections;
    request->options.rule = request->rule_file != NULL ? &request->rule : NULL;
    return CLI_SUCCESS;
}

static enum cli_exit check_options(struct request *request)
{
    const struct cli_command *command = request->command;
    request->rate = DEFAULT_RATE;
    if ((request->word == NULL) == (request->query == NULL))
        return cli_usage_error(command, request->query == NULL ? "which run?" : "a run or --query, not both");
    if (request->query == NULL && (request->report != NULL || request->rate_text != NULL || request->yes))
        return cli_usage_error(command, "--rate, --report and --yes go with --query");
    if (request->yes && request->dry)
        return cli_usage_error(command, "--yes or --dry-run, not both");
    if (request->rule_file != NULL && request->options.correction_count > 0)
        return cli_usage_error(command, "--rule or --config, not both: the corrected rule has the configs");
    if (request->rate_text != NULL && (!text_to_int64(text_from(request->rate_text), &request->rate) ||
                                       request->rate < 1 || request->rate > LIMIT_RESUME_RATE))
        return cli_usage_error(command, "--rate is a number of runs a second, 1 to %d", LIMIT_RESUME_RATE);
    request->options.dry = request->dry || (request->query != NULL && !request->yes);
    return CLI_SUCCESS;
}

static enum cli_exit resume(struct request *request)
{
    enum cli_exit code = CLI_FAILURE;
    const struct resume_bulk bulk = {.command = request->command,
                                     .query = request->query,
                                     .report = request->report,
                                     .rate = (unsigned)request->rate,
                                     .json = request->json,
                                     .options = &request->options};
    if (blocking_client_open(&request->temporal, request->command, request->arena, &request->settings))
        code = request->query != NULL ? resume_bulk(&bulk, &request->temporal) : resume_single(request);
    blocking_client_close(&request->temporal);
    return code;
}

static const struct option options[] = {
    {"from", required_argument, NULL, 'f'}, {"config", required_argument, NULL, 'c'},
    {"rule", required_argument, NULL, 'r'}, {"query", required_argument, NULL, 'q'},
    {"rate", required_argument, NULL, 'n'}, {"report", required_argument, NULL, 'p'},
    {"yes", no_argument, NULL, 'y'},        {"dry-run", no_argument, NULL, 'd'},
    {"force", no_argument, NULL, 'F'},      {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},       {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    struct request request = {.command = command, .arena = arena};
    enum cli_exit code = CLI_SUCCESS;
    int option;
    while (code == CLI_SUCCESS && (option = cli_option(command, argc, argv)) != -1) {
        switch (option) {
        case 'f': request.options.from = text_from(optarg); break;
        case 'c': code = add_correction(&request, optarg); break;
        case 'r': request.rule_file = optarg; break;
        case 'q': request.query = optarg; break;
        case 'n': request.rate_text = optarg; break;
        case 'p': request.report = optarg; break;
        case 'y': request.yes = true; break;
        case 'd': request.dry = true; break;
        case 'F': request.options.force = true; break;
        case 'j': request.json = true; break;
        default: return cli_option_end(command, option);
        }
    }
    if (code == CLI_SUCCESS && argc - optind > 1)
        return cli_usage_error(command, "one run at a time, or --query");
    request.word = argc > optind ? argv[optind] : NULL;
    if (code == CLI_SUCCESS)
        code = check_options(&request);
    if (code == CLI_SUCCESS)
        code = read_files(&request);
    if (code != CLI_SUCCESS)
        return code;
    if (!connection_settings_read(command, arena, &request.settings, &request.temporal.connection))
        return CLI_USAGE;
    return resume(&request);
}

const struct cli_command command_resume = {
    .name = "resume",
    .synopsis =
        "ID|--query QUERY [--from ACTION] [--config ACTION=FILE]... [--rule FILE] [--yes] [--rate N] [--report FILE]",
    .summary = "Let another run take up a run that has failed",
    .help = RUN_REFERENCE_HELP
    "The newest run of its workflow has failed, timed out, or was terminated or canceled. A new run of the same\n"
    "workflow and execution begins with the results of the actions that had finished and performs the others.\n"
    "Effects in the database happen once for an execution, so an action that has taken effect keeps its result.\n"
    "A run is resumed once, by however many commands.\n"
    "\n"
    "Options:\n"
    "  --from ACTION         perform this action (its id or name) and all behind it again, though they have\n"
    "                        finished. What they wrote to the database stays as it is; mails, web calls and\n"
    "                        questions to people happen again.\n"
    "  --config ACTION=FILE  the corrected action_config of an action, in JSON; may be given several times\n"
    "  --rule FILE           a corrected rule, in which every action that has finished keeps its id\n"
    "  --force               resume in spite of errors that 'validate' finds in the rule or the configs\n"
    "  --dry-run             only say what would be done\n"
    "  --json                print a line of JSON for each run\n"
    "\n"
    "In bulk:\n"
    "  --query QUERY         the runs that this query of Temporal finds and that can be resumed\n"
    "  --yes                 resume them; without it, only say what would be done\n"
    "  --rate N              runs a second, at most; "
    "20 unless given\n"
    "  --report FILE         append a line of JSON for each run. Workflows that the file has as resumed are\n"
    "                        skipped, so a command that was interrupted is given again as it was.\n"
    "\n"
    "Examples:\n"
    "  " PROGRAM " resume workflow-1 --dry-run\n"
    "  " PROGRAM " resume workflow-1 --config reserve=reserve.json\n"
    "  " PROGRAM " resume --query \"ExecutionStatus = 'Failed' AND CloseTime > '2026-06-17T08:00:00Z'\"\n"
    "  " PROGRAM " resume --query \"...\" --rate 20 --report repair.jsonl --yes\n"
    "\n"
    "Exit code: 0 resumed, 1 refused or not sent; with --query: 0 none was refused.\n",
    .settings = SETTINGS_TEMPORAL | SETTINGS_LOG,
    .arena_bytes = MIB(4096),
    .options = options,
    .run = run,
};
