/* Effects, and who judges them. A ledger of effects will make `local` and `activity` exactly one; until then a task or
   attempt that is lost may repeat them. */
#include "tests/simulation/erp_model.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "temporal_api_enums.h"

#define EXECUTIONS_MAX 16

int64_t erp_away_until_us;
static struct execution *executions[EXECUTIONS_MAX];
static size_t execution_count;

void erp_begin(void)
{
    erp_away_until_us = 0;
    execution_count = 0;
}

static bool is_away(void)
{
    return sim.now_us < erp_away_until_us;
}

static uint64_t number_of(const struct uuid *uuid)
{
    uint64_t number = 0;
    for (size_t i = 10; i < 16; i++)
        number = number << 8 | uuid->bytes[i];
    return number;
}

/* ---- rules ---- */

static const char *const activity_names[] = {"test_activity", "test_async", "test_human"};

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
    execution_count = number + 1;
    execution->number = number;
    plan_make(&execution->plan, random_next(&sim.random));
    for (uint32_t i = 0; i < execution->plan.action_count; i++) {
        struct plan_action *action = &execution->plan.actions[i];
        if (action->type == PLAN_ACTIVITY || action->type == PLAN_UNKNOWN)
            action->type_name = activity_names[sim_chance(60) ? 0 : 1 + sim_below(2)];
    }
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

static struct text result_of(const struct plan_action *planned, uint32_t action)
{
    struct text output = planned->output != NULL ? sim_print(",\"output\":\"%s\"", planned->output) : TEXT("");
    struct text branch = planned->branch != NULL ? sim_print(",\"branch_taken\":\"%s\"", planned->branch) : TEXT("");
    return sim_print("{\"value\":%u%.*s%.*s}", action * 7, TEXT_ARG(output), TEXT_ARG(branch));
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
                                 plan_id(action, sim.arena).data, action, TEXT_ARG(result_of(planned, action)));
    bool taken = server_complete(execution->effects[action].token, json);
    sim_note("somebody answers action %u of execution %u%s", action, execution->number, taken ? "" : ": nobody waits");
    if (!taken && !execution_newest(execution)->closed)
        ask(execution, action);
}

static void note_effect(struct execution *execution, uint32_t action, const struct action_call *call)
{
    struct effect *effect = &execution->effects[action];
    *(call->local ? &effect->local : &effect->activity) += 1;
    sim_note("action %u of execution %u is done%s, attempt %u", action, execution->number,
             call->local ? " in the task" : "", call->attempt);
}

static enum action_outcome end_as_planned(struct action_call *call, const struct plan_action *planned, uint32_t action,
                                          struct json_value *result)
{
    struct error error = ERROR_IN(call->arena);
    if (planned->fails)
        return action_refuse(call, "as planned");
    if (json_read(call->arena, result_of(planned, action), result, &error) != STATUS_OK)
        sim_fail("a result does not read");
    return ACTION_OUTCOME_DONE;
}

/* What begins too late makes the workflow task too long. */
static void check_time(const struct action_call *call)
{
    SIM_CHECK(!call->local || sim.now_us < call->limit.deadline_us, "an action begins in a task whose time is up");
}

static enum action_outcome perform_pure(struct action_call *call, const struct services *services,
                                        const struct json_value *config, struct json_value *result)
{
    (void)services;
    (void)config;
    struct execution *execution = executions[number_of(&call->execution_id)];
    uint32_t action = (uint32_t)number_of(&call->action_id);
    check_time(call);
    note_effect(execution, action, call);
    return end_as_planned(call, &execution->plan.actions[action], action, result);
}

static enum action_outcome perform(struct action_call *call, const struct services *services,
                                   const struct json_value *config, struct json_value *result)
{
    (void)services;
    (void)config;
    struct execution *execution = executions[number_of(&call->execution_id)];
    uint32_t action = (uint32_t)number_of(&call->action_id);
    const struct plan_action *planned = &execution->plan.actions[action];
    struct effect *effect = &execution->effects[action];
    check_time(call);
    if (action_canceled(call))
        return action_retry(call, "canceled");
    if (is_away())
        return action_retry(call, "the database is unavailable");
    if (call->limit.deadline_us != 0 && sim.now_us >= call->limit.deadline_us)
        return action_retry(call, "too late");
    if (call->local && planned->hands_over && effect->tries++ == 0)
        return action_retry(call, "not now");
    if (!call->local && !call->last_attempt && sim.profile == PROFILE_ROUGH && sim_chance(20))
        return action_retry(call, "not yet");
    note_effect(execution, action, call);
    if (!call->last_attempt && sim.profile == PROFILE_ROUGH && sim_chance(2)) {
        effect->unknown++;
        return action_retry(call, "nobody knows");
    }
    if (strcmp(planned->type_name, "test_human") == 0 && !planned->fails) {
        effect->token = sim_copy(call->task_token);
        ask(execution, action);
        return ACTION_OUTCOME_PENDING;
    }
    return end_as_planned(call, planned, action, result);
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
    TYPE("test_activity", EFFECTS_EXTERNAL, DISPATCH_ACTIVITY, ACTION_MODE_SYNC, 300000, perform),
    TYPE("test_async", EFFECTS_EXTERNAL, DISPATCH_ACTIVITY, ACTION_MODE_ASYNC, 1800000, perform),
    TYPE("test_human", EFFECTS_WRITE, DISPATCH_ACTIVITY, ACTION_MODE_HUMAN, 600000, perform),
    TYPE("test_pure", EFFECTS_PURE, DISPATCH_LOCAL, ACTION_MODE_SYNC, 300000, perform_pure),
    TYPE("test_write", EFFECTS_WRITE, DISPATCH_LOCAL, ACTION_MODE_SYNC, 300000, perform),
};
const struct action_catalog simulation_catalog = {types, sizeof types / sizeof *types};

