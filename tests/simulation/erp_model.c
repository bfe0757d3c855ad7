/* The tables, their statements, and the actions. */
#include "tests/simulation/erp_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "erp/action_database.h"
#include "erp/effect_ledger.h"
#include "postgres/sql.h"
#include "tests/simulation/database_model.h"
#include "tests/simulation/fake_database.h"
#include "tests/simulation/guard.h"

#define EXECUTIONS_MAX 16

struct services {
    struct database *database;
};

bool erp_has_ledger;
static struct execution *executions[EXECUTIONS_MAX];
static size_t execution_count;
static int64_t next_turn_us; /* of the sweep */
static uint64_t attempts;    /* of effects: each writes a result of its own */

void erp_begin(void)
{
    memset(executions, 0, sizeof executions);
    execution_count = 0;
    attempts = 0;
    next_turn_us = 0;
    erp_has_ledger = !sim_chance(8);
}

const struct services *erp_services(struct database *database)
{
    struct services *services = SIM_NEW(struct services);
    services->database = database;
    return services;
}

static uint64_t number_of(const struct uuid *uuid)
{
    uint64_t number = 0;
    for (size_t i = 10; i < 16; i++)
        number = number << 8 | uuid->bytes[i];
    return number;
}

/* ---- rules ---- */

static const char *const activity_names[] = {"test_activity", "test_async", "test_human", "test_store"};

static void find_downstream(struct execution *execution)
{
    const struct plan *plan = &execution->plan;
    for (uint32_t i = plan->action_count; i-- > 0;)
        for (uint32_t k = 0; k < plan->edge_count; k++)
            if (plan->edges[k].source == i)
                execution->downstream[i] |=
                    UINT64_C(1) << plan->edges[k].target | execution->downstream[plan->edges[k].target];
}

static void replace(struct text text, const char *old, const char *new)
{
    char *at;
    while ((at = strstr((char *)(uintptr_t)text.data, old)) != NULL)
        memcpy(at, new, strlen(new));
}

struct execution *execution_start(unsigned number)
{
    static const char *const delays[] = {"0m01s", "0m20s", "1m30s", "0m00s", "8m00s"};
    struct execution *execution = SIM_NEW(struct execution);
    SIM_CHECK(number < EXECUTIONS_MAX, "too many executions");
    executions[number] = execution;
    execution_count = execution_count > number ? execution_count : number + 1;
    execution->number = number;
    plan_make(&execution->plan, random_next(&sim.random));
    for (uint32_t i = 0; i < execution->plan.action_count; i++) {
        struct plan_action *action = &execution->plan.actions[i];
        if (action->type == PLAN_ASK || action->type == PLAN_WAIT)
            action->type = PLAN_ACTIVITY; /* nobody here answers one by one, or sends signals */
        if (action->type == PLAN_ACTIVITY || action->type == PLAN_UNKNOWN)
            action->type_name = activity_names[sim_chance(40) ? 0 : 1 + sim_below(3)];
    }
    find_downstream(execution);
    struct text input = plan_input(&execution->plan, sim.arena);
    char id[37];
    (void)snprintf(id, sizeof id, "22222222-2222-4222-8222-%012x", number);
    replace(input, "22222222-2222-4222-8222-222222222222", id);
    const char *delay = delays[sim_chance(5) ? 4 : sim_below(3)];
    replace(input, "1h30m", delay);
    execution->first = server_start(sim_print("rule-%u", number), input, execution);
    return execution;
}

struct run *execution_newest(const struct execution *execution)
{
    struct run *run = execution->first;
    while (run->next != NULL)
        run = run->next;
    return run;
}

/* ---- actions ---- */

