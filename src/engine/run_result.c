/* Reads the end of an action from an event. */
#include "engine/run_internal.h"

/* The result in the output of an activity; without one, an empty object. */
static struct json_value result_of(const struct json_value *output)
{
    const struct json_value *result = output->type == JSON_OBJECT ? json_get_lenient(output, TEXT("result")) : NULL;
    return result == NULL || result->type == JSON_NULL ? json_object(NULL, 0) : *result;
}

enum status run_read_result(struct arena *arena, const struct event *event, bool is_output,
                            const struct action_type *type, struct json_value *result, struct failure *why,
                            struct error *error)
{
    struct error fault = ERROR_IN(arena);
    *why = (struct failure){0};
    enum status status = json_read(arena, event->payload, result, &fault);
    if (status != STATUS_OK && status != STATUS_INVALID)
        return error_copy(error, &fault);
    if (status == STATUS_OK && is_output && (result->type == JSON_OBJECT || result->type == JSON_NULL))
        *result = result_of(result);
    if (event->payload_foreign)
        *why = FAILURE_TEXT("it is not json/plain");
    else if (status == STATUS_INVALID)
        *why = error_failure(&fault);
    else if (result->type != JSON_OBJECT)
        *why = FAILURE_TEXT("it is not a JSON object");
    else if (is_output)
        *why = human_answer_fault(arena, type, result);
    return STATUS_OK;
}
