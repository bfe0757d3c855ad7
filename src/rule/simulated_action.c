/* Attempts of actions in a simulation. */
#include "rule/simulated_action.h"

#include <assert.h>

#include "base/date.h"
#include "rule/made_up_result.h"

/* One attempt. */
struct attempt {
    struct simulated_actions *actions;
    uint32_t index;
    const struct action_type *type;
    const struct action_request *request;
    struct action_environment environment;
    struct arena *scratch;
};

static struct simulated_action *item_of(const struct attempt *attempt)
{
    return &attempt->actions->items[attempt->index];
}

static enum status keep_warnings(struct simulated_actions *actions, uint32_t index, const struct template_notes *notes,
                                 struct error *error)
{
    for (size_t i = 0; i < notes->warning_count; i++) {
        if (actions->warning_count == actions->warning_capacity) {
            size_t capacity = actions->warning_capacity == 0 ? 8 : actions->warning_capacity * 2;
            struct simulation_warning *grown = arena_grow(
                actions->arena, actions->warnings, actions->warning_capacity * sizeof *grown, capacity * sizeof *grown);
            if (grown == NULL)
                return error_budget(error);
            actions->warnings = grown;
            actions->warning_capacity = capacity;
        }
        struct text text = arena_copy(actions->arena, notes->warnings[i].text);
        if (text.data == NULL)
            return error_budget(error);
        actions->warnings[actions->warning_count++] = (struct simulation_warning){index, text};
    }
    return STATUS_OK;
}

/* Only actions without effects are performed. */
static bool is_performed(const struct action_type *type)
{
    return type != NULL && type->effects == EFFECTS_PURE && type->mode == ACTION_MODE_SYNC && type->perform != NULL;
}

enum status simulated_config(struct simulated_actions *actions, uint32_t index, const struct json_value *config,
                             struct error *error)
{
    struct simulated_action *action = &actions->items[index];
    if (action->config.data != NULL)
        return STATUS_OK;
    action->config = json_to_text(actions->arena, config);
    return action->config.data != NULL ? STATUS_OK : error_budget(error);
}

/* The message has the form that src/action/perform.c gives it. */
static struct text failure_of(const struct attempt *attempt, const char *step, struct text why)
{
    const struct action_request *request = attempt->request;
    bool async = attempt->type != NULL && attempt->type->mode != ACTION_MODE_SYNC;
    return arena_print(attempt->actions->arena, "%saction %.*s (%.*s): %s%.*s", async ? "async " : "",
                       TEXT_ARG(request->action_name), TEXT_ARG(request->action_id), step, TEXT_ARG(why));
}

/* Checks whether the handler would accept the config. */
static enum status check_config(const struct attempt *attempt, const struct json_value *config, struct error *error)
{
    struct action_call call = {.arena = attempt->scratch};
    if (attempt->type->accept == NULL || attempt->type->accept(&call, config) == ACTION_OUTCOME_DONE)
        return STATUS_OK;
    bool async = attempt->type->mode != ACTION_MODE_SYNC;
    struct simulated_action *action = item_of(attempt);
    action->refusal = failure_of(attempt, async ? "start: " : "execute: ", call.failure);
    return action->refusal.data != NULL ? STATUS_OK : error_budget(error);
}

/* Expands the fields that the type leaves to its handler, for display. A text with names that only the handler knows is
   left as written. */
static enum status expand_late(const struct attempt *attempt, struct json_value *config, struct error *error)
{
    for (size_t i = 0; i < attempt->type->reference_count; i++) {
        if (attempt->type->references[i].kind != REFERENCE_LATE)
            continue;
        const struct action_reference reference = {attempt->type->references[i].path, REFERENCE_TEMPLATE};
        struct action_type type = *attempt->type;
        type.references = &reference;
        type.reference_count = 1;
        struct action_request request = *attempt->request;
        request.config = *config;
        struct json_value expanded;
        struct template_notes notes = {0};
        enum status status =
            action_expand(&attempt->environment, attempt->scratch, &request, &type, &expanded, &notes, error);
        if (status != STATUS_OK)
            return status;
        if (notes.warning_count == 0)
            *config = expanded;
    }
    return STATUS_OK;
}