/* number: of the attempt. */
static struct text result_of(const struct plan_action *planned, uint32_t action, uint64_t number)
{
    struct text output = planned->output != NULL ? sim_print(",\"output\":\"%s\"", planned->output) : TEXT("");
    struct text branch = planned->branch != NULL ? sim_print(",\"branch_taken\":\"%s\"", planned->branch) : TEXT("");
    return sim_print("{\"value\":%u,\"attempt\":%u%.*s%.*s}", action * 7, (unsigned)number, TEXT_ARG(output),
                     TEXT_ARG(branch));
}

static void answer(void *userdata);

struct request {
    struct execution *execution;
    uint32_t action;
};

/* Somebody will look at it, sooner or later, or never. */
static void ask(struct execution *execution, uint32_t action)
{
    struct request *request = SIM_NEW(struct request);
    *request = (struct request){execution, action};
    if (execution->effects[action].answers > 30 || (sim.profile == PROFILE_ROUGH && sim_chance(5)))
        return;
    execution->effects[action].answers++;
    sim_after(NULL, sim_between(100 * MS, 120 * S), answer, request);
}

static void answer(void *userdata)
{
    const struct request *request = userdata;
    struct execution *execution = request->execution;
    uint32_t action = request->action;
    const struct plan_action *planned = &execution->plan.actions[action];
    struct text json = sim_print("{\"action_id\":\"%s\",\"action_name\":\"a%u\",\"result\":%.*s,\"success\":true}",
                                 plan_id(action, sim.arena).data, action, TEXT_ARG(result_of(planned, action, 0)));
    bool taken =
        execution->effects[action].token.data != NULL && server_complete(execution->effects[action].token, json);
    sim_note("somebody answers action %u of execution %u%s", action, execution->number, taken ? "" : ": nobody waits");
    if (!taken && !execution_newest(execution)->closed)
        ask(execution, action);
}

bool erp_is_human(const struct execution *execution, uint32_t action)
{
    const struct plan_action *planned = &execution->plan.actions[action];
    return strcmp(planned->type_name, "test_human") == 0 && !planned->fails;
}

/* What a handler is asked for. */
struct attempt {
    struct execution *execution;
    uint32_t action;
    const struct plan_action *planned;
    struct effect *effect;
};

static struct attempt attempt_of(const struct action_call *call)
{
    struct execution *execution = executions[number_of(&call->execution_id)];
    uint32_t action = (uint32_t)number_of(&call->action_id);
    return (struct attempt){execution, action, &execution->plan.actions[action], &execution->effects[action]};
}

/* What begins too late makes the workflow task too long. */
static void check_time(const struct action_call *call)
{
    SIM_CHECK(!call->local || sim.now_us < call->limit.deadline_us, "an action begins in a task whose time is up");
}

/* Of actions whose effects are not in the database. */
static enum action_outcome perform_outside(struct action_call *call, const struct attempt *attempt,
                                           struct json_value *result)
{
    struct error error = ERROR_IN(call->arena);
    *(call->local ? &attempt->effect->local : &attempt->effect->activity) += 1;
    sim_note("action %u of execution %u is done%s, attempt %u", attempt->action, attempt->execution->number,
             call->local ? " in the task" : "", call->attempt);
    if (!call->last_attempt && attempt->planned->type != PLAN_PURE && sim.profile == PROFILE_ROUGH && sim_chance(2))
        return action_retry(call, "nobody knows");
    if (attempt->planned->fails)
        return action_refuse(call, "as planned");
    if (json_read(call->arena, result_of(attempt->planned, attempt->action, 0), result, &error) != STATUS_OK)
        sim_fail("a result does not read");
    return ACTION_OUTCOME_DONE;
}

static enum action_outcome perform_pure(struct action_call *call, const struct services *services,
                                        const struct json_value *config, struct json_value *result)
{
    (void)services;
    (void)config;
    const struct attempt attempt = attempt_of(call);
    check_time(call);
    return perform_outside(call, &attempt, result);
}

