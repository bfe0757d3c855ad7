#include "erp/erp_features.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"

/* The longest time until the worker notices a migration of the ERP. */
#define MAX_AGE_US INT64_C(60000000)

static const char query[] = "SELECT to_regclass('workflow.approval_requests') IS NOT NULL,"
                            " to_regclass('workflow.cascade_outbox') IS NOT NULL,"
                            " EXISTS (SELECT FROM pg_catalog.pg_attribute"
                            " WHERE attrelid = to_regclass('workflow.alerts') AND attname = 'action_url'"
                            " AND NOT attisdropped),"
                            " to_regclass('workflow.alerts') IS NOT NULL,"
                            " coalesce(has_table_privilege(to_regclass('workflow.action_effects'), 'SELECT')"
                            " AND has_table_privilege(to_regclass('workflow.action_effects'), 'INSERT'), false)";

/* The server's last answer, kept with the database. */
struct cache {
    pthread_mutex_t lock; /* a leaf: nothing is called while it is held */
    struct erp_features features;
    int64_t read_us; /* 0: never */
};

static void *make_cache(void)
{
    struct cache *cache = calloc(1, sizeof(*cache));
    if (cache != NULL)
        (void)pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

static void free_cache(void *data)
{
    struct cache *cache = data;
    (void)pthread_mutex_destroy(&cache->lock);
    free(cache);
}

/* False: the cache has no recent answer. */
static bool cache_get(struct cache *cache, struct erp_features *features)
{
    (void)pthread_mutex_lock(&cache->lock);
    bool fresh = cache->read_us != 0 && clock_monotonic_us() - cache->read_us < MAX_AGE_US;
    *features = cache->features;
    (void)pthread_mutex_unlock(&cache->lock);
    return fresh;
}

/* True: the answer is the first one, or it differs from the previous one. */
static bool cache_put(struct cache *cache, const struct erp_features *features)
{
    (void)pthread_mutex_lock(&cache->lock);
    const struct erp_features *before = &cache->features;
    bool changed = cache->read_us == 0 || before->alerts != features->alerts ||
                   before->approval_requests != features->approval_requests ||
                   before->cascade_outbox != features->cascade_outbox ||
                   before->alert_action_url != features->alert_action_url ||
                   before->action_effects != features->action_effects;
    cache->features = *features;
    cache->read_us = clock_monotonic_us();
    (void)pthread_mutex_unlock(&cache->lock);
    return changed;
}

static void log_features(const struct database *database, const struct erp_features *features)
{
    if (!features->alerts)
        log_line(LOG_WARN, "The database has no table workflow.alerts",
                 LOG_STRING("database", database_name(database)));
    if (!features->action_effects)
        log_line(LOG_WARN, "Effects are not recorded and may be repeated: run workflow-worker migrate",
                 LOG_STRING("table", "workflow.action_effects"));
    log_line(LOG_INFO, "Optional tables and columns of the database",
             LOG_BOOLEAN("approval_requests", features->approval_requests),
             LOG_BOOLEAN("cascade_outbox", features->cascade_outbox),
             LOG_BOOLEAN("alerts_action_url", features->alert_action_url),
             LOG_BOOLEAN("action_effects", features->action_effects));
}

enum database_outcome erp_features_read(struct database_session *session, struct arena *arena,
                                        struct erp_features *features, struct database_fault *fault)
{
    struct database *database = database_of(session);
    struct cache *cache = database_client_data(database, make_cache, free_cache);
    if (cache == NULL)
        return database_fault_budget(fault);
    if (cache_get(cache, features))
        return DATABASE_OK;
    struct database_rows rows;
    enum database_outcome outcome = database_execute(session, arena, TEXT(query), NULL, 0, &rows, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    *features = (struct erp_features){.approval_requests = text_is(rows.cells[0], "t"),
                                      .cascade_outbox = text_is(rows.cells[1], "t"),
                                      .alert_action_url = text_is(rows.cells[2], "t"),
                                      .alerts = text_is(rows.cells[3], "t"),
                                      .action_effects = text_is(rows.cells[4], "t")};
    if (cache_put(cache, features))
        log_features(database, features);
    return DATABASE_OK;
}

struct question {
    struct arena *arena;
    struct erp_features *features;
};

static enum database_outcome ask(struct database_session *session, void *userdata, struct database_fault *fault)
{
    const struct question *question = userdata;
    return erp_features_read(session, question->arena, question->features, fault);
}

enum database_outcome erp_features_ask(struct database *database, struct arena *arena, const struct database_wait *wait,
                                       struct erp_features *features, struct database_fault *fault)
{
    struct question question = {.arena = arena, .features = features};
    return database_transact(database, arena, wait, ask, &question, fault);
}

void erp_features_forget(struct database *database)
{
    struct cache *cache = database_client_data(database, make_cache, free_cache);
    if (cache == NULL)
        return;
    (void)pthread_mutex_lock(&cache->lock);
    cache->read_us = 0;
    (void)pthread_mutex_unlock(&cache->lock);
}

enum status erp_health(struct database *database, int64_t timeout_ms, struct error *error)
{
    enum status status = database_ping(database, timeout_ms, error);
    struct arena *arena = status == STATUS_OK ? arena_new(KIB(64), 0) : NULL;
    if (arena == NULL)
        return status;
    struct database_fault fault = {.arena = arena};
    const struct database_wait wait = {.limit.deadline_us = clock_monotonic_us() + timeout_ms * 1000};
    struct erp_features features;
    if (erp_features_ask(database, arena, &wait, &features, &fault) != DATABASE_OK)
        log_line(LOG_WARN, "Failed to read which optional tables the database has",
                 LOG_FAILURE("error", database_fault_failure(&fault)));
    arena_free(arena);
    return status;
}
