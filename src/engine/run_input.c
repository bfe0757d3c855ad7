/* Reads the input of a run and starts it. */
#include "base/limits.h"
#include "engine/names.h"
#include "engine/run_internal.h"

static enum status refuse(struct run *run, struct error *error, const char *format, ...) PRINTF_LIKE(3, 4);

/* An invalid input is an outcome of the run: no action runs and the workflow fails. */
static enum status refuse(struct run *run, struct error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    run->refusal = failure_vprint(run->arena, format, arguments);
    va_end(arguments);
    run->phase = PHASE_REFUSED;
    return run->refusal.text.data != NULL ? STATUS_OK : error_budget(error);
}

static enum status refuse_with(struct run *run, struct failure failure, struct error *error)
{
    run->refusal = failure;
    run->refusal.text = arena_copy(run->arena, failure.text);
    run->phase = PHASE_REFUSED;
    return run->refusal.text.data != NULL ? STATUS_OK : error_budget(error);
}

static enum status refuse_graph(struct run *run, struct arena *scratch, const struct graph_faults *faults,
                                struct error *error)
{
    struct failure all = FAILURE_TEXT("validate workflow input: ");
    size_t count = 0;
    for (size_t i = 0; i < faults->count && all.text.data != NULL; i++) {
        const struct graph_fault *fault = &faults->items[i];
        if (fault->warning || ++count > LIMIT_GRAPH_FAULTS)
            continue;
        /* The Go worker's own texts are about the whole graph; only the others need to say where. */
        bool whole = text_equal(fault->pointer, TEXT("/graph"));
        struct failure next = failure_print(scratch, PUBLIC("%s%.*s%s"), count == 1 ? "" : "; ",
                                            TEXT_ARG(whole ? TEXT_NONE : fault->pointer), whole ? "" : ": ");
        all = failure_join(scratch, all, next);
        if (all.text.data != NULL)
            all = failure_join(scratch, all,
                               (struct failure){.text = fault->message, .head = fault->head, .tail = fault->tail});
    }
    if (count > LIMIT_GRAPH_FAULTS && all.text.data != NULL)
        all = failure_join(
            scratch, all, failure_print(scratch, PUBLIC("; and %zu more, see 'validate'"), count - LIMIT_GRAPH_FAULTS));
    return refuse_with(run, all, error);
}

static enum status prepare(struct run *run, struct error *error)
{
    uint32_t count = run->graph.action_count;
    run->nodes = ARENA_ARRAY(run->arena, count, struct node);
    run->ready = ARENA_ARRAY(run->arena, 2 * (size_t)count, uint32_t);
    run->ended = ARENA_ARRAY(run->arena, count, uint32_t);
    run->unrecorded = ARENA_ARRAY(run->arena, count, uint32_t);
    run->seen = ARENA_ARRAY(run->arena, count, uint32_t);
    run->walk = ARENA_ARRAY(run->arena, count, uint32_t);
    if (run->nodes == NULL || run->ready == NULL || run->ended == NULL || run->unrecorded == NULL ||
        run->seen == NULL || run->walk == NULL)
        return error_budget(error);
    run->phase = PHASE_RUNNING;
    enum status status = run_find_waits(run, error);
    if (status == STATUS_OK && count > 0)
        run_settle_start(run);
    return status;
}

/* Reads rule_id, rule_name, execution_id, and the trigger fields. */
static enum status read_heading(struct run *run, const struct json_value *input, const struct json_value *fields,
                                struct error *error)
{
    run->rule_id = run_read_id(run, input, TEXT("rule_id"));
    run->execution_id = run_read_id(run, input, TEXT("execution_id"));
    run->has_execution_id = run->execution_id.size > 0;
    run->effect_id = run->execution_id;
    const struct json_value *name = json_get_lenient(input, TEXT("rule_name"));
    run->rule_name = arena_copy(run->arena, name != NULL && name->type == JSON_STRING ? name->string : TEXT_NONE);
    run->trigger = fields != NULL ? json_to_text(run->arena, fields) : TEXT("null");
    return run->rule_name.data != NULL && run->trigger.data != NULL ? STATUS_OK : error_budget(error);
}

/* False: the value of on_failure is not known. */
static bool read_on_failure(struct run *run, const struct json_value *input)
{
    const struct json_value *value = json_get_lenient(input, TEXT("on_failure"));
    if (value == NULL || value->type == JSON_NULL)
        return true;
    struct text written = value->type == JSON_STRING ? value->string : TEXT_NONE;
    run->hold = text_is(written, "hold") ? HOLD_BY_INPUT : HOLD_NOT;
    return run->hold == HOLD_BY_INPUT || text_is(written, "fail");
}

