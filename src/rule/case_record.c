/* Records runs as test cases. */
#include "rule/case_record.h"

#include <stdlib.h>

#include "base/date.h"
#include "base/duration.h"
#include "base/limits.h"
#include "engine/names.h"
#include "rule/case_compare.h"
#include "rule/rule_input.h"
#include "rule/rule_test.h"

/* One recording. */
struct recorder {
    struct arena *arena;
    const struct action_catalog *catalog;
    const struct event *events;
    size_t event_count;
    struct run *run; /* as the history leaves it */
    struct history_summary summary;
    struct json_value input; /* of the run */
    int64_t *timed_out;      /* scheduled events of activities that timed out, ascending */
    size_t timed_out_count;
};

/* An object that is built member by member; `full` past the arena's cap. */
struct object {
    struct json_member *members;
    size_t count, capacity;
    bool full;
};

static struct object object_of(struct arena *arena, size_t capacity)
{
    struct object object = {.members = ARENA_ARRAY(arena, capacity, struct json_member), .capacity = capacity};
    object.full = object.members == NULL;
    return object;
}

static void set(struct object *object, struct text key, struct json_value value)
{
    if (!object->full && object->count < object->capacity)
        object->members[object->count++] = (struct json_member){key, value};
}

static struct json_value value_of(const struct object *object)
{
    return json_object(object->members, object->count);
}

/* ---- the history ---- */

static enum status check_end(const struct recorder *recorder, struct error *error)
{
    switch (recorder->summary.close) {
    case CLOSE_COMPLETED:
    case CLOSE_FAILED: return STATUS_OK;
    case CLOSE_NONE:
        return error_set(error, STATUS_INVALID, TEXT_NONE, "the run is still open: record it after it has ended");
    case CLOSE_CONTINUED:
        return error_set(error, STATUS_INVALID, TEXT_NONE,
                         "the run continues as new: record the last run of its workflow instead");
    default:
        return error_set(error, STATUS_INVALID, TEXT_NONE,
                         "the run was ended from outside (canceled, terminated or timed out): no case can repeat that");
    }
}

static int compare_ids(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static enum status list_timeouts(struct recorder *recorder, struct error *error)
{
    recorder->timed_out = ARENA_ARRAY(recorder->arena, recorder->event_count, int64_t);
    if (recorder->timed_out == NULL)
        return error_budget(error);
    for (size_t i = 0; i < recorder->event_count; i++)
        if (recorder->events[i].kind == EVENT_ACTIVITY_TIMED_OUT)
            recorder->timed_out[recorder->timed_out_count++] = recorder->events[i].scheduled_id;
    if (recorder->timed_out_count > 0)
        qsort(recorder->timed_out, recorder->timed_out_count, sizeof(int64_t), compare_ids);
    return STATUS_OK;
}

static bool has_timed_out(const struct recorder *recorder, const struct run_action *action)
{
    return recorder->timed_out_count > 0 && bsearch(&action->scheduled_id, recorder->timed_out,
                                                    recorder->timed_out_count, sizeof(int64_t), compare_ids) != NULL;
}

static enum status read_history(struct recorder *recorder, struct error *error)
{
    const struct event *first = recorder->events;
    if (recorder->event_count > 0 && text_is(first->activity_type, BRANCH_TYPE))
        return error_set(error, STATUS_INVALID, TEXT("event 1"),
                         "this is a branch that the Go worker started: record the run that it belongs to");
    enum status status = run_fold(recorder->run, recorder->events, recorder->event_count, &recorder->summary, error);
    if (status == STATUS_OK)
        status = check_end(recorder, error);
    if (status != STATUS_OK)
        return status;
    if (recorder->event_count == 0 || first->kind != EVENT_STARTED || first->payload.size == 0)
        return error_set(error, STATUS_INVALID, TEXT("event 1"), "the input of the run cannot be read");
    status = json_read(recorder->arena, first->payload, &recorder->input, error);
    if (status == STATUS_OK && run_action_count(recorder->run) == 0)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "the run was refused before its first action");
    return status == STATUS_OK ? list_timeouts(recorder, error) : status;
}