static enum action_outcome perform_external(struct action_call *call, const struct services *services,
                                            const struct json_value *config, struct json_value *result)
{
    (void)services;
    (void)config;
    const struct attempt attempt = attempt_of(call);
    check_time(call);
    if (action_canceled(call))
        return action_retry(call, "canceled");
    if (call->limit.deadline_us != 0 && sim.now_us >= call->limit.deadline_us)
        return action_retry(call, "too late");
    if (!call->last_attempt && sim.profile == PROFILE_ROUGH && sim_chance(20))
        return action_retry(call, "not yet");
    return perform_outside(call, &attempt, result);
}

/* ---- actions that write to the database ---- */

static const char update_entity[] = "UPDATE model.entities SET action = $2 WHERE id = $1";
static const char insert_journal[] = "INSERT INTO model.journal (execution, action, is_local) VALUES ($1, $2, $3)";
static const char insert_request[] = "INSERT INTO model.requests (execution, action, token) VALUES ($1, $2, $3)"
                                     " ON CONFLICT DO UPDATE SET token = EXCLUDED.token";

static enum database_outcome write_rows(const struct action_call *call, const struct attempt *attempt,
                                        struct database_session *session, struct database_fault *fault)
{
    struct arena *arena = call->arena;
    /* The second row is that of all executions. In two orders, so that two transactions can wait for each other. */
    const int64_t ids[] = {attempt->execution->number, EXECUTIONS_MAX};
    size_t rows = attempt->action % 3 < 2 ? 2 : 1, first = attempt->action % 2;
    enum database_outcome outcome = DATABASE_OK;
    for (size_t i = 0; i < rows && outcome == DATABASE_OK; i++) {
        const struct database_parameter row[] = {
            sql_integer(arena, ids[rows == 2 ? (i + first) % 2 : 0]),
            sql_integer(arena, attempt->action),
        };
        struct database_rows updated;
        outcome = database_execute(session, arena, TEXT(update_entity), row, 2, &updated, fault);
        if (sim_chance(30))
            fiber_sleep(sim.profile == PROFILE_ROUGH && sim_chance(20) ? sim_between(MS, 15 * S) : sim_between(0, MS));
    }
    const struct database_parameter line[] = {
        sql_integer(arena, attempt->execution->number),
        sql_integer(arena, attempt->action),
        sql_integer(arena, call->local),
    };
    return outcome == DATABASE_OK ? database_queue(session, TEXT(insert_journal), line, 3, fault) : outcome;
}

static enum database_outcome write_request(const struct action_call *call, const struct attempt *attempt,
                                           struct database_session *session, struct database_fault *fault)
{
    const struct database_parameter row[] = {
        sql_integer(call->arena, attempt->execution->number),
        sql_integer(call->arena, attempt->action),
        sql_text(call->task_token),
    };
    struct database_rows rows;
    return database_execute(session, call->arena, TEXT(insert_request), row, 3, &rows, fault);
}

static enum action_outcome write_effect(struct action_call *call, struct database_session *session,
                                        const void *userdata, struct json_value *result)
{
    const struct attempt *attempt = userdata;
    struct database_fault fault = {.arena = call->arena};
    struct error error = ERROR_IN(call->arena);
    bool asks = erp_is_human(attempt->execution, attempt->action);
    enum database_outcome outcome =
        asks ? write_request(call, attempt, session, &fault) : write_rows(call, attempt, session, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "write", &fault);
    if (!call->last_attempt && sim.profile == PROFILE_ROUGH && sim_chance(4))
        return action_retry(call, "not with these rows");
    if (attempt->planned->fails)
        return action_refuse(call, "as planned");
    if (asks)
        return ACTION_OUTCOME_PENDING;
    if (json_read(call->arena, result_of(attempt->planned, attempt->action, ++attempts), result, &error) != STATUS_OK)
        sim_fail("a result does not read");
    return ACTION_OUTCOME_DONE;
}

