/* try: performs one action without a workflow. */
#include <getopt.h>
#include <string.h>

#include "action/decode.h"
#include "cli/commands.h"
#include "cli/input_file.h"
#include "cli/standalone_action.h"
#include "cli/suggestion.h"
#include "generated/services.h"
#include "worker/logged_action.h"

struct trial {
    const struct cli_command *command;
    struct arena *arena;
    const struct action_type *type;
    const char *config, *context;
    bool check;
    struct services services;
};

static enum cli_exit print_value(const struct trial *trial, const struct json_value *value, enum cli_exit code)
{
    struct buffer json = buffer_in(trial->arena, LIMIT_JSON_BYTES);
    json_write(&json, value);
    buffer_add_byte(&json, '\n');
    struct text text = buffer_text(&json);
    if (text.data == NULL)
        return cli_fail(trial->command, "the outcome does not fit in memory");
    cli_print(text);
    return cli_finish(trial->command, code);
}

static enum cli_exit print_result(const struct trial *trial, struct json_value result)
{
    const struct json_member member = {TEXT("result"), result};
    const struct json_value value = json_object(&member, 1);
    return print_value(trial, &value, CLI_SUCCESS);
}

static enum cli_exit print_error(const struct trial *trial, struct text error, bool retryable)
{
    const struct json_member members[] = {{TEXT("error"), json_string(error)},
                                          {TEXT("retryable"), json_boolean(retryable)}};
    const struct json_value value = json_object(members, 2);
    return print_value(trial, &value, CLI_FAILURE);
}

/* Reads the settings of rules and of these services, not all that the command knows. */
static bool read_settings(struct trial *trial, unsigned needs, struct settings *settings)
{
    struct cli_command command = *trial->command;
    command.settings = SETTINGS_RULES | SETTINGS_LOG | services_settings(needs);
    return cli_read_settings(&command, trial->arena, settings);
}

static enum cli_exit check(struct trial *trial, const struct json_value *config)
{
    struct settings settings;
    if (!read_settings(trial, 0, &settings))
        return CLI_USAGE;
    struct decode_faults faults = {.arena = trial->arena};
    trial->type->check(trial->arena, config, &faults);
    if (faults.count == 0 && !faults.exhausted)
        return print_result(trial, json_object(NULL, 0));
    return print_error(trial, decode_faults_text(&faults, trial->arena), false);
}

static enum cli_exit perform(const struct trial *trial, const struct action_request *request)
{
    struct action_environment environment = standalone_action_environment(trial->arena);
    environment.services = &trial->services;
    struct action_report report;
    logged_action_perform(&environment, trial->arena, request, &report);
    if (report.outcome == ACTION_OUTCOME_DONE)
        return print_result(trial, report.result);
    return print_error(trial, report.reason, report.outcome == ACTION_OUTCOME_RETRY);
}

/* Starts the services that the action needs. Other runs are left alone. */
static bool open_services(struct trial *trial)
{
    unsigned needs = trial->type->needs;
    struct settings settings;
    if (!read_settings(trial, needs, &settings))
        return false;
    struct error error = ERROR_IN(trial->arena);
    if (services_start(&settings, needs, &trial->services, &error) == STATUS_OK)
        return true;
    cli_usage_error(trial->command, "%.*s", TEXT_ARG(error.message));
    return false;
}

static enum cli_exit try_action(struct trial *trial)
{
    struct error error = ERROR_IN(trial->arena);
    struct action_request request;
    enum status status = standalone_action_request(trial->arena, trial->type->name, trial->context, &request, &error);
    if (status == STATUS_OK)
        status = input_file_read_json(trial->arena, trial->config, &request.config, &error);
    if (status == STATUS_INVALID)
        return print_error(trial, error.message, false);
    if (status != STATUS_OK)
        return cli_fail(trial->command, "%.*s", TEXT_ARG(error.message));
    if (trial->check)
        return check(trial, &request.config);
    enum cli_exit code = open_services(trial) ? perform(trial, &request) : CLI_USAGE;
    services_stop(&trial->services);
    return code;
}

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"context", required_argument, NULL, 'x'},
                                            {"check", no_argument, NULL, 'k'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct trial trial = {.command = command, .arena = arena};
    int option;
    while ((option = cli_option(command, argc, argv, options)) != -1) {
        switch (option) {
        case 'c': trial.config = optarg; break;
        case 'x': trial.context = optarg; break;
        case 'k': trial.check = true; break;
        default: return cli_option_end(command, option);
        }
    }
    if (argc - optind != 1)
        return cli_usage_error(command, optind == argc ? "which action?" : "one action at a time");
    if (trial.config == NULL)
        return cli_usage_error(command, "--config is missing");
    if (trial.context != NULL && strcmp(trial.config, "-") == 0 && strcmp(trial.context, "-") == 0)
        return cli_usage_error(command, "--config and --context cannot both be stdin");
    trial.type = find_action_type(command, argv[optind]);
    if (trial.type == NULL)
        return CLI_FAILURE;
    if (trial.type->perform == NULL && !trial.check)
        return cli_fail(command, "%s is performed by the engine, in a run: use --check, or '" PROGRAM " simulate'",
                        trial.type->name);
    return try_action(&trial);
}

const struct cli_command command_try = {
    .name = "try",
    .synopsis = "ACTION --config FILE [--context FILE] [--check]",
    .summary = "Perform one action by hand, or check its config",
    .help =
        "Really performs it: writes rows and sends mails, but never asks for an approval, and completes no action of\n"
        "another run. Each call is a new execution. Does not wait for unavailable services. Prints {\"result\": {...}}, or\n"
        "{\"error\": \"...\", \"retryable\": true or false}; warnings go to stderr.\n"
        "\n"
        "Options:\n"
        "  --config FILE     the action's config as JSON; - is stdin\n"
        "  --context FILE    the variables of templates and conditions: a JSON object of trigger fields and results\n"
        "  --check           only check the config, as when it is saved: every fault is reported, nothing is done\n"
        "\n"
        "Examples:\n"
        "  " PROGRAM " try evaluate_condition --config condition.json --context order.json\n"
        "  echo '{\"target_entity\": \"sales.orders\"}' | " PROGRAM " try update_field --config - --check\n"
        "\n"
        "The settings of the database and the mail server are read only for actions that need them.\n"
        "\n"
        "Exit code: 0 a result, 1 an error, 2 wrong usage or settings.\n",
    .settings = SETTINGS_DATABASE | SETTINGS_MAIL | SETTINGS_RULES | SETTINGS_LOG,
    .arena_bytes = MIB(1024),
    .run = run,
};
