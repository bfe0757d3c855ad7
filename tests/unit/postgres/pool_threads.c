/* Many threads on a small pool while its connections are cut. A plain program, because Criterion does not run under
   ThreadSanitizer, and that is what this one is for. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "postgres/database.h"

#define THREADS     8
#define CONNECTIONS 3
#define ROUNDS      40

#define CHECK(condition_, ...)                                                                                         \
    do {                                                                                                               \
        if (!(condition_)) {                                                                                           \
            (void)fprintf(stderr, __VA_ARGS__);                                                                        \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

struct shared {
    struct database *pool, *killer;
    atomic_int inside, most;
};

static struct text setting(const char *name)
{
    const char *value = getenv(name);
    CHECK(value != NULL, "%s is not set: run me by tests/handlers/with_postgres.py\n", name);
    return text_from(value);
}

static struct database *open_with(unsigned connections)
{
    struct database_options options = {.host = setting("ICHOR_DB_HOST"),
                                       .user = setting("ICHOR_DB_USER"),
                                       .password = setting("ICHOR_DB_PASSWORD"),
                                       .name = setting("ICHOR_DB_NAME"),
                                       .disable_tls = true,
                                       .connections = connections};
    return database_new(&options);
}

static void run(struct database *database, struct arena *arena, const char *sql)
{
    struct database_wait wait = {
        .limit.deadline_us = clock_monotonic_us() + 60000000, .retry = true, .idempotent = true};
    struct database_fault fault = {.arena = arena};
    CHECK(database_run(database, arena, &wait, text_from(sql), NULL, 0, NULL, &fault) == DATABASE_OK, "%.*s\nin %s\n",
          TEXT_ARG(fault.message), sql);
}

static enum database_outcome insert(struct database_session *session, void *userdata, struct database_fault *fault)
{
    struct shared *shared = userdata;
    int inside = atomic_fetch_add(&shared->inside, 1) + 1, most = atomic_load(&shared->most);
    while (inside > most && !atomic_compare_exchange_weak(&shared->most, &most, inside))
        continue;
    enum database_outcome outcome =
        database_execute(session, fault->arena, TEXT("INSERT INTO effect VALUES (1)"), NULL, 0, NULL, fault);
    (void)atomic_fetch_sub(&shared->inside, 1);
    return outcome;
}

static void cut_one(struct shared *shared, struct arena *arena)
{
    run(shared->killer, arena,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'workflow-worker' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1");
}

static void *work(void *argument)
{
    struct shared *shared = argument;
    struct arena *arena = arena_new(MIB(1), 0);
    for (int i = 0; i < ROUNDS; i++) {
        struct database_wait wait = {
            .limit.deadline_us = clock_monotonic_us() + 60000000, .retry = true, .idempotent = true};
        struct database_fault fault = {.arena = arena};
        CHECK(database_transact(shared->pool, arena, &wait, insert, shared, &fault) == DATABASE_OK, "%.*s\n",
              TEXT_ARG(fault.message));
        run(shared->pool, arena, "SELECT 1");
        if (i % 10 == 0)
            cut_one(shared, arena);
        arena_reset(arena);
    }
    arena_free(arena);
    return NULL;
}

int main(void)
{
    struct shared shared = {.pool = open_with(CONNECTIONS), .killer = open_with(1)};
    struct arena *arena = arena_new(MIB(1), 0);
    run(shared.killer, arena, "DROP TABLE IF EXISTS effect");
    run(shared.killer, arena, "CREATE TABLE effect (n int)");
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, &shared) == 0, "no thread\n");
    for (size_t i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    CHECK(atomic_load(&shared.most) <= CONNECTIONS, "%d at once\n", atomic_load(&shared.most));
    /* A commit whose connection is lost may be repeated (the statement is not idempotent here), never lost. */
    run(shared.killer, arena, "SELECT 1 / (count(*) >= 320)::int FROM effect");
    arena_free(arena);
    database_free(shared.pool);
    database_free(shared.killer);
    return 0;
}
