/* Opens the database where one is configured. */
#include "runs/optional_database.h"

#include "postgres/database.h"

bool optional_database_open(const struct cli_command *command, struct arena *arena, struct settings *settings,
                            struct connection_settings *connection, struct database **database)
{
    const char *host = cli_lookup("ICHOR_DB_HOST");
    bool with_database = host != NULL && host[0] != '\0';
    struct cli_command used = *command;
    *database = NULL;
    if (!with_database)
        used.settings &= ~(unsigned)SETTINGS_DATABASE;
    if (!connection_settings_read(&used, arena, settings, connection))
        return false;
    struct error error = ERROR_IN(arena);
    if (!with_database || database_start(settings, database, &error) == STATUS_OK)
        return true;
    cli_fail(command, "%.*s", TEXT_ARG(error.message));
    return false;
}