/* The effect is in the database, once, and everybody is given the same result. */
static void check_done(const struct action_call *call, const struct attempt *attempt, const struct json_value *result)
{
    const struct effect *effect = attempt->effect;
    struct text text = json_to_text(call->arena, result);
    SIM_CHECK(effect->committed > 0, "action %u of execution %u is done, and its effect is not in the database",
              attempt->action, attempt->execution->number);
    SIM_CHECK(!erp_has_ledger || text_equal(text, effect->result),
              "action %u of execution %u returns %.*s, and %.*s is stored", attempt->action, attempt->execution->number,
              TEXT_ARG(text), TEXT_ARG(effect->result));
}

static enum action_outcome perform(struct action_call *call, const struct services *services,
                                   const struct json_value *config, struct json_value *result)
{
    (void)config;
    const struct attempt attempt = attempt_of(call);
    check_time(call);
    if (call->local && attempt.planned->hands_over && attempt.effect->tries++ == 0)
        return action_retry(call, "not now");
    if (!call->local && !call->last_attempt && sim.profile == PROFILE_ROUGH && sim_chance(15))
        return action_retry(call, "not yet");
    enum action_outcome outcome = effect_ledger_perform(call, services->database, write_effect, &attempt, result);
    sim_note("action %u of execution %u%s, attempt %u: outcome %d%s %.*s", attempt.action, attempt.execution->number,
             call->local ? " in the task" : "", call->attempt, (int)outcome, call->stored_result ? ", stored" : "",
             TEXT_ARG(call->failure));
    if (outcome == ACTION_OUTCOME_DONE)
        check_done(call, &attempt, result);
    return outcome;
}

static const struct action_reference references[] = {{"text", REFERENCE_TEMPLATE}};

#define TYPE(name_, effects_, dispatch_, mode_, close_ms, perform_)                                                    \
    {                                                                                                                  \
        .name = (name_), .mode = (mode_), .effects = (effects_), .dispatch = (dispatch_), .idempotent = true,          \
        .references = references, .reference_count = 1,                                                                \
        .timing = {.start_to_close_ms = (close_ms),                                                                    \
                   .retry_initial_ms = 1000,                                                                           \
                   .retry_maximum_ms = 60000,                                                                          \
                   .retry_coefficient = 2.0,                                                                           \
                   .retry_attempts = 3},                                                                               \
        .perform = (perform_),                                                                                         \
    }
static const struct action_type types[] = {
    TYPE("test_activity", EFFECTS_EXTERNAL, DISPATCH_ACTIVITY, ACTION_MODE_SYNC, 300000, perform_external),
    TYPE("test_async", EFFECTS_EXTERNAL, DISPATCH_ACTIVITY, ACTION_MODE_ASYNC, 1800000, perform_external),
    TYPE("test_human", EFFECTS_WRITE, DISPATCH_ACTIVITY, ACTION_MODE_HUMAN, 5400000, perform),
    TYPE("test_pure", EFFECTS_PURE, DISPATCH_LOCAL, ACTION_MODE_SYNC, 300000, perform_pure),
    TYPE("test_store", EFFECTS_WRITE, DISPATCH_ACTIVITY, ACTION_MODE_SYNC, 300000, perform),
    TYPE("test_write", EFFECTS_WRITE, DISPATCH_LOCAL, ACTION_MODE_SYNC, 300000, perform),
};
const struct action_catalog simulation_catalog = {types, sizeof types / sizeof *types};

bool erp_is_stored(const struct execution *execution, uint32_t action)
{
    const struct action_type *type =
        action_catalog_find(&simulation_catalog, text_from(execution->plan.actions[action].type_name));
    return type != NULL && type->effects == EFFECTS_WRITE;
}

/* ---- what workers write besides ---- */

enum status erp_ping(void *userdata, struct error *error)
{
    (void)userdata;
    return database_ping(sim.current->database, 5000, error);
}

enum status erp_execution_changed(void *userdata, const struct execution_change *change, struct arena *arena,
                                  struct error *error)
{
    (void)userdata;
    return execution_mark(sim.current->database, change, arena, error);
}