/* ---- the case ---- */

/* Whether the case must plan an outcome for the action. Actions that a simulation performs, or that end on their own,
   need none. */
static bool needs_outcome(const struct recorder *recorder, const struct run_action *action)
{
    const struct action_type *type = action_catalog_find(recorder->catalog, action->type);
    bool ended = action->state == ACTION_STATE_FINISHED || action->state == ACTION_STATE_FAILED;
    bool by_itself = type != NULL && (type->dispatch == DISPATCH_ENGINE ||
                                      (type->effects == EFFECTS_PURE && type->mode == ACTION_MODE_SYNC));
    return ended && !by_itself;
}

static enum status outcome_of(const struct recorder *recorder, const struct run_action *action, struct json_value *list,
                              struct error *error)
{
    const struct action_type *type = action_catalog_find(recorder->catalog, action->type);
    struct object outcome = object_of(recorder->arena, 3);
    struct json_value *item = ARENA_NEW(recorder->arena, struct json_value);
    struct json_value result;
    if (item == NULL || outcome.full)
        return error_budget(error);
    int64_t took_ms = (action->ended_us - action->started_us) / 1000;
    bool waits = type != NULL && type->mode != ACTION_MODE_SYNC && action->started_us > 0 && took_ms > 0;
    if (has_timed_out(recorder, action)) {
        set(&outcome, TEXT("timeout"), json_boolean(true));
    } else if (action->state == ACTION_STATE_FAILED) {
        set(&outcome, TEXT("error"), json_string(action->failure));
        set(&outcome, TEXT("retryable"), json_boolean(false));
    } else {
        enum status status = json_read(recorder->arena, action->result, &result, error);
        if (status != STATUS_OK)
            return status;
        struct text after = waits ? duration_text_ms(recorder->arena, took_ms) : TEXT("");
        if (after.data == NULL)
            return error_budget(error);
        if (waits)
            set(&outcome, TEXT("after"), json_string(after));
        set(&outcome, TEXT("result"), result);
    }
    *item = value_of(&outcome);
    *list = json_array(item, 1);
    return STATUS_OK;
}

/* Whether another action has the same name: then the id says which one is meant. */
static bool shares_name(const struct graph *graph, struct text name)
{
    uint32_t next = graph_name_bound(graph, name) + 1;
    return next < graph->action_count && text_equal(graph->actions[graph->by_name[next]].name, name);
}

static enum status write_outcomes(const struct recorder *recorder, const struct graph *graph, struct json_value *value,
                                  struct error *error)
{
    size_t count = run_action_count(recorder->run);
    struct object outcomes = object_of(recorder->arena, count);
    for (size_t i = 0; i < count && !outcomes.full; i++) {
        struct run_action action;
        struct json_value list;
        run_action_at(recorder->run, i, &action);
        if (!needs_outcome(recorder, &action) || graph_find(graph, action.id) == UINT32_MAX)
            continue;
        enum status status = outcome_of(recorder, &action, &list, error);
        if (status != STATUS_OK)
            return status;
        set(&outcomes, shares_name(graph, action.name) ? action.id : action.name, list);
    }
    *value = value_of(&outcomes);
    return outcomes.full ? error_budget(error) : STATUS_OK;
}

/* Copies the rule in the history, without what belongs to this run alone. */
static bool copy_rule(const struct recorder *recorder, struct json_value *rule)
{
    static const char *const kept[] = {"rule_id", "rule_name", "execution_id", "graph"};
    struct object object = object_of(recorder->arena, sizeof kept / sizeof kept[0]);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        const struct json_value *value = json_get_lenient(&recorder->input, text_from(kept[i]));
        if (value != NULL)
            set(&object, text_from(kept[i]), *value);
    }
    *rule = value_of(&object);
    return !object.full;
}

