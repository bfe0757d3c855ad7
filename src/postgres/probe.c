#include "postgres/probe.h"

#include "base/log.h"
#include "postgres/database_internal.h"

/* A migration of the ERP is noticed after so long at most, without a restart. */
#define REMEMBERED_US (60 * SECOND_US)

static const char question[] = "SELECT to_regclass('workflow.approval_requests') IS NOT NULL,"
                               " to_regclass('workflow.cascade_outbox') IS NOT NULL,"
                               " EXISTS (SELECT FROM pg_catalog.pg_attribute"
                               " WHERE attrelid = to_regclass('workflow.alerts') AND attname = 'action_url'"
                               " AND NOT attisdropped),"
                               " to_regclass('workflow.alerts') IS NOT NULL";

static bool remembered(struct database *database, struct probe *probe)
{
    (void)pthread_mutex_lock(&database->lock);
    bool fresh = database->probed_us != 0 && clock_monotonic_us() - database->probed_us < REMEMBERED_US;
    *probe = database->probe;
    (void)pthread_mutex_unlock(&database->lock);
    return fresh;
}

static void remember(struct database *database, const struct probe *probe)
{
    (void)pthread_mutex_lock(&database->lock);
    const struct probe *before = &database->probe;
    bool news = database->probed_us == 0 || before->alerts != probe->alerts ||
                before->approval_requests != probe->approval_requests ||
                before->cascade_outbox != probe->cascade_outbox || before->alert_action_url != probe->alert_action_url;
    database->probe = *probe;
    database->probed_us = clock_monotonic_us();
    (void)pthread_mutex_unlock(&database->lock);
    if (news && !probe->alerts)
        log_line(LOG_WARN, "The database has no table workflow.alerts",
                 LOG_STRING("database", database->settings.name));
    if (news)
        log_line(LOG_INFO, "optional parts of the database", LOG_BOOLEAN("approval_requests", probe->approval_requests),
                 LOG_BOOLEAN("cascade_outbox", probe->cascade_outbox),
                 LOG_BOOLEAN("alerts_action_url", probe->alert_action_url));
}

enum database_outcome probe_read(struct database *database, struct arena *arena,
                                 const struct database_patience *patience, struct probe *probe,
                                 struct database_fault *fault)
{
    if (remembered(database, probe))
        return DATABASE_OK;
    struct database_rows rows;
    enum database_outcome outcome = database_run(database, arena, patience, TEXT(question), NULL, 0, &rows, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    *probe = (struct probe){.approval_requests = text_is(rows.cells[0], "t"),
                            .cascade_outbox = text_is(rows.cells[1], "t"),
                            .alert_action_url = text_is(rows.cells[2], "t"),
                            .alerts = text_is(rows.cells[3], "t")};
    remember(database, probe);
    return DATABASE_OK;
}
