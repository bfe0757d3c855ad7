/* migrate: creates the tables that the worker needs and that are missing. */
#include <getopt.h>
#include <stdio.h>

#include "cli/commands.h"
#include "erp/schema.h"
#include "generated/services.h"

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
    if (!cli_read_settings(command, arena, &settings))
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

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    int option = cli_option(command, argc, argv, options);
    if (option != -1)
        return cli_option_end(command, option);
    if (optind < argc)
        return cli_usage_error(command, "unexpected argument '%s'", argv[optind]);
    return migrate(command, arena);
}

const struct cli_command command_migrate = {
    .name = "migrate",
    .synopsis = "",
    .summary = "Create missing tables that the worker needs",
    .help = "Existing tables stay as they are. Creates everything, or nothing when something fails.\n"
            "\n"
            "Example:\n"
            "  ICHOR_DB_HOST=localhost ICHOR_DB_USER=postgres ICHOR_DB_PASSWORD=... " PROGRAM " migrate\n"
            "\n"
            "Exit code: 0 everything exists now, 1 it could not be created.\n",
    .settings = SETTINGS_DATABASE | SETTINGS_LOG,
    .arena_bytes = MIB(1),
    .run = run,
};
