/* Compares runs with what cases expect. */
#include "rule/case_compare.h"

#include "action/suggestion.h"
#include "base/duration.h"

/* One comparison. */
struct comparison {
    const struct rule_case *rule_case;
    const struct simulation *simulation;
    const struct edge_coverage *edges;
    struct arena *scratch;
    struct case_differences *differences;
    struct text pointer; /* of the expectations */
};

const char *case_status_name(enum run_close close)
{
    switch (close) {
    case CLOSE_COMPLETED: return "completed";
    case CLOSE_CANCELED: return "canceled";
    case CLOSE_CONTINUED: return "continued_as_new";
    default: return "failed";
    }
}

static struct text pointer_to(const struct comparison *comparison, const char *key)
{
    return case_pointer(comparison->differences->arena, comparison->pointer, text_from(key));
}

static struct text name_of(const struct simulation *simulation, uint32_t index)
{
    struct run_action action;
    run_action_at(simulation->run, index, &action);
    return action.name;
}

/* ---- status, error, time ---- */

static void compare_status(const struct comparison *comparison)
{
    const struct case_expectation *expect = &comparison->rule_case->expect;
    const struct simulation *simulation = comparison->simulation;
    struct case_differences *differences = comparison->differences;
    const char *status = case_status_name(simulation->close);
    bool failed = simulation->close == CLOSE_FAILED;
    if (!text_is(expect->status, status))
        case_difference_add(
            differences, pointer_to(comparison, "status"), expect->status,
            arena_print(differences->arena, "%s%s%.*s", status, failed ? ": " : "", TEXT_ARG(simulation->failure)));
    else if (expect->error.data != NULL && text_find(simulation->failure, expect->error) == SIZE_MAX)
        case_difference_add(differences, pointer_to(comparison, "error"), expect->error,
                            failed ? simulation->failure : TEXT("no error"));
}

static void compare_time(const struct comparison *comparison)
{
    const struct case_expectation *expect = &comparison->rule_case->expect;
    const struct simulation *simulation = comparison->simulation;
    int64_t elapsed_ms = (simulation->now_us - simulation->options.start_us) / 1000;
    if (expect->lasts.data != NULL && elapsed_ms != expect->lasts_ms)
        case_difference_add(comparison->differences, pointer_to(comparison, "lasts"), expect->lasts,
                            duration_text_ms(comparison->differences->arena, elapsed_ms));
}

/* The last action with that name that has started; if none has, the last one with that name. */
static uint32_t find_action(const struct comparison *comparison, struct text name)
{
    const struct graph *graph = &comparison->edges->graph;
    uint32_t found = UINT32_MAX;
    bool started = false;
    for (uint32_t i = graph_name_bound(graph, name); i < graph->action_count; i++) {
        uint32_t index = graph->by_name[i];
        if (!text_equal(graph->actions[index].name, name))
            break;
        bool starts = comparison->simulation->actions.items[index].started;
        if (starts || !started)
            found = index;
        started = started || starts;
    }
    return found;
}

/* ---- path ---- */

bool case_ran(const struct simulation *simulation, struct arena *arena, struct json_value *names)
{
    struct json_value *items = ARENA_ARRAY(arena, simulation->started, struct json_value);
    if (items == NULL)
        return false;
    for (uint32_t i = 0; i < simulation->started; i++)
        items[i] = json_string(name_of(simulation, simulation->order[i]));
    *names = json_array(items, simulation->started);
    return true;
}

bool case_edges(const struct edge_coverage *edges, struct arena *arena, struct json_value *labels)
{
    struct json_value *items = ARENA_ARRAY(arena, edges->graph.edge_count, struct json_value);
    size_t count = 0;
    if (items == NULL)
        return false;
    for (uint32_t i = 0; i < edges->graph.edge_count; i++)
        if (edges->taken[i])
            items[count++] = json_string(edges->labels[i]);
    *labels = json_array(items, count);
    return true;
}