/* ---- what workers write besides ---- */

enum status erp_ping(void *userdata, struct error *error)
{
    (void)userdata;
    return is_away() ? error_set(error, STATUS_UNAVAILABLE, TEXT_NONE, "the database is unavailable") : STATUS_OK;
}

enum status erp_execution_changed(void *userdata, const struct execution_change *change, struct arena *arena,
                                  struct error *error)
{
    (void)userdata;
    (void)arena;
    struct uuid id;
    if (is_away() || wait_limit_left_us(&change->limit) == 0)
        return error_set(error, STATUS_UNAVAILABLE, TEXT_NONE, "the database is unavailable");
    if (!uuid_parse(change->execution_id, &id))
        sim_fail("the status of an execution without an id");
    struct execution *execution = executions[number_of(&id)];
    bool ended = execution->status_known && execution->status != EXECUTION_RUNNING;
    if (change->status == EXECUTION_RUNNING && ended)
        return STATUS_OK;
    execution->status_known = true;
    execution->status = change->status;
    execution->status_by = sim.current;
    sim_note("execution %u is %s", execution->number, execution_status_name(change->status));
    return STATUS_OK;
}

enum status erp_approvals_ended(void *userdata, const struct approval_end *end, struct arena *arena,
                                struct error *error)
{
    (void)userdata;
    (void)end;
    (void)arena;
    return is_away() ? error_set(error, STATUS_UNAVAILABLE, TEXT_NONE, "the database is unavailable") : STATUS_OK;
}

/* ---- the judge ---- */

struct verdict {
    unsigned attempts, timeouts, scheduled; /* of its activities */
    bool lost;                              /* the last of them was given up by the server, or by its handler */
};

/* Whether the retry policy grants no other failure. */
static bool has_failed_for_good(const struct activity *activity)
{
    if (activity->what->retry_policy->maximum_attempts == 0)
        return false; /* waits for people: retried until it times out */
    unsigned most = (unsigned)activity->what->retry_policy->maximum_attempts - LIMIT_LOST_ATTEMPTS;
    SIM_CHECK(activity->failures <= most, "an activity has failed %u times, %u are granted", activity->failures, most);
    return activity->failures == most;
}

static void add_run(const struct execution *execution, const struct run *run, struct verdict *verdicts)
{
    const struct activity *activity;
    LIST_FOREACH(activity, &run->activities, link)
    {
        uint32_t action = plan_index(activity->id);
        SIM_CHECK(action < execution->plan.action_count, "an activity of no action");
        struct verdict *verdict = &verdicts[action];
        verdict->scheduled++;
        verdict->attempts += activity->tries;
        verdict->timeouts += activity->timeouts;
        SIM_CHECK(activity->close_type != API_EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT || activity->cancel_requested ||
                      activity->what->schedule_to_close_timeout != NULL,
                  "an activity of run %u timed out: attempts that are lost do not count", run->number);
        verdict->lost = verdict->lost || activity->close_type == API_EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT ||
                        activity->close_type == API_EVENT_TYPE_ACTIVITY_TASK_CANCELED ||
                        (activity->close_type == API_EVENT_TYPE_ACTIVITY_TASK_FAILED &&
                         (has_failed_for_good(activity) || activity->cancel_requested));
    }
}

/* How often may it have been done? */
static void judge_count(const struct execution *execution, uint32_t action, const struct verdict *verdict,
                        unsigned lost_tasks)
{
    const struct effect *effect = &execution->effects[action];
    unsigned local_most = lost_tasks + effect->unknown + (verdict->scheduled == 0 ? 1 : 0);
    SIM_CHECK(effect->local <= local_most, "action %u of execution %u is done %u times in tasks, at most %u are due",
              action, execution->number, effect->local, local_most);
    SIM_CHECK(effect->activity <= verdict->attempts,
              "action %u of execution %u is done %u times by activities, which had %u attempts", action,
              execution->number, effect->activity, verdict->attempts);
    SIM_CHECK(verdict->scheduled <= 1, "action %u of execution %u was scheduled %u times", action, execution->number,
              verdict->scheduled);
}