static enum status write_situation(const struct recorder *recorder, const struct graph *graph, struct object *written,
                                   struct error *error)
{
    struct json_value outcomes;
    struct text clock = date_text(recorder->arena, recorder->summary.started_us, DATE_RFC3339);
    struct text name = arena_print(recorder->arena, "as on %.*s", TEXT_ARG(clock));
    const struct json_value *trigger = json_get_lenient(&recorder->input, TEXT("trigger_data"));
    enum status status = write_outcomes(recorder, graph, &outcomes, error);
    if (status != STATUS_OK)
        return status;
    *written = object_of(recorder->arena, 5);
    if (clock.data == NULL || name.data == NULL || written->full)
        return error_budget(error);
    set(written, TEXT("name"), json_string(name));
    set(written, TEXT("clock"), json_string(clock));
    set(written, TEXT("trigger_data"),
        trigger != NULL && trigger->type == JSON_OBJECT ? *trigger : json_object(NULL, 0));
    if (outcomes.object.count > 0)
        set(written, TEXT("outcomes"), outcomes);
    return STATUS_OK;
}

/* ---- what the case expects: what the run does when it is played ---- */

static bool read_part(struct arena *arena, struct text text, struct json_value *value)
{
    return text.data != NULL && json_read(arena, text, value, NULL) == STATUS_OK;
}

/* Writes the configs of all actions, and the results of those that were performed. Of actions with equal names, the
   last counts. */
static enum status write_parts(struct arena *arena, const struct simulation *simulation, struct json_value *configs,
                               struct json_value *results, struct error *error)
{
    struct object config_list = object_of(arena, simulation->started);
    struct object result_list = object_of(arena, simulation->started);
    for (uint32_t i = 0; i < simulation->started; i++) {
        uint32_t index = simulation->order[i];
        const struct simulated_action *item = &simulation->actions.items[index];
        struct run_action action;
        struct json_value value;
        run_action_at(simulation->run, index, &action);
        if (read_part(arena, item->config, &value))
            set(&config_list, action.name, value);
        bool performed = item->plan == NULL && action.state == ACTION_STATE_FINISHED;
        if (performed && read_part(arena, action.result, &value))
            set(&result_list, action.name, value);
    }
    *configs = value_of(&config_list);
    *results = value_of(&result_list);
    return config_list.full || result_list.full ? error_budget(error) : STATUS_OK;
}

static enum status write_expectations(struct arena *arena, const struct simulation *simulation,
                                      const struct edge_coverage *edges, bool unique_names, struct json_value *expect,
                                      struct error *error)
{
    struct json_value ran, labels, configs, results;
    struct object written = object_of(arena, 6);
    enum status status = write_parts(arena, simulation, &configs, &results, error);
    if (status != STATUS_OK)
        return status;
    if (!case_ran(simulation, arena, &ran) || !case_edges(edges, arena, &labels) || written.full)
        return error_budget(error);
    set(&written, TEXT("status"), json_string(text_from(case_status_name(simulation->close))));
    if (simulation->close == CLOSE_FAILED)
        set(&written, TEXT("error"), json_string(simulation->failure));
    set(&written, TEXT("ran"), ran);
    set(&written, TEXT("edges"), labels);
    if (unique_names) {
        set(&written, TEXT("configs"), configs);
        set(&written, TEXT("results"), results);
    }
    *expect = value_of(&written);
    return STATUS_OK;
}

/* ---- is it the same run? ---- */

static enum status compare_action(const struct recorder *recorder, const struct simulation *simulation,
                                  const struct graph *graph, size_t index, struct error *error)
{
    struct run_action then, now = {.state = ACTION_STATE_WAITING};
    run_action_at(recorder->run, index, &then);
    uint32_t found = graph_find(graph, then.id);
    if (found != UINT32_MAX)
        run_action_at(simulation->run, found, &now);
    if (found != UINT32_MAX && then.state == now.state)
        return STATUS_OK;
    return error_set(error, STATUS_INVALID, TEXT_NONE,
                     "the rule does not do what the run did: action %.*s was %s, and now it is %s", TEXT_ARG(then.name),
                     action_state_name(then.state),
                     found != UINT32_MAX ? action_state_name(now.state) : "no longer in the rule");
}