enum status erp_approvals_ended(void *userdata, const struct approval_end *end, struct arena *arena,
                                struct error *error)
{
    (void)userdata;
    return approval_requests_end(sim.current->database, end, arena, error);
}

/* The sweep of requests that wait. Its statements are not modelled, only what they do. */
static enum status visit(struct error *error)
{
    fiber_sleep(sim_between(50, 5 * MS));
    return fake_database_is_away() ? error_set(error, STATUS_UNAVAILABLE, TEXT_NONE, "the database is unavailable")
                                   : STATUS_OK;
}

enum status erp_approvals_take_turn(void *userdata, int64_t period_ms, struct arena *arena, bool *taken,
                                    struct error *error)
{
    (void)userdata;
    (void)arena;
    enum status status = visit(error);
    *taken = status == STATUS_OK && sim.now_us >= next_turn_us;
    if (*taken)
        next_turn_us = sim.now_us + period_ms * MS;
    return status;
}

enum status erp_approvals_read(void *userdata, struct text after, struct arena *arena, struct approval_page *page,
                               struct error *error)
{
    (void)userdata;
    (void)after;
    *page = (struct approval_page){.requests = ARENA_ARRAY(arena, EXECUTIONS_MAX * 64, struct approval_pending)};
    enum status status = visit(error);
    for (unsigned i = 0; status == STATUS_OK && i < execution_count; i++)
        for (uint32_t k = 0; executions[i] != NULL && k < executions[i]->plan.action_count; k++)
            if (executions[i]->effects[k].token.data != NULL)
                page->requests[page->count++] = (struct approval_pending){
                    .id = sim_print("%u %u", i, k),
                    .written_token = executions[i]->effects[k].token,
                    .token = executions[i]->effects[k].token,
                };
    return status;
}

enum status erp_approvals_expire(void *userdata, const struct approval_pending *requests, size_t count,
                                 struct arena *arena, int64_t *changed, struct error *error)
{
    (void)userdata;
    (void)arena;
    *changed = 0;
    enum status status = visit(error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        unsigned execution, action;
        SIM_CHECK(sscanf(requests[i].id.data, "%u %u", &execution, &action) == 2, "a request with a strange id");
        struct effect *effect = &executions[execution]->effects[action];
        if (!text_equal(effect->token, requests[i].written_token))
            continue;
        SIM_CHECK(!server_waits(effect->token), "a request of execution %u expires while its activity waits",
                  execution);
        effect->token = TEXT_NONE;
        ++*changed;
    }
    return status;
}

/* ---- statements ---- */

enum { LOCK_ENTITIES = 0, LOCK_STATUS = 32, LOCK_REQUESTS = 64, LOCK_KEYS = LOCK_REQUESTS + EXECUTIONS_MAX * 64 };

/* What a transaction has written, until it commits. */
struct row {
    struct session *session;
    struct execution *execution;
    uint32_t action;
    bool is_local;
    enum execution_status status;
    struct uuid key;
    struct text text;
};

static struct uuid uuid_in(struct text value)
{
    struct uuid uuid;
    if (value.size == sizeof uuid.bytes)
        memcpy(uuid.bytes, value.data, sizeof uuid.bytes);
    else if (!uuid_parse(value, &uuid))
        sim_fail("a statement has no uuid but %.*s", TEXT_ARG(value));
    return uuid;
}

static int64_t integer_in(struct text value)
{
    int64_t integer;
    SIM_CHECK(text_to_int64(value, &integer), "a statement has no integer but %.*s", TEXT_ARG(value));
    return integer;
}

static struct row *row_new(struct session *session, int64_t execution, int64_t action)
{
    struct row *row = SIM_NEW(struct row);
    *row = (struct row){.session = session, .execution = executions[execution], .action = (uint32_t)action};
    return row;
}