static enum status read_graph(struct run *run, struct arena *scratch, const struct json_value *document,
                              struct error *error)
{
    struct graph_faults faults = {.arena = scratch};
    struct error fault = ERROR_IN(scratch);
    enum status status = graph_read(run->arena, scratch, document, TEXT("/graph"), &run->graph, &faults, &fault);
    if (status == STATUS_INVALID)
        return refuse_graph(run, scratch, &faults, error);
    if (status != STATUS_OK)
        return error_copy(error, &fault);
    return prepare(run, error);
}

static enum status start_graph(struct run *run, struct arena *scratch, const struct json_value *input,
                               const struct event_start *start, struct error *error)
{
    const struct json_value *trigger = json_get_lenient(input, TEXT("trigger_data"));
    if (trigger != NULL && trigger->type != JSON_OBJECT && trigger->type != JSON_NULL)
        return refuse(
            run, error,
            PUBLIC("unable to decode the workflow function input payload with error: /trigger_data: expected object, "
                   "found %s, function name: " WORKFLOW_TYPE),
            json_type_name(trigger->type));
    enum status status = read_heading(run, input, trigger, error);
    if (status == STATUS_OK)
        status = run_identify(run, input, start, error);
    if (status != STATUS_OK)
        return status;
    if (run->rule_id.size == 0)
        return refuse(run, error, "validate workflow input: rule_id is required");
    if (run->execution_id.size == 0)
        return refuse(run, error, "validate workflow input: execution_id is required");
    if (!read_on_failure(run, input))
        return refuse(run, error, "validate workflow input: on_failure must be hold or fail");
    status = read_graph(run, scratch, json_get_lenient(input, TEXT("graph")), error);
    run->settings = arena_copy(run->arena, start != NULL ? start->settings : TEXT_NONE);
    if (run->settings.data == NULL)
        return error_budget(error);
    bool anew = start != NULL && start->cron_again;
    return status == STATUS_OK && run->phase == PHASE_RUNNING && !anew ? run_resume(run, input, error) : status;
}

/* A branch whose start action is its convergence point has nothing to do. */
static bool is_empty_branch(const struct json_value *input)
{
    struct uuid start, end;
    return uuid_parse(json_get_text(json_get_lenient(input, TEXT("start_action")), TEXT("id")), &start) &&
           uuid_parse(json_get_text(input, TEXT("convergence_point")), &end) && uuid_equal(start, end);
}

static enum status start_branch(struct run *run, struct arena *scratch, const struct json_value *input,
                                struct error *error)
{
    struct uuid convergence;
    run->is_branch = true;
    run->is_awaited =
        uuid_parse(json_get_text(input, TEXT("convergence_point")), &convergence) && !uuid_is_nil(convergence);
    struct json_value context, document;
    enum status status = branch_context(scratch, input, &context, error);
    if (status == STATUS_OK)
        status = read_heading(run, input, &context, error);
    if (status != STATUS_OK)
        return status;
    const struct json_value *results =
        json_get_lenient(json_get_lenient(input, TEXT("initial_context")), TEXT("action_results"));
    run->inherited = results != NULL ? json_to_text(run->arena, results) : TEXT("null");
    if (run->inherited.data == NULL)
        return error_budget(error);
    if (is_empty_branch(input))
        return prepare(run, error);
    status = branch_document(scratch, input, &document, error);
    return status == STATUS_OK ? read_graph(run, scratch, &document, error) : status;
}

static enum status refuse_unreadable(struct run *run, struct arena *scratch, const struct error *fault,
                                     const char *function, struct error *error)
{
    struct failure why = failure_join(
        scratch,
        failure_print(scratch, PUBLIC("unable to decode the workflow function input payload with error: %.*s: "),
                      TEXT_ARG(fault->where)),
        error_failure(fault));
    return refuse_with(run, failure_join(scratch, why, failure_print(scratch, PUBLIC(", function name: %s"), function)),
                       error);
}

enum status run_start(struct run *run, const struct event *event, bool is_branch, struct error *error)
{
    const char *function = is_branch ? BRANCH_TYPE : WORKFLOW_TYPE;
    struct arena *scratch = arena_new(LIMIT_RUN_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    struct json_value value;
    struct error fault = ERROR_IN(scratch);
    enum status status = json_read(scratch, event->payload, &value, &fault);
    if (status == STATUS_INVALID)
        status = refuse_unreadable(run, scratch, &fault, function, error);
    else if (status == STATUS_OK && value.type != JSON_OBJECT)
        status =
            refuse(run, error,
                   PUBLIC("unable to decode the workflow function input payload with error: expected object, found %s, "
                          "function name: %s"),
                   json_type_name(value.type), function);
    else if (status == STATUS_OK)
        status = is_branch ? start_branch(run, scratch, &value, error)
                           : start_graph(run, scratch, &value, event->start, error);
    else
        (void)error_copy(error, &fault);
    arena_free(scratch);
    return status;
}
