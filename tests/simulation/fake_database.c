/* Connections of a simulation, in place of src/postgres/database_connection.c, database_pipeline.c and libpq: commands
   travel to the model of PostgreSQL and meet the faults of a network. Sessions, transactions, the pool and what errors
   mean are the real ones. */
#include "tests/simulation/fake_database.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "postgres/database_internal.h"
#include "tests/simulation/database_model.h"

#define LATENCY_MAX_US (MS / 2)
#define SLICE_US       (100 * MS) /* how long a cancel may go unnoticed */

struct pg_conn {
    struct session *session;
    bool in_block, failed; /* as the server has said */
};

struct pg_result {
    const char *sqlstate;
    bool fatal;
};

static unsigned faults_left, fault_percent;
static int64_t away_until_us, group_until_us;

bool __wrap_lease_wait(struct lease_set *set, const struct wait_limit *limit, struct lease_item **item);
void __wrap_clock_sleep_us(int64_t microseconds);

void fake_database_begin(void)
{
    bool rough = sim.profile == PROFILE_ROUGH;
    faults_left = rough ? sim_below(40) : 0;
    fault_percent = 1 + sim_below(sim_chance(50) ? 3 : 30);
    away_until_us = group_until_us = 0;
    model_begin();
}

void fake_database_away(int64_t until_us)
{
    away_until_us = until_us;
    model_restart();
}

bool fake_database_is_away(void)
{
    return sim.now_us < away_until_us;
}

void fake_database_calm(void)
{
    faults_left = 0;
}

/* They come in groups. */
static bool draw_fault(void)
{
    if (faults_left == 0 || !sim_chance(sim.now_us < group_until_us ? 40 : fault_percent))
        return false;
    faults_left--;
    group_until_us = sim.now_us + sim_between(0, 10 * S);
    return true;
}

struct database *fake_database_new(void)
{
    const struct database_options options = {
        .host = TEXT("database"),
        .user = TEXT("worker"),
        .name = TEXT("erp"),
        .connections = 1 + sim_below(sim_chance(20) ? 3 : 30),
        .statement_timeout_ms = sim_chance(50) ? 30000 : sim_between(3000, 20000),
    };
    struct database *database = database_new(&options);
    if (database == NULL)
        abort();
    return database;
}

/* ---- waiting ---- */

void __wrap_clock_sleep_us(int64_t microseconds)
{
    fiber_sleep(microseconds);
}

bool __wrap_lease_wait(struct lease_set *set, const struct wait_limit *limit, struct lease_item **item)
{
    while (!lease_try(set, item)) {
        if (wait_limit_is_over(limit))
            return false;
        fiber_sleep(sim_between(MS, 20 * MS));
    }
    return true;
}

static void wake(void *userdata)
{
    fiber_resume(userdata);
}

/* SOCKET_READY: it is answered. */
static enum socket_wait wait_for(struct model_request *request, const struct wait_limit *limit)
{
    while (!request->answered) {
        int64_t left_us = wait_limit_left_us(limit);
        if (left_us == 0)
            return SOCKET_LATE;
        if (wait_limit_is_canceled(limit))
            return SOCKET_CANCELED;
        if (limit->is_canceled != NULL && left_us > SLICE_US)
            left_us = SLICE_US;
        struct sim_event *late = sim_after(sim.current, left_us, wake, fiber_current());
        request->waiting = fiber_current();
        fiber_suspend();
        request->waiting = NULL;
        sim_cancel(late);
    }
    return SOCKET_READY;
}

/* ---- libpq ---- */

PGTransactionStatusType PQtransactionStatus(const PGconn *conn)
{
    if (conn->session->killed != NULL)
        return PQTRANS_UNKNOWN;
    return !conn->in_block ? PQTRANS_IDLE : conn->failed ? PQTRANS_INERROR : PQTRANS_INTRANS;
}