/* False: the statement waits. */
static bool lock(struct session *session, int64_t number, struct model_answer *answer)
{
    switch (model_lock(session, (unsigned)number)) {
    case LOCK_TAKEN: return true;
    case LOCK_WAITS: return false;
    case LOCK_DEADLOCK: answer->sqlstate = "40P01"; break;
    }
    sim_note("the database finds a deadlock");
    return true;
}

static bool execute_update_entity(struct session *session, const struct text *values, struct model_answer *answer)
{
    answer->affected = 1;
    return lock(session, LOCK_ENTITIES + integer_in(values[0]), answer);
}

/* Where effects come into being. */
static void journal_written(void *userdata)
{
    const struct row *row = userdata;
    struct execution *execution = row->execution;
    struct effect *effect = &execution->effects[row->action];
    effect->committed++;
    *(row->is_local ? &effect->local : &effect->activity) += 1;
    sim_note("the effect of action %u of execution %u is in the database", row->action, execution->number);
    if (!erp_has_ledger)
        return;
    SIM_CHECK(effect->committed == 1, "the effect of action %u of execution %u is repeated", row->action,
              execution->number);
    for (uint32_t i = row->action + 1; i < execution->plan.action_count; i++)
        SIM_CHECK((execution->downstream[row->action] >> i & 1) == 0 || execution->effects[i].committed == 0,
                  "the effect of action %u of execution %u comes after that of action %u", row->action,
                  execution->number, i);
}

static bool execute_insert_journal(struct session *session, const struct text *values, struct model_answer *answer)
{
    struct row *row = row_new(session, integer_in(values[0]), integer_in(values[1]));
    row->is_local = integer_in(values[2]) != 0;
    answer->affected = 1;
    model_on_commit(session, journal_written, row);
    return true;
}

static void request_written(void *userdata)
{
    const struct row *row = userdata;
    struct effect *effect = &row->execution->effects[row->action];
    bool is_new = effect->committed++ == 0;
    effect->activity++;
    effect->token = row->text;
    guard_swept(row->text);
    sim_note("somebody is asked for action %u of execution %u", row->action, row->execution->number);
    if (is_new)
        ask(row->execution, row->action);
}

static bool execute_insert_request(struct session *session, const struct text *values, struct model_answer *answer)
{
    struct row *row = row_new(session, integer_in(values[0]), integer_in(values[1]));
    if (!lock(session, LOCK_REQUESTS + row->execution->number * 64 + row->action, answer))
        return false;
    row->text = values[2];
    answer->affected = 1;
    if (answer->sqlstate == NULL)
        model_on_commit(session, request_written, row);
    return true;
}

static bool execute_features(struct session *session, const struct text *values, struct model_answer *answer)
{
    (void)session;
    (void)values;
    answer->row_count = 1;
    answer->column_count = 5;
    for (size_t i = 0; i < answer->column_count; i++)
        answer->cells[i] = i < 4 || erp_has_ledger ? TEXT("t") : TEXT("f");
    return true;
}

static bool execute_find_effect(struct session *session, const struct text *values, struct model_answer *answer)
{
    (void)session;
    struct uuid key = uuid_in(values[0]);
    answer->column_count = 1;
    for (size_t i = 0; i < execution_count; i++) {
        const struct execution *execution = executions[i];
        for (uint32_t k = 0; execution != NULL && k < execution->plan.action_count; k++) {
            if (execution->effects[k].result.data == NULL || !uuid_equal(execution->effects[k].key, key))
                continue;
            answer->row_count = 1;
            answer->cells[0] = execution->effects[k].result;
        }
    }
    return true;
}

static void effect_recorded(void *userdata)
{
    const struct row *row = userdata;
    struct effect *effect = &row->execution->effects[row->action];
    effect->key = row->key;
    effect->result = row->text;
    effect->attempt = strtoull(strstr(row->text.data, "\"attempt\":") + 10, NULL, 10);
}

