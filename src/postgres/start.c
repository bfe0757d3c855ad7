/* The database as a service of the spec: made from the settings. */
#include "base/clock.h"
#include "base/log.h"
#include "postgres/database.h"
#include "postgres/probe.h"
#include "settings/settings.h"

enum status database_start(const struct settings *settings, struct database **database, struct error *error)
{
    *database = database_new(&(struct database_options){
        .host = settings->database_host,
        .user = settings->database_user,
        .password = settings->database_password,
        .name = settings->database_name,
        .disable_tls = settings->database_disable_tls,
        .ca_file = settings->database_ca_file,
        .cert_file = settings->database_cert_file,
        .key_file = settings->database_key_file,
        .connections = (unsigned)settings->database_connections,
    });
    return *database != NULL ? STATUS_OK : error_set(error, STATUS_BUDGET, TEXT_NONE, "out of memory");
}

/* Tells the log, once, what the database has of the ERP's later parts; handlers ask for themselves. */
static void tell_parts(struct database *database, int64_t timeout_ms)
{
    struct arena *arena = arena_new(KIB(64), 0);
    if (arena == NULL)
        return;
    struct database_fault fault = {.arena = arena};
    struct database_patience patience = {.deadline_us = clock_monotonic_us() + timeout_ms * 1000};
    struct probe probe;
    if (probe_read(database, arena, &patience, &probe, &fault) != DATABASE_OK)
        log_line(LOG_WARN, "cannot tell what the database has", LOG_TEXT("error", fault.message));
    arena_free(arena);
}

enum status database_health(struct database *database, int64_t timeout_ms, struct error *error)
{
    enum status status = database_ping(database, timeout_ms, error);
    if (status == STATUS_OK)
        tell_parts(database, timeout_ms);
    return status;
}