char *PQerrorMessage(const PGconn *conn)
{
    static char message[] = "server closed the connection unexpectedly";
    (void)conn;
    return message;
}

char *PQresultErrorField(const PGresult *result, int field)
{
    static char fatal[] = "FATAL", error[] = "ERROR", message[] = "as the seed has it", sqlstate[6];
    switch (field) {
    case PG_DIAG_SQLSTATE: return memcpy(sqlstate, result->sqlstate, sizeof sqlstate);
    case PG_DIAG_SEVERITY_NONLOCALIZED: return result->fatal ? fatal : error;
    default: return message;
    }
}

/* ---- connections ---- */

enum database_outcome database_connection_open(const struct database_settings *settings, const struct wait_limit *limit,
                                               struct database_connection **connection, struct database_fault *fault)
{
    int64_t took_us = sim_between(50, 3 * MS), left_us = wait_limit_left_us(limit);
    bool hangs = draw_fault() && sim_chance(30);
    fiber_sleep(hangs ? (left_us < 10 * S ? left_us : 10 * S) : took_us);
    if (hangs || wait_limit_is_over(limit))
        return database_fault_set(fault, DATABASE_UNAVAILABLE, NULL, "cannot connect: no answer in time");
    if (fake_database_is_away())
        return database_fault_set(fault, DATABASE_UNAVAILABLE, NULL, "cannot connect: connection refused");
    struct database_connection *made = calloc(1, sizeof *made);
    PGconn *conn = calloc(1, sizeof *conn);
    if (made == NULL || conn == NULL)
        abort();
    conn->session = model_connect(sim.current, settings->statement_timeout_us, settings->statement_timeout_us / 3);
    made->conn = conn;
    *connection = made;
    return DATABASE_OK;
}

void database_connection_close(struct database_connection *connection)
{
    if (connection == NULL)
        return;
    model_close(connection->conn->session, sim_between(20, LATENCY_MAX_US));
    free(connection->conn);
    free(connection);
}

bool database_connection_is_sound(const struct database_connection *connection)
{
    return !connection->broken && connection->conn->session->killed == NULL;
}

bool database_pipeline_is_alive(struct database_connection *connection)
{
    connection->broken = connection->broken || connection->conn->session->killed != NULL;
    return !connection->broken;
}

/* ---- pipelines ---- */

static struct text copy_value(const struct command *command, size_t i)
{
    const char *value = command->values[i];
    if (value == NULL)
        return TEXT_NONE;
    bool is_binary = command->formats != NULL && command->formats[i] == 1;
    return sim_copy((struct text){.data = value, .size = is_binary ? (size_t)command->sizes[i] : strlen(value)});
}

static struct model_request *make_request(const struct database_connection *connection, const struct command *commands)
{
    struct model_request *request = SIM_NEW(struct model_request);
    *request = (struct model_request){.session = connection->conn->session, .crash_at = SIZE_MAX};
    request->answer = SIM_NEW(struct model_answer);
    for (const struct command *command = commands; command != NULL; command = command->next)
        request->count++;
    request->commands = sim_memory(request->count * sizeof *request->commands);
    struct model_command *made = request->commands;
    for (const struct command *command = commands; command != NULL; command = command->next, made++) {
        struct text *values = sim_memory((command->count + 1) * sizeof *values);
        for (size_t i = 0; i < command->count; i++)
            values[i] = copy_value(command, i);
        *made = (struct model_command){.text = sim_copy(command->text), .values = values, .count = command->count};
    }
    return request;
}

static void reset(void *userdata)
{
    struct model_request *request = userdata;
    request->answered = request->unanswered = true;
    if (request->waiting != NULL)
        fiber_resume(request->waiting);
}

