/* Actions that wait for a person. */
#include "base/duration.h"
#include "base/limits.h"
#include "engine/run_internal.h"

#define TIMED_OUT TEXT("timed_out")
#define HOUR_MS   INT64_C(3600000)

int64_t human_timeout_ms(const struct action_type *type, const struct json_value *config)
{
    const struct action_timing *timing = &type->timing;
    int64_t count, milliseconds;
    if (timing->timeout_field == NULL)
        return timing->start_to_close_ms;
    const struct json_value *value = json_get_lenient(config, text_from(timing->timeout_field));
    if (value == NULL || !json_to_int64(value, &count) || count <= 0)
        return timing->start_to_close_ms;
    if (__builtin_mul_overflow(count, timing->timeout_unit_ms, &milliseconds) || milliseconds > LIMIT_ANSWER_TIME_MS)
        return LIMIT_ANSWER_TIME_MS;
    return milliseconds;
}

/* "approved, rejected, timed_out" */
static struct text join_outputs(struct arena *arena, const struct action_type *type)
{
    struct buffer buffer = buffer_in(arena, LIMIT_FAILURE_BYTES);
    for (size_t i = 0; i < type->output_count; i++) {
        buffer_add(&buffer, i > 0 ? TEXT(", ") : TEXT(""));
        buffer_add(&buffer, text_from(type->outputs[i]));
    }
    return buffer_text(&buffer);
}

static bool has_output(const struct action_type *type, struct text output)
{
    for (size_t i = 0; i < type->output_count; i++)
        if (text_is(output, type->outputs[i]))
            return true;
    return false;
}

struct failure human_answer_fault(struct arena *arena, const struct action_type *type, const struct json_value *result)
{
    if (type == NULL || type->mode != ACTION_MODE_HUMAN || type->output_count == 0)
        return (struct failure){0};
    const struct json_value *output = json_get(result, TEXT("output"));
    /* The first version of the Go worker asked nobody and wrote a status instead. */
    if (output == NULL && json_get(result, TEXT("status")) != NULL)
        return (struct failure){0};
    struct text outputs = join_outputs(arena, type);
    if (output == NULL || output->type != JSON_STRING)
        return failure_print(arena, PUBLIC("it has no output; the outputs are %.*s"), TEXT_ARG(outputs));
    if (has_output(type, output->string))
        return (struct failure){0};
    return failure_print(arena, PUBLIC("no output ") "'%.*s'" PUBLIC("; there are %.*s"),
                         TEXT_ARG(text_cut_utf8(output->string, LIMIT_FAULT_VALUE)), TEXT_ARG(outputs));
}

bool human_has_timed_out_edge(const struct run *run, uint32_t action)
{
    const struct graph *graph = &run->graph;
    for (uint32_t i = graph->first_edge[action]; i < graph->first_edge[action + 1]; i++)
        if (graph->edges[i].has_output && text_equal(graph->edges[i].source_output, TIMED_OUT))
            return true;
    return false;
}

static enum status finish_timed_out(struct run *run, uint32_t action, struct error *error)
{
    const struct json_member output = {TEXT("output"), json_string(TIMED_OUT)};
    const struct json_value result = json_object(&output, 1);
    return run_finish(run, action, TEXT("{\"output\":\"timed_out\"}"), &result, error);
}

/* Writes "24 h", as configs have it, or a duration such as 90s. */
static void add_duration(struct buffer *buffer, int64_t milliseconds)
{
    if (milliseconds % HOUR_MS == 0) {
        buffer_print(buffer, "%lld h", (long long)(milliseconds / HOUR_MS));
        return;
    }
    buffer_add(buffer, duration_text_ms(buffer->arena, milliseconds));
}

static void add_asked(struct buffer *buffer, const struct action_type *type, const struct json_value *config)
{
    const struct json_value *asked =
        type->asked_field != NULL ? json_get_lenient(config, text_from(type->asked_field)) : NULL;
    size_t count = 0;
    for (size_t i = 0; asked != NULL && asked->type == JSON_ARRAY && i < asked->array.count; i++) {
        if (asked->array.items[i].type != JSON_STRING)
            continue;
        buffer_add(buffer, count++ == 0 ? TEXT("; asked: ") : TEXT(", "));
        buffer_add(buffer, asked->array.items[i].string);
    }
}

enum status run_unanswered(struct run *run, uint32_t action, const struct action_type *type, int64_t seconds,
                           struct error *error)
{
    return human_has_timed_out_edge(run, action)
               ? finish_timed_out(run, action, error)
               : run_fail_unanswered(run, action, type, TEXT("nobody answered within"), seconds, error);
}

enum status run_fail_unanswered(struct run *run, uint32_t action, const struct action_type *type, struct text what,
                                int64_t seconds, struct error *error)
{
    struct arena *scratch = arena_new(LIMIT_TASK_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    struct json_value config;
    enum status status = json_read(scratch, run->graph.actions[action].config, &config, error);
    if (status == STATUS_OK) {
        struct buffer buffer = buffer_in(scratch, LIMIT_TASK_ARENA);
        buffer_add(&buffer, what);
        buffer_add_byte(&buffer, ' ');
        add_duration(&buffer, seconds > 0 ? seconds * INT64_C(1000) : human_timeout_ms(type, &config));
        struct failure failure = {.head = buffer.size};
        add_asked(&buffer, type, &config);
        failure.text = buffer_text(&buffer);
        status =
            failure.text.data != NULL ? run_fail(run, action, failure, FAILURE_TIMED_OUT, error) : error_budget(error);
    }
    arena_free(scratch);
    return status;
}
