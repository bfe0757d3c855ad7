/* Plays the cases of a rule. */
#include "rule/rule_test.h"

#include "base/limits.h"
#include "rule/case_compare.h"
#include "rule/rule_input.h"

/* The start time of a run when neither its case nor its trigger names a time. */
#define DEFAULT_CLOCK_US INT64_C(1767225600000000) /* 2026-01-01T00:00:00Z */

/* The trigger data of the rule, in which the members of `changes` replace its own. */
static bool change_trigger(struct arena *arena, const struct json_value *rule, const struct json_value *changes,
                           struct json_value *trigger)
{
    const struct json_value *own = json_get_lenient(rule, TEXT("trigger_data"));
    size_t count = own != NULL && own->type == JSON_OBJECT ? own->object.count : 0;
    struct json_member *members = ARENA_ARRAY(arena, count + changes->object.count, struct json_member);
    size_t used = 0;
    if (members == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        if (json_get(changes, own->object.members[i].key) == NULL)
            members[used++] = own->object.members[i];
    for (size_t i = 0; i < changes->object.count; i++)
        members[used++] = changes->object.members[i];
    *trigger = json_object(members, used);
    return true;
}

static bool make_input(struct arena *arena, const struct json_value *rule, const struct rule_case *rule_case,
                       struct json_value *input)
{
    const struct json_value *trigger = rule_case->trigger_data;
    struct json_value changed;
    if (rule_case->trigger_changes != NULL) {
        if (!change_trigger(arena, rule, rule_case->trigger_changes, &changed))
            return false;
        trigger = &changed;
    }
    return rule_input_complete(arena, rule, trigger, input);
}

enum status rule_case_play(struct arena *arena, const struct action_catalog *catalog, const struct json_value *rule,
                           const struct rule_case *rule_case, struct json_value *input, struct simulation *simulation,
                           struct error *error)
{
    *simulation = (struct simulation){0};
    struct simulation_options options = {
        .catalog = catalog, .local = true, .start_us = rule_case->clock_us, .plan = &rule_case->plan};
    struct text text = make_input(arena, rule, rule_case, input) ? json_to_text(arena, input) : TEXT_NONE;
    if (text.data == NULL)
        return error_budget(error);
    if (!rule_case->has_clock && !rule_input_time(input, &options.start_us))
        options.start_us = DEFAULT_CLOCK_US;
    return simulation_play(simulation, arena, text, &options, error);
}

static enum status copy_warnings(struct arena *arena, const struct simulation *simulation, struct case_outcome *outcome,
                                 struct error *error)
{
    const struct simulated_actions *actions = &simulation->actions;
    outcome->warnings = ARENA_ARRAY(arena, actions->warning_count, struct text);
    for (size_t i = 0; outcome->warnings != NULL && i < actions->warning_count; i++) {
        const struct simulation_warning *warning = &actions->warnings[i];
        struct run_action action;
        run_action_at(simulation->run, warning->action, &action);
        struct text text = arena_print(arena, "%.*s: %.*s", TEXT_ARG(action.name), TEXT_ARG(warning->text));
        if (text.data == NULL)
            return error_budget(error);
        outcome->warnings[outcome->warning_count++] = text;
    }
    return outcome->warnings != NULL ? STATUS_OK : error_budget(error);
}

/* Compares a played case and adds the edges that its run took. */
static enum status judge(struct rule_test *test, struct arena *arena, struct arena *scratch,
                         const struct simulation *simulation, struct case_outcome *outcome, struct error *error)
{
    outcome->close = simulation->close;
    outcome->differences = (struct case_differences){.arena = arena};
    enum status status = edge_coverage_add(&test->edges, simulation->run, scratch, error);
    if (status == STATUS_OK)
        status = case_compare(outcome->rule_case, simulation, &test->edges, scratch, &outcome->differences, error);
    if (status == STATUS_OK)
        status = copy_warnings(arena, simulation, outcome, error);
    test->failed += outcome->differences.count > 0;
    return status;
}

static enum status run_case(struct rule_test *test, struct arena *arena, const struct action_catalog *catalog,
                            const struct json_value *rule, const struct rule_case *rule_case, struct error *error)
{
    struct arena *scratch = arena_new(LIMIT_RUN_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    struct simulation simulation;
    struct json_value input;
    struct error fault = ERROR_IN(arena);
    struct case_outcome *outcome = &test->outcomes[test->outcome_count];
    *outcome = (struct case_outcome){.rule_case = rule_case};
    enum status status = rule_case_play(scratch, catalog, rule, rule_case, &input, &simulation, &fault);
    if (status == STATUS_OK) {
        status = judge(test, arena, scratch, &simulation, outcome, error);
        test->outcome_count++;
    } else if (status == STATUS_INVALID) {
        case_fault_add(&test->faults, arena_copy(arena, fault.where), "%.*s", TEXT_ARG(fault.message));
        status = STATUS_OK;
    } else {
        (void)error_copy(error, &fault);
    }
    simulation_end(&simulation);
    arena_free(scratch);
    return status;
}

/* Reads the edges of the rule; a rule that is refused has none. */
static enum status read_edges(struct arena *arena, const struct json_value *rule, struct rule_test *test,
                              struct error *error)
{
    struct json_value input;
    struct error ignored = ERROR_IN(arena);
    if (!rule_input_complete(arena, rule, NULL, &input))
        return error_budget(error);
    enum status status = edge_coverage_read(arena, &input, &test->edges, &ignored);
    return status == STATUS_INVALID || status == STATUS_OK ? STATUS_OK : error_copy(error, &ignored);
}

static bool mark_left_out(struct arena *arena, struct rule_test *test)
{
    const struct json_value *labels = test->file.untaken_edges;
    const struct edge_coverage *edges = &test->edges;
    test->left_out = ARENA_ARRAY(arena, edges->graph.edge_count, bool);
    for (size_t i = 0; labels != NULL && test->left_out != NULL && i < labels->array.count; i++) {
        struct text label = labels->array.items[i].string;
        for (uint32_t at = edge_coverage_bound(edges, label); edge_coverage_has(edges, at, label); at++)
            test->left_out[edges->by_label[at]] = true;
    }
    return test->left_out != NULL;
}

/* Counts the edges that no case took. An edge that is taken although the file lists it as untaken is a fault. */
static void count_untaken(struct rule_test *test)
{
    const struct edge_coverage *edges = &test->edges;
    for (uint32_t i = 0; i < edges->graph.edge_count; i++) {
        test->untaken += !edges->covered[i] && !test->left_out[i];
        if (edges->covered[i] && test->left_out[i])
            case_fault_add(&test->faults, TEXT("/untaken_edges"), "a case takes the edge '%.*s': remove it here",
                           TEXT_ARG(edges->labels[i]));
    }
}

static enum status check_rule(struct arena *arena, const struct action_catalog *catalog, const struct json_value *rule,
                              bool force, struct rule_test *test, struct error *error)
{
    struct text text = json_to_text(arena, rule);
    if (text.data == NULL)
        return error_budget(error);
    enum status status = rule_document_read(arena, text, catalog, &test->document, error);
    test->refused = !force && test->document.count[RULE_FAULT_FLOW] > 0;
    return status;
}

enum status rule_test_run(struct arena *arena, const struct action_catalog *catalog, const struct json_value *rule,
                          bool force, struct rule_test *test, struct error *error)
{
    enum status status = check_rule(arena, catalog, rule, force, test, error);
    if (status != STATUS_OK || test->refused)
        return status;
    status = read_edges(arena, rule, test, error);
    test->outcomes = ARENA_ARRAY(arena, test->file.count, struct case_outcome);
    if (status == STATUS_OK && (test->outcomes == NULL || !mark_left_out(arena, test)))
        return error_budget(error);
    for (size_t i = 0; i < test->file.count && status == STATUS_OK; i++)
        case_check_names(&test->file.cases[i], &test->edges, &test->faults);
    if (test->edges.graph.action_count > 0)
        case_check_labels(test->file.untaken_edges, TEXT("/untaken_edges"), &test->edges, &test->faults);
    for (size_t i = 0; i < test->file.count && status == STATUS_OK && test->faults.count == 0; i++)
        status = run_case(test, arena, catalog, rule, &test->file.cases[i], error);
    if (status == STATUS_OK && test->faults.count == 0)
        count_untaken(test);
    return status;
}
