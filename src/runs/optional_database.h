/* The database of a command that works with or without one. Single-threaded. */
#ifndef RUNS_OPTIONAL_DATABASE_H
#define RUNS_OPTIONAL_DATABASE_H

#include "runs/connection_settings.h"

struct database;

/* For the help of such commands. */
#define OPTIONAL_DATABASE_HELP "The settings of the database are read only if ICHOR_DB_HOST is set.\n"

/* As connection_settings_read, without the settings of the database unless ICHOR_DB_HOST is set. Then *database is made
   from them, the caller's to free; else it is NULL. False: reported on stderr; return CLI_USAGE. */
bool optional_database_open(const struct cli_command *command, struct arena *arena, struct settings *settings,
                            struct connection_settings *connection, struct database **database) MUST_CHECK;

#endif
