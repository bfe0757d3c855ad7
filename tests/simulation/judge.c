/* The judge of executions that have ended: what the oracle says against what Temporal and the database have. */
#include <stdlib.h>

#include "base/limits.h"
#include "temporal/proto.h"
#include "temporal_api_enums.h"
#include "tests/simulation/erp_model.h"

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
        SIM_CHECK(activity->close_type != API_EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT || activity->cancel_requested ||
                      !erp_is_human(execution, action) || execution->effects[action].committed > 0,
                  "nobody was asked for action %u of execution %u in its time", action, execution->number);
        verdict->lost = verdict->lost || activity->close_type == API_EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT ||
                        activity->close_type == API_EVENT_TYPE_ACTIVITY_TASK_CANCELED ||
                        (activity->close_type == API_EVENT_TYPE_ACTIVITY_TASK_FAILED &&
                         (has_failed_for_good(activity) || activity->cancel_requested));
    }
}

/* How often may it have been done? What is stored once has been judged when it was; without the ledger an activity may
   do it more than once in one attempt, when a commit is not answered. */
static void judge_count(const struct execution *execution, uint32_t action, const struct verdict *verdict,
                        unsigned lost_tasks)
{
    const struct effect *effect = &execution->effects[action];
    unsigned local_most = lost_tasks + 1;
    SIM_CHECK(effect->local <= local_most, "action %u of execution %u is done %u times in tasks, at most %u are due",
              action, execution->number, effect->local, local_most);
    SIM_CHECK(effect->activity <= verdict->attempts || erp_is_stored(execution, action),
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
    bool stored = erp_is_stored(execution, action);
    SIM_CHECK(!runs || done > 0 || verdict->lost || planned->type == PLAN_DELAY || (stored && planned->fails),
              "action %u of execution %u is not done", action, execution->number);
    SIM_CHECK(!stored || !planned->fails || done == 0,
              "the effect of action %u of execution %u, which failed, is in the database", action, execution->number);
    struct text name = sim_print("execute action a%u (", action);
    bool fails_run = fate == FATE_FAILS && !oracle_routed(&execution->plan, action);
    SIM_CHECK(fails_run == (text_find(failure, name) != SIZE_MAX), "action %u of execution %u %s in the failure: %.*s",
              action, execution->number, fails_run ? "is not named" : "is named",
              TEXT_ARG(text_slice(failure, 0, 300)));
}

/* A worker that stood still, or that got an answer late, does not see how old its task is, and may write a status of
   long ago over a newer one. The ledger cannot prevent that: an end must be able to replace the end that a lost task
   has written, and the row has no column that says which of the two was decided later. */
static void judge_status(const struct execution *execution, enum execution_status expected)
{
    SIM_CHECK(execution->status_known, "nothing was written of execution %u", execution->number);
    SIM_CHECK(execution->status == expected || execution->status_by->late, "execution %u is %s in the database, and %s",
              execution->number, execution_status_name(execution->status), execution_status_name(expected));
}

/* The number of an attempt is in its result: each that a history has is that of the attempt whose effect was stored. */
static void judge_results(const struct execution *execution, const Api__Payloads *payloads)
{
    static const struct text member = {"\"attempt\":", 10};
    for (size_t i = 0; payloads != NULL && i < payloads->n_payloads; i++) {
        struct text text = proto_text(payloads->payloads[i]->data);
        for (size_t at; (at = text_find(text, member)) != SIZE_MAX;) {
            text = text_slice(text, at + member.size, SIZE_MAX);
            uint64_t number = strtoull(text.data, NULL, 10);
            bool stored = number == 0;
            for (uint32_t k = 0; k < execution->plan.action_count && !stored; k++)
                stored = execution->effects[k].attempt == number;
            SIM_CHECK(stored, "a history of execution %u has the result of attempt %u, which is not stored",
                      execution->number, (unsigned)number);
        }
    }
}

static void judge_history(const struct execution *execution, const struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        const Api__HistoryEvent *event = run->events[i];
        if (event->event_type == API_EVENT_TYPE_ACTIVITY_TASK_COMPLETED)
            judge_results(execution, event->activity_task_completed_event_attributes->result);
        if (event->event_type != API_EVENT_TYPE_MARKER_RECORDED)
            continue;
        const Api__MarkerRecordedEventAttributes *marker = event->marker_recorded_event_attributes;
        for (size_t k = 0; k < marker->n_details; k++)
            judge_results(execution, marker->details[k]->value);
    }
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
        fails = fails || (fates[i] == FATE_FAILS && !oracle_routed(&plan, i));
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
        if (erp_has_ledger)
            judge_history(execution, run);
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