/* Sends it, unless the seed has another idea. */
static void send(struct model_request *request)
{
    static const char *const conflicts[] = {"40001", "40P01", "57014", "53300"};
    int64_t delay_us = sim_between(20, LATENCY_MAX_US);
    if (!draw_fault()) {
        model_send(request, delay_us);
        return;
    }
    switch (sim_below(6)) {
    case 0:
        sim_note("a request to the database is lost");
        (void)sim_after(sim.current, sim_between(20, MS), reset, request);
        break;
    case 1: /* the client sees it at once */
        request->unanswered = true;
        (void)sim_after(sim.current, sim_between(MS, 5 * MS), reset, request);
        model_send(request, delay_us);
        break;
    case 2: /* or by its limit */
        request->unanswered = true;
        model_send(request, delay_us);
        break;
    case 3:
        sim.current->late = true; /* what it sends arrives when others have gone on */
        model_send(request, sim_between(500 * MS, sim_chance(50) ? 4 * S : 30 * S));
        break;
    case 4:
        request->refuse_at = sim_below((uint32_t)request->count);
        request->refuse_with = conflicts[sim_below(4)];
        model_send(request, delay_us);
        break;
    default: request->crash_at = sim_below((uint32_t)request->count); model_send(request, delay_us);
    }
}

static enum database_outcome lost(struct database_connection *connection, bool commits, const char *why,
                                  struct database_fault *fault)
{
    connection->broken = true;
    return database_fault_set(fault, commits ? DATABASE_UNKNOWN : DATABASE_UNAVAILABLE, NULL, "%s", why);
}

static void copy_rows(const struct model_answer *answer, const struct command *commands)
{
    for (const struct command *command = commands; command != NULL; command = command->next) {
        if (command->rows == NULL)
            continue;
        size_t count = answer->row_count * answer->column_count;
        struct text *cells = ARENA_ARRAY(command->arena, MODEL_COLUMNS, struct text);
        for (size_t i = 0; i < count; i++)
            cells[i] = answer->cells[i].data != NULL ? arena_copy(command->arena, answer->cells[i]) : TEXT_NONE;
        *command->rows = (struct database_rows){.row_count = answer->row_count,
                                                .column_count = answer->column_count,
                                                .cells = cells,
                                                .columns = cells, /* nobody asks for their names */
                                                .affected = answer->affected};
    }
}

static enum database_outcome read_answer(struct database_connection *connection, const struct model_request *request,
                                         const struct pipeline *pipeline, bool commits)
{
    const struct model_answer *answer = request->answer;
    const struct pg_result result = {.sqlstate = answer->sqlstate, .fatal = request->fatal};
    connection->conn->in_block = request->in_block;
    connection->conn->failed = request->failed;
    if (answer->sqlstate != NULL)
        return database_fault_of_result(connection, &result, commits, pipeline->fault);
    if (answer->rolled_back)
        return database_fault_set(pipeline->fault, DATABASE_REFUSED, "25P02", "the transaction had failed");
    copy_rows(answer, pipeline->commands);
    return DATABASE_OK;
}

enum database_outcome database_pipeline_run(struct database_connection *connection, struct pipeline *pipeline)
{
    assert(pipeline->commands != NULL && pipeline->limit->deadline_us != 0 && !connection->broken);
    pipeline->may_send_again = false;
    if (wait_limit_is_over(pipeline->limit))
        return database_fault_set(pipeline->fault, DATABASE_UNAVAILABLE, NULL, "no time left");
    bool commits = false;
    for (const struct command *command = pipeline->commands; command != NULL; command = command->next)
        commits = commits || command->commits;
    struct model_request *request = make_request(connection, pipeline->commands);
    send(request);
    switch (wait_for(request, pipeline->limit)) {
    case SOCKET_LATE: return lost(connection, commits, "no answer in time", pipeline->fault);
    case SOCKET_CANCELED: return lost(connection, commits, "canceled", pipeline->fault);
    case SOCKET_READY: break;
    }
    if (request->unanswered)
        return lost(connection, commits, "connection lost", pipeline->fault);
    return read_answer(connection, request, pipeline, commits);
}
