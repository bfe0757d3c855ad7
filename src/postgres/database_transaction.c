/* The commands that enclose a transaction, and the settings of a session. */
#include <assert.h>

#include "postgres/database_internal.h"

/* These override the server's own settings. The server itself then ends a statement that takes too long, and a
   transaction of a stopped process does not keep its locks. client_connection_check_interval (since PostgreSQL 14, on
   some systems) ends the statement of a client that has disconnected. Statements are canceled in this way, because
   PQcancel opens another connection and blocks without a limit. */
#define SETTINGS(is_local_)                                                                                            \
    "set_config('statement_timeout', $1, " is_local_ "),"                                                              \
    " set_config('idle_in_transaction_session_timeout', $2, " is_local_ "),"                                           \
    " set_config('TimeZone', 'UTC', " is_local_ ")"
#define CHECK_CLIENT(is_local_) ", set_config('client_connection_check_interval', '1s', " is_local_ ")"
/* A pooler reports an invented process id to its clients. */
#define IS_POOLED "pg_backend_pid() <> $3::int"

enum { STATEMENT_TIMEOUT, IDLE_TIMEOUT, SETTING_COUNT };

static const unsigned no_types[SETTING_COUNT];

struct command *database_transaction_open(struct transaction *transaction, const struct database_connection *connection,
                                          struct command *commands)
{
    transaction->begin = DATABASE_COMMAND("BEGIN");
    transaction->begin.next = commands;
    if (connection->is_pooled) {
        transaction->values[STATEMENT_TIMEOUT] = connection->settings->statement_timeout;
        transaction->values[IDLE_TIMEOUT] = connection->settings->idle_timeout;
        transaction->settings = (struct command){
            .next = commands,
            .text = connection->checks_client ? TEXT("SELECT " SETTINGS("true") CHECK_CLIENT("true"))
                                              : TEXT("SELECT " SETTINGS("true")),
            .count = SETTING_COUNT,
            .types = no_types,
            .values = transaction->values,
        };
        transaction->begin.next = &transaction->settings;
    }
    if (PQtransactionStatus(connection->conn) == PQTRANS_IDLE)
        return &transaction->begin;
    transaction->rollback = DATABASE_COMMAND("ROLLBACK");
    transaction->rollback.next = &transaction->begin;
    return &transaction->rollback;
}

struct command *database_transaction_around(struct transaction *transaction,
                                            const struct database_connection *connection, struct command *command)
{
    command->next = NULL;
    command->commits = !connection->is_pooled;
    if (!connection->is_pooled)
        return command;
    transaction->commit = DATABASE_COMMAND("COMMIT");
    transaction->commit.commits = true;
    command->next = &transaction->commit;
    return database_transaction_open(transaction, connection, command);
}

enum database_outcome database_transaction_probe(struct arena *arena, const struct database_connection *connection,
                                                 struct command *command, struct database_fault *fault)
{
    const struct database_parameter parameters[] = {
        {.text = text_from(connection->settings->statement_timeout)},
        {.text = text_from(connection->settings->idle_timeout)},
        {.text = arena_print(arena, "%d", PQbackendPID(connection->conn))},
    };
    const struct text with = TEXT("SELECT " IS_POOLED ", " SETTINGS(IS_POOLED) CHECK_CLIENT(IS_POOLED));
    const struct text without = TEXT("SELECT " IS_POOLED ", " SETTINGS(IS_POOLED));
    return database_command_make(arena, connection->checks_client ? with : without, parameters,
                                 sizeof(parameters) / sizeof(parameters[0]), command, fault);
}