/* Whether the run took an edge of each label, and no other edge. */
static bool took_these(const struct edge_coverage *edges, const struct json_value *labels, bool *expected)
{
    for (size_t i = 0; i < labels->array.count; i++) {
        struct text label = labels->array.items[i].string;
        bool taken = false;
        for (uint32_t at = edge_coverage_bound(edges, label); edge_coverage_has(edges, at, label); at++) {
            expected[edges->by_label[at]] = true;
            taken = taken || edges->taken[edges->by_label[at]];
        }
        if (!taken)
            return false;
    }
    for (uint32_t i = 0; i < edges->graph.edge_count; i++)
        if (edges->taken[i] && !expected[i])
            return false;
    return true;
}

static enum status compare_path(const struct comparison *comparison, struct error *error)
{
    const struct case_expectation *expect = &comparison->rule_case->expect;
    const struct edge_coverage *edges = comparison->edges;
    struct case_differences *differences = comparison->differences;
    struct arena *arena = differences->arena;
    struct json_value ran, taken;
    bool *expected = ARENA_ARRAY(comparison->scratch, edges->graph.edge_count, bool);
    if (expected == NULL || !case_ran(comparison->simulation, comparison->scratch, &ran) ||
        !case_edges(edges, comparison->scratch, &taken))
        return error_budget(error);
    if (expect->ran != NULL && !json_equal(expect->ran, &ran))
        case_difference_add(differences, pointer_to(comparison, "ran"), json_to_text(arena, expect->ran),
                            json_to_text(arena, &ran));
    if (expect->edges != NULL && !took_these(edges, expect->edges, expected))
        case_difference_add(differences, pointer_to(comparison, "edges"), json_to_text(arena, expect->edges),
                            json_to_text(arena, &taken));
    for (size_t i = 0; expect->not_run != NULL && i < expect->not_run->array.count; i++) {
        struct text name = expect->not_run->array.items[i].string;
        uint32_t index = find_action(comparison, name);
        if (index != UINT32_MAX && comparison->simulation->actions.items[index].started)
            case_difference_add(differences, case_pointer_index(arena, pointer_to(comparison, "not_run"), i),
                                arena_print(arena, "%.*s does not run", TEXT_ARG(name)), TEXT("it runs"));
    }
    return STATUS_OK;
}

/* ---- configs, results, attempts ---- */

/* A JSON text about an action; .data NULL if absent. */
typedef struct text part_of_action(const struct comparison *comparison, uint32_t index);

static struct text config_of(const struct comparison *comparison, uint32_t index)
{
    return comparison->simulation->actions.items[index].config;
}

static struct text result_of(const struct comparison *comparison, uint32_t index)
{
    struct run_action action;
    run_action_at(comparison->simulation->run, index, &action);
    return action.state == ACTION_STATE_FINISHED ? action.result : TEXT_NONE;
}

static struct text attempts_of(const struct comparison *comparison, uint32_t index)
{
    return arena_print(comparison->scratch, "%u", comparison->simulation->actions.items[index].attempts);
}

static enum status compare_parts(const struct comparison *comparison, const char *key,
                                 const struct json_value *expected, part_of_action *part, struct error *error)
{
    struct case_differences *differences = comparison->differences;
    struct text pointer = pointer_to(comparison, key);
    for (size_t i = 0; expected != NULL && i < expected->object.count; i++) {
        const struct json_member *member = &expected->object.members[i];
        uint32_t index = find_action(comparison, member->key);
        struct text text = index != UINT32_MAX ? part(comparison, index) : TEXT_NONE;
        struct json_value got;
        enum status status = text.data != NULL ? json_read(comparison->scratch, text, &got, error) : STATUS_OK;
        if (status != STATUS_OK)
            return status;
        case_differences_find(differences, case_pointer(differences->arena, pointer, member->key), &member->value,
                              text.data != NULL ? &got : NULL);
    }
    return STATUS_OK;
}

