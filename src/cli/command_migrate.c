/* migrate: creates what the worker needs and is missing: tables, or search attributes of the namespace. */
#include <getopt.h>
#include <stdio.h>

#include "cli/commands.h"
#include "erp/schema.h"
#include "generated/services.h"
#include "runs/blocking_client.h"

#define PING_MS 5000

static void print_created(void *userdata, const char *kind, const char *name)
{
    size_t *count = userdata;
    ++*count;
    printf("created %s %s\n", kind, name);
}

static enum cli_exit migrate(const struct cli_command *command, struct arena *arena)
{
    struct settings settings;
    struct cli_command only_database = *command;
    only_database.settings = SETTINGS_DATABASE | SETTINGS_LOG;
    if (!cli_read_settings(&only_database, arena, &settings))
        return CLI_USAGE;
    struct error error = ERROR_IN(arena);
    struct services services;
    if (services_start(&settings, 1u << SERVICE_DATABASE, &services, &error) != STATUS_OK)
        return cli_fail(command, "%.*s", TEXT_ARG(error.message));
    size_t count = 0;
    const struct database_wait wait = {0};
    enum status status = database_ping(services.database, PING_MS, &error);
    if (status == STATUS_OK)
        status = schema_migrate(services.database, &wait, print_created, &count, &error);
    enum cli_exit code = CLI_SUCCESS;
    if (status != STATUS_OK)
        code = cli_fail(command, "%.*s%s%.*s", TEXT_ARG(error.where), error.where.size > 0 ? ": " : "",
                        TEXT_ARG(error.message));
    else if (count == 0)
        printf("nothing to create: database %.*s has it all\n", TEXT_ARG(settings.database_name));
    services_stop(&services);
    return cli_finish(command, code);
}

/* ---- search attributes ---- */

static enum cli_exit add_attributes(struct blocking_client *temporal, const struct settings *settings)
{
    const char *names[CLIENT_ATTRIBUTES_MAX];
    client_check_namespace(temporal->client, temporal->arena, blocking_client_done, temporal);
    if (!blocking_client_wait(temporal, "namespace %.*s", TEXT_ARG(settings->temporal_namespace)))
        return CLI_FAILURE;
    size_t count = client_missing_attributes(temporal->client, names);
    if (count == 0) {
        printf("nothing to create: namespace %.*s has all search attributes\n", TEXT_ARG(settings->temporal_namespace));
        return CLI_SUCCESS;
    }
    client_add_attributes(temporal->client, temporal->arena, blocking_client_done, temporal);
    if (!blocking_client_wait(temporal, "search attributes of namespace %.*s", TEXT_ARG(settings->temporal_namespace)))
        return CLI_FAILURE;
    for (size_t i = 0; i < count; i++)
        printf("created search attribute %s\n", names[i]);
    return CLI_SUCCESS;
}

static enum cli_exit migrate_temporal(const struct cli_command *command, struct arena *arena)
{
    struct settings settings;
    struct blocking_client temporal = {0};
    struct cli_command only_temporal = *command;
    only_temporal.settings = SETTINGS_TEMPORAL | SETTINGS_LOG;
    if (!connection_settings_read(&only_temporal, arena, &settings, &temporal.connection))
        return CLI_USAGE;
    enum cli_exit code = CLI_FAILURE;
    if (blocking_client_open(&temporal, command, arena, &settings))
        code = add_attributes(&temporal, &settings);
    blocking_client_close(&temporal);
    return cli_finish(command, code);
}

/* ---- the command ---- */

static const struct option options[] = {
    {"temporal", no_argument, NULL, 't'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    bool temporal = false;
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        if (option != 't')
            return cli_option_end(command, option);
        temporal = true;
    }
    if (optind < argc)
        return cli_usage_error(command, "unexpected argument '%s'", argv[optind]);
    return temporal ? migrate_temporal(command, arena) : migrate(command, arena);
}

const struct cli_command command_migrate = {
    .name = "migrate",
    .synopsis = "[--temporal]",
    .summary = "Create missing tables that the worker needs, or search attributes",
    .help = "Existing tables stay as they are. Creates everything, or nothing when something fails.\n"
            "\n"
            "  --temporal   create the search attributes by which runs are found, in the namespace of the rules:\n"
            "               RuleName, EntityName, EntityId, EntityNumber, FailedAction; the database is not touched\n"
            "\n"
            "Examples:\n"
            "  ICHOR_DB_HOST=localhost ICHOR_DB_USER=postgres ICHOR_DB_PASSWORD=... " PROGRAM " migrate\n"
            "  ICHOR_TEMPORAL_HOSTPORT=localhost:7233 " PROGRAM " migrate --temporal\n"
            "\n"
            "Exit code: 0 everything exists now, 1 it could not be created.\n",
    .settings = SETTINGS_DATABASE | SETTINGS_TEMPORAL | SETTINGS_LOG,
    .arena_bytes = MIB(1),
    .options = options,
    .run = run,
};
