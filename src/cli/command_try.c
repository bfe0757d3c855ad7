/* try: one action by hand, for good and without a workflow. */
#include <getopt.h>
#include <string.h>

#include "action/decode.h"
#include "cli/cli.h"
#include "cli/offline.h"
#include "generated/services.h"

struct trying {
    const struct cli_command *command;
    struct arena *arena;
    const struct action_type *type;
    const char *config, *context;
    bool check;
    struct services services;
};

static enum cli_exit print_value(const struct trying *trying, const struct json_value *value, enum cli_exit code)
{
    struct buffer json = buffer_in(trying->arena, LIMIT_JSON_BYTES);
    json_write(&json, value);
    buffer_add_byte(&json, '\n');
    struct text text = buffer_text(&json);
    if (text.data == NULL)
        return cli_fail(trying->command, "the outcome does not fit in memory");
    cli_print(text);
    return cli_end(trying->command, code);
}

static enum cli_exit print_result(const struct trying *trying, struct json_value result)
{
    const struct json_member member = {TEXT("result"), result};
    const struct json_value value = json_object(&member, 1);
    return print_value(trying, &value, CLI_GOOD);
}

static enum cli_exit print_error(const struct trying *trying, struct text error, bool retryable)
{
    const struct json_member members[] = {{TEXT("error"), json_string(error)},
                                          {TEXT("retryable"), json_boolean(retryable)}};
    const struct json_value value = json_object(members, 2);
    return print_value(trying, &value, CLI_BAD);
}

static enum cli_exit check(const struct trying *trying, const struct json_value *config)
{
    struct decode_faults faults = {.arena = trying->arena};
    trying->type->check(trying->arena, config, &faults);
    if (faults.count == 0 && !faults.exhausted)
        return print_result(trying, json_object(NULL, 0));
    return print_error(trying, decode_faults_text(&faults, trying->arena), false);
}

static enum cli_exit perform(const struct trying *trying, const struct action_request *request)
{
    struct action_environment environment = offline_environment(trying->arena);
    environment.services = &trying->services;
    struct action_report report;
    action_perform(&environment, trying->arena, request, &report);
    if (report.outcome == ACTION_OUTCOME_DONE)
        return print_result(trying, report.result);
    return print_error(trying, report.reason, report.outcome == ACTION_OUTCOME_RETRY);
}

/* Opens what the action needs, by the settings of just that. */
static bool open_services(struct trying *trying)
{
    unsigned needs = trying->type->needs;
    struct cli_command command = *trying->command;
    command.settings = SETTINGS_LOG | services_settings(needs);
    struct settings settings;
    if (!cli_settings(&command, trying->arena, &settings))
        return false;
    struct error error = ERROR_IN(trying->arena);
    if (services_start(&settings, needs, &trying->services, &error) == STATUS_OK)
        return true;
    cli_usage(trying->command, "%.*s", TEXT_ARG(error.message));
    return false;
}

static enum cli_exit try_it(struct trying *trying)
{
    struct error error = ERROR_IN(trying->arena);
    struct action_request request;
    enum status status = offline_request(trying->arena, trying->type->name, trying->context, &request, &error);
    if (status == STATUS_OK)
        status = offline_read(trying->arena, trying->config, &request.config, &error);
    if (status == STATUS_INVALID)
        return print_error(trying, error.message, false);
    if (status != STATUS_OK)
        return cli_fail(trying->command, "%.*s", TEXT_ARG(error.message));
    if (trying->check)
        return check(trying, &request.config);
    enum cli_exit code = open_services(trying) ? perform(trying, &request) : CLI_USAGE;
    services_stop(&trying->services);
    return code;
}

static enum cli_exit run(const struct cli_command *command, int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"context", required_argument, NULL, 'x'},
                                            {"check", no_argument, NULL, 'k'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct trying trying = {.command = command};
    int option;
    while ((option = cli_option(command, argc, argv, options)) != -1) {
        switch (option) {
        case 'c': trying.config = optarg; break;
        case 'x': trying.context = optarg; break;
        case 'k': trying.check = true; break;
        default: return cli_option_end(command, option);
        }
    }
    if (argc - optind != 1)
        return cli_usage(command, optind == argc ? "which action?" : "one action at a time");
    if (trying.config == NULL)
        return cli_usage(command, "--config is missing");
    if (trying.context != NULL && strcmp(trying.config, "-") == 0 && strcmp(trying.context, "-") == 0)
        return cli_usage(command, "--config and --context cannot both be stdin");
    trying.type = cli_find_action(command, argv[optind]);
    if (trying.type == NULL)
        return CLI_BAD;
    trying.arena = arena_new(MIB(1024), 0);
    if (trying.arena == NULL)
        return cli_fail(command, "out of memory");
    enum cli_exit code = try_it(&trying);
    arena_free(trying.arena);
    return code;
}

const struct cli_command command_try = {
    .name = "try",
    .synopsis = "ACTION --config FILE [--context FILE] [--check]",
    .summary = "Perform one action by hand, or judge its config",
    .help = "It is done for good: rows are written, mails are sent. Only an approval is not asked for. The execution\n"
            "is a new one each time. A service that is away is not waited for. Prints {\"result\": {...}}, or\n"
            "{\"error\": \"...\", \"retryable\": true or false}; warnings go to stderr.\n"
            "\n"
            "Options:\n"
            "  --config FILE     the action's config as JSON; - is stdin\n"
            "  --context FILE    what its templates and conditions see: trigger fields and results, a JSON object\n"
            "  --check           only judge the config, as before it is saved: every fault is told, nothing is done\n"
            "\n"
            "Examples:\n"
            "  " PROGRAM " try evaluate_condition --config condition.json --context order.json\n"
            "  echo '{\"target_entity\": \"sales.orders\"}' | " PROGRAM " try update_field --config - --check\n"
            "\n"
            "Settings of the database and the mail server count only for actions that need them.\n"
            "\n"
            "Exit code: 0 a result, 1 an error, 2 wrong usage or settings.\n",
    .settings = SETTINGS_DATABASE | SETTINGS_MAIL | SETTINGS_LOG,
    .run = run,
};