static enum status compare_runs(const struct recorder *recorder, const struct simulation *simulation,
                                const struct graph *graph, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < run_action_count(recorder->run) && status == STATUS_OK; i++)
        status = compare_action(recorder, simulation, graph, i, error);
    if (status == STATUS_OK && recorder->summary.close != simulation->close)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "the rule does not do what the run did: now it is %s%s%.*s",
                         case_status_name(simulation->close), simulation->failure.size > 0 ? ": " : "",
                         TEXT_ARG(simulation->failure));
    return status;
}

/* ---- the whole case ---- */

/* Plays the case, checks that the played run does what the recorded run did, and adds what it does as expectations. */
static enum status add_expectations(const struct recorder *recorder, const struct json_value *rule,
                                    struct edge_coverage *edges, struct object *written, struct error *error)
{
    struct json_value value = value_of(written), wrapped, input, expect;
    struct object file = object_of(recorder->arena, 1);
    struct case_file read;
    struct case_faults faults = {.arena = recorder->arena};
    set(&file, TEXT("cases"), json_array(&value, 1));
    wrapped = value_of(&file);
    if (file.full || !case_file_read(recorder->arena, &wrapped, &read, &faults))
        return error_budget(error);
    if (faults.count > 0)
        return error_set(error, STATUS_INVALID, faults.items[0].pointer, "%.*s", TEXT_ARG(faults.items[0].message));
    struct simulation simulation;
    enum status status =
        rule_case_play(recorder->arena, recorder->catalog, rule, &read.cases[0], &input, &simulation, error);
    if (status == STATUS_OK)
        status = compare_runs(recorder, &simulation, &edges->graph, error);
    if (status == STATUS_OK)
        status = edge_coverage_add(edges, simulation.run, recorder->arena, error);
    bool unique = true;
    for (uint32_t i = 0; i < edges->graph.action_count; i++)
        unique = unique && !shares_name(&edges->graph, edges->graph.actions[i].name);
    if (status == STATUS_OK)
        status = write_expectations(recorder->arena, &simulation, edges, unique, &expect, error);
    if (status == STATUS_OK)
        status = json_copy(recorder->arena, &expect, &value); /* the run is freed below */
    if (status == STATUS_OK)
        set(written, TEXT("expect"), value);
    simulation_end(&simulation);
    return status;
}

static enum status record(struct recorder *recorder, const struct json_value *rule, struct text rule_file,
                          struct json_value *document, struct error *error)
{
    struct json_value own;
    struct edge_coverage edges;
    struct object written;
    enum status status = read_history(recorder, error);
    if (status != STATUS_OK)
        return status;
    if (rule == NULL && !copy_rule(recorder, &own))
        return error_budget(error);
    const struct json_value *tested = rule != NULL ? rule : &own;
    struct json_value input;
    if (!rule_input_complete(recorder->arena, tested, NULL, &input))
        return error_budget(error);
    status = edge_coverage_read(recorder->arena, &input, &edges, error);
    if (status == STATUS_OK)
        status = write_situation(recorder, &edges.graph, &written, error);
    if (status == STATUS_OK)
        status = add_expectations(recorder, tested, &edges, &written, error);
    if (status != STATUS_OK)
        return status;
    struct object file = object_of(recorder->arena, 2);
    struct json_value *item = ARENA_NEW(recorder->arena, struct json_value);
    if (item == NULL || file.full)
        return error_budget(error);
    *item = value_of(&written);
    set(&file, TEXT("rule"), rule != NULL ? json_string(rule_file) : own);
    set(&file, TEXT("cases"), json_array(item, 1));
    /* The texts of the run's actions do not outlive it. */
    const struct json_value value = value_of(&file);
    return json_copy(recorder->arena, &value, document);
}

enum status case_record(struct arena *arena, const struct action_catalog *catalog, const struct event *events,
                        size_t count, const struct json_value *rule, struct text rule_file, struct json_value *document,
                        struct error *error)
{
    const struct run_policy policy = {.catalog = catalog, .local = true};
    struct recorder recorder = {.arena = arena, .catalog = catalog, .events = events, .event_count = count};
    recorder.run = run_new(&policy);
    if (recorder.run == NULL)
        return error_budget(error);
    enum status status = record(&recorder, rule, rule_file, document, error);
    run_free(recorder.run);
    return status;
}