/* may_run: had nothing been lost, it would have been done, as a task that was lost may have found. */
static void judge_action(const struct execution *execution, uint32_t action, enum fate fate, bool may_run,
                         const struct verdict *verdict, struct text failure)
{
    const struct effect *effect = &execution->effects[action];
    const struct plan_action *planned = &execution->plan.actions[action];
    bool runs = fate == FATE_RUNS || fate == FATE_FAILS;
    unsigned done = effect->local + effect->activity;
    SIM_CHECK(runs || done == 0 || (may_run && effect->activity == 0),
              "action %u of execution %u is done, which must not be", action, execution->number);
    SIM_CHECK(!runs || done > 0 || verdict->lost || planned->type == PLAN_DELAY,
              "action %u of execution %u is not done", action, execution->number);
    struct text name = sim_print("execute action a%u (", action);
    SIM_CHECK((fate == FATE_FAILS) == (text_find(failure, name) != SIZE_MAX),
              "action %u of execution %u %s in the failure: %.*s", action, execution->number,
              fate == FATE_FAILS ? "is not named" : "is named", TEXT_ARG(text_slice(failure, 0, 300)));
}

/* A worker that stood still, or whose poll was answered late, does not see how old its task is, and may write a status of
   long ago: a ledger of effects has to prevent that. */
static void judge_status(const struct execution *execution, enum execution_status expected)
{
    SIM_CHECK(execution->status_known, "nothing was written of execution %u", execution->number);
    SIM_CHECK(execution->status == expected || execution->status_by->late, "execution %u is %s in the database, and %s",
              execution->number, execution_status_name(execution->status), execution_status_name(expected));
}

static void judge_end(struct execution *execution, const struct run *last, const struct verdict *verdicts,
                      unsigned lost_tasks)
{
    struct plan plan = execution->plan;
    enum fate fates[PLAN_ACTIONS], planned[PLAN_ACTIONS];
    bool fails = false;
    oracle_fates(&plan, planned);
    for (uint32_t i = 0; i < plan.action_count; i++)
        plan.actions[i].fails = plan.actions[i].fails || verdicts[i].lost;
    oracle_fates(&plan, fates);
    for (uint32_t i = 0; i < plan.action_count; i++) {
        bool may_run = lost_tasks > 0 && (planned[i] == FATE_RUNS || planned[i] == FATE_FAILS);
        judge_action(execution, i, fates[i], may_run, &verdicts[i], last->failure);
        fails = fails || fates[i] == FATE_FAILS;
    }
    int32_t expected = fails ? API_EVENT_TYPE_WORKFLOW_EXECUTION_FAILED : API_EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED;
    SIM_CHECK(last->close_type == expected, "execution %u ended with event type %d, not %d", execution->number,
              last->close_type, expected);
    judge_status(execution, fails ? EXECUTION_FAILED : EXECUTION_COMPLETED);
}

/* Nothing went wrong: then no task is lost, and nothing is given up. */
static void judge_calm(const struct execution *execution)
{
    for (const struct run *run = execution->first; run != NULL; run = run->next) {
        const struct activity *activity;
        SIM_CHECK(run->lost_tasks == run->refused_ends, "run %u lost %u workflow tasks without a fault", run->number,
                  run->lost_tasks - run->refused_ends);
        LIST_FOREACH(activity, &run->activities, link)
        SIM_CHECK(activity->timeouts == 0, "an activity of run %u timed out without a fault", run->number);
    }
}

void execution_judge(struct execution *execution)
{
    struct verdict verdicts[PLAN_ACTIONS] = {0};
    unsigned lost_tasks = 0;
    const struct run *last = execution_newest(execution);
    if (sim.profile != PROFILE_ROUGH)
        judge_calm(execution);
    for (const struct run *run = execution->first; run != NULL; run = run->next) {
        add_run(execution, run, verdicts);
        lost_tasks += run->lost_tasks + (run->close_type == API_EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED);
    }
    for (uint32_t i = 0; i < execution->plan.action_count; i++)
        judge_count(execution, i, &verdicts[i], lost_tasks);
    if (last->close_type == API_EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED) {
        SIM_CHECK(execution->terminated, "execution %u is terminated", execution->number);
    } else if (last->close_type == API_EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED) {
        SIM_CHECK(execution->canceled, "execution %u is canceled, which nobody asked for", execution->number);
        judge_status(execution, EXECUTION_CANCELED);
    } else {
        judge_end(execution, last, verdicts, lost_tasks);
    }
}