enum status case_compare(const struct rule_case *rule_case, const struct simulation *simulation,
                         const struct edge_coverage *edges, struct arena *scratch, struct case_differences *differences,
                         struct error *error)
{
    const struct comparison comparison = {
        .rule_case = rule_case,
        .simulation = simulation,
        .edges = edges,
        .scratch = scratch,
        .differences = differences,
        .pointer = case_pointer(differences->arena, rule_case->pointer, TEXT("expect")),
    };
    const struct case_expectation *expect = &rule_case->expect;
    compare_status(&comparison);
    compare_time(&comparison);
    if (simulation->actions.count == 0)
        return differences->failed ? error_budget(error) : STATUS_OK; /* the input was refused */
    enum status status = compare_path(&comparison, error);
    if (status == STATUS_OK)
        status = compare_parts(&comparison, "configs", expect->configs, config_of, error);
    if (status == STATUS_OK)
        status = compare_parts(&comparison, "results", expect->results, result_of, error);
    if (status == STATUS_OK)
        status = compare_parts(&comparison, "attempts", expect->attempts, attempts_of, error);
    return status == STATUS_OK && differences->failed ? error_budget(error) : status;
}

/* ---- names ---- */

static struct text action_at(const void *graph, size_t index)
{
    return ((const struct graph *)graph)->actions[index].name;
}

static struct text label_at(const void *edges, size_t index)
{
    return ((const struct edge_coverage *)edges)->labels[index];
}

static void check_name(struct text name, struct text pointer, const struct graph *graph, struct case_faults *faults)
{
    uint32_t found = graph_name_bound(graph, name);
    if (found < graph->action_count && text_equal(graph->actions[graph->by_name[found]].name, name))
        return;
    struct text nearest = suggest_nearest(name, action_at, graph, graph->action_count);
    case_fault_add(faults, pointer, "the rule has no action '%.*s'%s%.*s%s", TEXT_ARG(name),
                   nearest.size > 0 ? "; did you mean '" : "", TEXT_ARG(nearest), nearest.size > 0 ? "'?" : "");
}

static void check_list(const struct json_value *names, struct text pointer, const struct graph *graph,
                       struct case_faults *faults)
{
    for (size_t i = 0; names != NULL && i < names->array.count; i++)
        check_name(names->array.items[i].string, case_pointer_index(faults->arena, pointer, i), graph, faults);
}

static void check_members(const struct json_value *object, struct text pointer, const struct graph *graph,
                          struct case_faults *faults)
{
    for (size_t i = 0; object != NULL && i < object->object.count; i++) {
        struct text name = object->object.members[i].key;
        check_name(name, case_pointer(faults->arena, pointer, name), graph, faults);
    }
}

void case_check_labels(const struct json_value *labels, struct text pointer, const struct edge_coverage *edges,
                       struct case_faults *faults)
{
    for (size_t i = 0; labels != NULL && i < labels->array.count; i++) {
        struct text label = labels->array.items[i].string;
        if (edge_coverage_has(edges, edge_coverage_bound(edges, label), label))
            continue;
        struct text nearest = suggest_nearest(label, label_at, edges, edges->graph.edge_count);
        case_fault_add(faults, case_pointer_index(faults->arena, pointer, i), "the rule has no edge '%.*s'%s%.*s%s",
                       TEXT_ARG(label), nearest.size > 0 ? "; did you mean '" : "", TEXT_ARG(nearest),
                       nearest.size > 0 ? "'?"
                                        : "; an edge is written \"start -> TARGET\", \"SOURCE -> TARGET\" or "
                                          "\"SOURCE -> TARGET (OUTPUT)\"");
    }
}

void case_check_names(const struct rule_case *rule_case, const struct edge_coverage *edges, struct case_faults *faults)
{
    const struct case_expectation *expect = &rule_case->expect;
    const struct graph *graph = &edges->graph;
    struct text pointer = case_pointer(faults->arena, rule_case->pointer, TEXT("expect"));
    if (graph->action_count == 0)
        return; /* the graph is wrong, and the case may expect just that */
    check_list(expect->ran, case_pointer(faults->arena, pointer, TEXT("ran")), graph, faults);
    check_list(expect->not_run, case_pointer(faults->arena, pointer, TEXT("not_run")), graph, faults);
    check_members(expect->configs, case_pointer(faults->arena, pointer, TEXT("configs")), graph, faults);
    check_members(expect->results, case_pointer(faults->arena, pointer, TEXT("results")), graph, faults);
    check_members(expect->attempts, case_pointer(faults->arena, pointer, TEXT("attempts")), graph, faults);
    case_check_labels(expect->edges, case_pointer(faults->arena, pointer, TEXT("edges")), edges, faults);
}