/* Expands and checks the config, which is the same in each attempt except for the time. */
static enum status first_attempt(const struct attempt *attempt, struct error *error)
{
    struct simulated_actions *actions = attempt->actions;
    struct json_value config = attempt->request->config;
    struct template_notes notes = {0};
    enum status status = STATUS_OK;
    if (attempt->type != NULL)
        status = action_expand(&attempt->environment, attempt->scratch, attempt->request, attempt->type, &config,
                               &notes, error);
    struct json_value shown = config;
    if (status == STATUS_OK && attempt->type != NULL)
        status = expand_late(attempt, &shown, error);
    if (status == STATUS_OK)
        status = simulated_config(actions, attempt->index, &shown, error);
    if (status == STATUS_OK && !is_performed(attempt->type))
        status = keep_warnings(actions, attempt->index, &notes, error);
    if (status == STATUS_OK && attempt->type != NULL && !is_performed(attempt->type))
        status = check_config(attempt, &config, error);
    return status;
}

const struct planned_outcome *simulated_next_planned(const struct simulated_action *action)
{
    const struct planned_action *plan = action->plan;
    if (plan == NULL || plan->count == 0)
        return NULL;
    return &plan->outcomes[action->attempts < plan->count ? action->attempts : plan->count - 1];
}

static struct attempt_outcome outcome_of(const struct planned_outcome *planned)
{
    struct attempt_outcome outcome = {
        .result = planned->result, .failure = planned->failure, .after_ms = planned->after_ms};
    switch (planned->kind) {
    case PLANNED_RESULT: outcome.end = ATTEMPT_DONE; break;
    case PLANNED_FAILURE: outcome.end = planned->is_final ? ATTEMPT_REFUSED : ATTEMPT_RETRY; break;
    case PLANNED_TIMEOUT: outcome.end = ATTEMPT_TIMED_OUT; break;
    }
    return outcome;
}

static enum status perform(const struct attempt *attempt, struct attempt_outcome *outcome, struct error *error)
{
    struct action_report report;
    action_perform(&attempt->environment, attempt->scratch, attempt->request, &report);
    *outcome = (struct attempt_outcome){.result = report.result,
                                        .failure = report.failure,
                                        .retry_delay_ms = report.retry_delay_ms,
                                        .end = report.outcome == ACTION_OUTCOME_DONE    ? ATTEMPT_DONE
                                               : report.outcome == ACTION_OUTCOME_RETRY ? ATTEMPT_RETRY
                                                                                        : ATTEMPT_REFUSED};
    return keep_warnings(attempt->actions, attempt->index, &report.notes, error);
}

static enum status refuse(struct text failure, struct attempt_outcome *outcome, struct error *error)
{
    *outcome = (struct attempt_outcome){.end = ATTEMPT_REFUSED, .failure = failure};
    return failure.data != NULL ? STATUS_OK : error_budget(error);
}

/* An attempt for which no failure is planned. */
static enum status succeed(const struct attempt *attempt, const struct planned_outcome *planned,
                           struct attempt_outcome *outcome, struct error *error)
{
    const struct simulated_action *action = item_of(attempt);
    if (action->refusal.size > 0)
        return refuse(action->refusal, outcome, error);
    if (planned != NULL) {
        *outcome = outcome_of(planned);
        return STATUS_OK;
    }
    if (attempt->type == NULL)
        return refuse(failure_of(attempt, "no handler registered for type ", attempt->request->action_type), outcome,
                      error);
    if (is_performed(attempt->type))
        return perform(attempt, outcome, error);
    *outcome = (struct attempt_outcome){.end = ATTEMPT_DONE};
    struct json_value config;
    enum status status = json_read(attempt->scratch, action->config, &config, error);
    if (status == STATUS_OK &&
        !made_up_result(attempt->scratch, attempt->type, &config, attempt->environment.now, &outcome->result))
        return error_budget(error);
    return status;
}

enum status simulated_attempt(struct simulated_actions *actions, uint32_t index, const struct action_type *type,
                              const struct action_request *request, int64_t now_us, struct arena *scratch,
                              struct attempt_outcome *outcome, struct error *error)
{
    assert(index < actions->count);
    struct simulated_action *action = &actions->items[index];
    const struct planned_outcome *planned = simulated_next_planned(action);
    struct attempt attempt = {.actions = actions, .index = index, .type = type, .request = request, .scratch = scratch};
    attempt.environment = (struct action_environment){
        .catalog = actions->catalog,
        .attempt = ++action->attempts,
        .local = true,
        .now = date_text(scratch, now_us, DATE_RFC3339),
    };
    enum status status = attempt.environment.now.data != NULL ? STATUS_OK : error_budget(error);
    if (status == STATUS_OK && action->config.data == NULL)
        status = first_attempt(&attempt, error);
    if (status != STATUS_OK)
        return status;
    if (planned == NULL || planned->kind == PLANNED_RESULT)
        return succeed(&attempt, planned, outcome, error);
    *outcome = outcome_of(planned);
    return STATUS_OK;
}