/* The key is unique: it is locked as a row. */
static bool execute_insert_effect(struct session *session, const struct text *values, struct model_answer *answer)
{
    struct uuid execution = uuid_in(values[1]), action = uuid_in(values[2]);
    struct row *row = row_new(session, (int64_t)number_of(&execution), (int64_t)number_of(&action));
    row->key = uuid_in(values[0]);
    row->text = values[4];
    SIM_CHECK(erp_has_ledger, "an effect is recorded in a table that is missing");
    if (!lock(session, LOCK_KEYS + row->execution->number * 64 + row->action, answer))
        return false;
    if (answer->sqlstate != NULL)
        return true;
    if (row->execution->effects[row->action].result.data == NULL) {
        model_on_commit(session, effect_recorded, row);
    } else {
        sim_note("the database refuses a second effect of action %u", row->action);
        answer->sqlstate = "23505";
    }
    answer->affected = 1;
    return true;
}

static void status_written(void *userdata)
{
    const struct row *row = userdata;
    struct execution *execution = row->execution;
    execution->status_known = true;
    execution->status = row->status;
    execution->status_by = row->session->process;
    sim_note("execution %u is %s in the database", execution->number, execution_status_name(row->status));
}

static bool write_status(struct session *session, const struct text *values, bool unless_set,
                         struct model_answer *answer)
{
    struct uuid id = uuid_in(values[0]);
    struct row *row = row_new(session, (int64_t)number_of(&id), 0);
    if (!lock(session, LOCK_STATUS + row->execution->number, answer))
        return false;
    if (answer->sqlstate != NULL || (unless_set && row->execution->status_known))
        return true;
    while (!text_is(values[1], execution_status_name(row->status)))
        row->status++;
    answer->affected = 1;
    model_on_commit(session, status_written, row);
    return true;
}

static bool execute_set_status(struct session *session, const struct text *values, struct model_answer *answer)
{
    return write_status(session, values, false, answer);
}

static bool execute_start_status(struct session *session, const struct text *values, struct model_answer *answer)
{
    return write_status(session, values, true, answer);
}

static bool execute_ask_writable(struct session *session, const struct text *values, struct model_answer *answer)
{
    (void)session;
    (void)values;
    answer->row_count = 1;
    answer->column_count = 2;
    answer->cells[0] = TEXT("off");
    answer->cells[1] = TEXT("f");
    return true;
}

static bool execute_nothing(struct session *session, const struct text *values, struct model_answer *answer)
{
    (void)session;
    (void)values;
    (void)answer;
    return true;
}

/* The first whose text the statement begins with. */
static const struct {
    const char *begin;
    bool (*execute)(struct session *session, const struct text *values, struct model_answer *answer);
} statements[] = {
    {update_entity, execute_update_entity},
    {insert_journal, execute_insert_journal},
    {insert_request, execute_insert_request},
    {"SELECT to_regclass('workflow.approval_requests')", execute_features},
    {"SELECT result FROM workflow.action_effects WHERE key = $1", execute_find_effect},
    {"INSERT INTO workflow.action_effects (key, execution_id, action_id, action_type, result)", execute_insert_effect},
    {"UPDATE workflow.automation_executions SET status = $2, error_message = $3 WHERE id = $1 AND status NOT IN",
     execute_start_status},
    {"UPDATE workflow.automation_executions SET status = $2, error_message = $3 WHERE id = $1", execute_set_status},
    {"UPDATE workflow.approval_requests SET status = $2", execute_nothing},
    {"SELECT current_setting('transaction_read_only')", execute_ask_writable},
};

bool erp_statement(struct session *session, const struct model_command *command, struct model_answer *answer)
{
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        if (text_starts(command->text, text_from(statements[i].begin)))
            return statements[i].execute(session, command->values, answer);
    sim_fail("the model does not know this statement: %.*s", TEXT_ARG(command->text));
}
