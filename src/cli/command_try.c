/* try: performs one action without a workflow. */
#include <getopt.h>
#include <string.h>

#include "action/decode.h"
#include "action/shown_result.h"
#include "authoring/standalone_action.h"
#include "cli/commands.h"
#include "cli/named_action.h"
#include "console/input_file.h"
#include "generated/services.h"
#include "worker/logged_action.h"

struct trial {
    const struct cli_command *command;
    struct arena *arena;
    const struct action_type *type;
    const char *config, *context;
    struct uuid execution, action; /* under which it is performed; nil: new ones */
    bool check;
    struct services services;
    struct uuid stand_in;
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

static enum cli_exit print_result(const struct trial *trial, struct json_value result, bool stored)
{
    const struct json_member members[] = {{TEXT("result"), result}, {TEXT("stored_result"), json_boolean(true)}};
    const struct json_value value = json_object(members, stored ? 2 : 1);
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
        return print_result(trial, json_object(NULL, 0), false);
    return print_error(trial, decode_faults_text(&faults, trial->arena), false);
}

static enum cli_exit perform(const struct trial *trial, const struct action_request *request)
{
    struct action_environment environment = standalone_action_environment(trial->arena);
    environment.services = &trial->services;
    environment.stand_in = trial->stand_in;
    struct action_report report;
    logged_action_perform(&environment, trial->arena, request, &report);
    struct json_value shown;
    if (report.outcome == ACTION_OUTCOME_DONE &&
        shown_result(trial->arena, trial->type, &report.result, &shown) != STATUS_OK)
        return cli_fail(trial->command, "the outcome does not fit in memory");
    if (report.outcome == ACTION_OUTCOME_DONE)
        return print_result(trial, shown, report.stored_result);
    return print_error(trial, report.reason, report.outcome == ACTION_OUTCOME_RETRY);
}

/* Starts the services that the action needs. Other runs are left alone. */
static bool open_services(struct trial *trial)
{
    unsigned needs = trial->type->needs & ~(1u << SERVICE_TEMPORAL); /* other runs are left alone */
    struct settings settings;
    if (!read_settings(trial, needs, &settings))
        return false;
    trial->stand_in = settings.stand_in_user;
    struct error error = ERROR_IN(trial->arena);
    if (services_start(&settings, needs, &trial->services, &error) == STATUS_OK)
        return true;
    cli_usage_error(trial->command, "%.*s", TEXT_ARG(error.message));
    return false;
}

/* The identity that was given, in place of the new one. */
static enum status set_identity(const struct trial *trial, struct action_request *request, struct error *error)
{
    if (!uuid_is_nil(trial->execution))
        request->execution_id = uuid_text(trial->arena, trial->execution);
    if (!uuid_is_nil(trial->action))
        request->action_id = uuid_text(trial->arena, trial->action);
    bool complete = request->execution_id.data != NULL && request->action_id.data != NULL;
    return complete ? STATUS_OK : error_budget(error);
}

static enum cli_exit try_action(struct trial *trial)
{
    struct error error = ERROR_IN(trial->arena);
    struct action_request request;
    enum status status = standalone_action_request(trial->arena, trial->type->name, trial->context, &request, &error);
    if (status == STATUS_OK)
        status = set_identity(trial, &request, &error);
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

/* Reads the UUID of an option. False: it is not one, which is reported. */
static bool read_id(const struct cli_command *command, const char *option, const char *text, struct uuid *id)
{
    if (uuid_parse(text_from(text), id) && !uuid_is_nil(*id))
        return true;
    (void)cli_usage_error(command, "%s: expected a UUID, found \"%s\"", option, text);
    return false;
}

static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                        {"context", required_argument, NULL, 'x'},
                                        {"execution", required_argument, NULL, 'e'},
                                        {"action", required_argument, NULL, 'a'},
                                        {"check", no_argument, NULL, 'k'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    struct trial trial = {.command = command, .arena = arena};
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        switch (option) {
        case 'c': trial.config = optarg; break;
        case 'x': trial.context = optarg; break;
        case 'e':
            if (!read_id(command, "--execution", optarg, &trial.execution))
                return CLI_USAGE;
            break;
        case 'a':
            if (!read_id(command, "--action", optarg, &trial.action))
                return CLI_USAGE;
            break;
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
    .synopsis = "ACTION --config FILE [--context FILE] [--execution ID --action ID] [--check]",
    .summary = "Perform one action by hand, or check its config",
    .help =
        "Really performs it: writes rows, sends mails, calls webhooks, but never asks for an approval, and completes "
        "no action of\n"
        "another run. Does not wait for unavailable services. Prints {\"result\": {...}}, or {\"error\": \"...\",\n"
        "\"retryable\": true or false}; warnings go to stderr.\n"
        "\n"
        "Each call is a new execution, unless --execution and --action say which one it is. An action that writes\n"
        "takes effect once for both: a second call changes nothing and prints the first result, with\n"
        "\"stored_result\": true. That includes what a run has done: with the ids of an execution of the ERP and of\n"
        "an action of its rule, the call does what is left to do of that run, or prints what was done.\n"
        "\n"
        "Options:\n"
        "  --config FILE     the action's config as JSON; - is stdin\n"
        "  --context FILE    the variables of templates and conditions: a JSON object of trigger fields and results\n"
        "  --execution ID    the execution, a UUID; default: a new one\n"
        "  --action ID       the action in it, a UUID; default: a new one\n"
        "  --check           only check the config, as when it is saved: every fault is reported, nothing is done\n"
        "\n"
        "Examples:\n"
        "  " PROGRAM " try evaluate_condition --config condition.json --context order.json\n"
        "  " PROGRAM " try log_audit_entry --config entry.json --execution 5f6d1b0e-9d4b-4c58-8a83-0d7f2f6a7c11 \\\n"
        "    --action 0b5b6f5e-27f3-4b0c-9a3e-7c1d52c4b8aa\n"
        "  echo '{\"target_entity\": \"sales.orders\"}' | " PROGRAM " try update_field --config - --check\n"
        "\n"
        "The settings of services (database, mail server, webhooks) are read only for actions that need them.\n"
        "\n"
        "Exit code: 0 a result, 1 an error, 2 wrong usage or settings.\n",
    .settings = SETTINGS_DATABASE | SETTINGS_MAIL | SETTINGS_WEBHOOK | SETTINGS_RULES | SETTINGS_LOG,
    .arena_bytes = MIB(1024),
    .options = options,
    .run = run,
};
