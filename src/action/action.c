/* Functions that handlers call, and the lookup of action types. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "action/registry.h"

static enum action_outcome fail(struct action_call *call, enum action_outcome outcome, struct failure why)
{
    if (call->mask != NULL && why.text.data != NULL) {
        const struct text shown = call->mask->hide(call->mask, call->arena, why.text);
        if (shown.data != why.text.data)
            why = (struct failure){.text = shown};
    }
    if (why.text.data == NULL)
        why = FAILURE_TEXT("out of the memory budget of this task");
    call->failure = why.text;
    call->failure_head = why.head;
    call->failure_tail = why.tail;
    return outcome;
}

enum action_outcome action_refuse(struct action_call *call, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct failure why = failure_vprint(call->arena, format, arguments);
    va_end(arguments);
    return fail(call, ACTION_OUTCOME_REFUSED, why);
}

enum action_outcome action_refuse_with(struct action_call *call, struct failure why)
{
    return fail(call, ACTION_OUTCOME_REFUSED, why);
}

enum action_outcome action_retry(struct action_call *call, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct failure why = failure_vprint(call->arena, format, arguments);
    va_end(arguments);
    return fail(call, ACTION_OUTCOME_RETRY, why);
}

enum action_outcome action_retry_after(struct action_call *call, int64_t delay_ms, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct failure why = failure_vprint(call->arena, format, arguments);
    va_end(arguments);
    call->retry_delay_ms = delay_ms;
    return fail(call, ACTION_OUTCOME_RETRY, why);
}

enum action_outcome action_return(struct action_call *call, const struct json_value *result)
{
    assert(result->type == JSON_OBJECT);
    call->json_result = *result;
    return ACTION_OUTCOME_DONE;
}

bool action_take_result(struct action_call *call, struct json_value *result)
{
    if (call->json_result.type != JSON_OBJECT)
        return false;
    *result = call->json_result;
    call->json_result = json_null();
    return true;
}

/* Why a handler may not return the outcome; NULL when it may. */
static const char *outcome_fault(enum action_outcome outcome, bool may_be_pending)
{
    switch (outcome) {
    case ACTION_OUTCOME_DONE:
    case ACTION_OUTCOME_RETRY:
    case ACTION_OUTCOME_REFUSED: return NULL;
    case ACTION_OUTCOME_PENDING:
        if (may_be_pending)
            return NULL;
        return "the handler left the action pending, but the action's mode is sync";
    }
    return "the handler returned an unknown outcome";
}

enum action_outcome action_check_outcome(struct action_call *call, enum action_outcome outcome, bool may_be_pending)
{
    const char *fault = outcome_fault(outcome, may_be_pending);
    return fault == NULL ? outcome : action_refuse(call, PUBLIC("%s"), fault);
}

bool action_canceled(struct action_call *call)
{
    return wait_limit_is_canceled(&call->limit);
}

bool action_user(struct action_call *call, const char *what, struct uuid *user)
{
    *user = uuid_is_nil(call->user_id) ? call->stand_in : call->user_id;
    if (!uuid_is_nil(*user))
        return true;
    (void)action_refuse(call, PUBLIC("%s: no user: the event names none"), what);
    return false;
}

struct text action_uuid_fault(struct action_call *call, struct text text)
{
    return uuid_fault(call->arena, text);
}

struct uuid action_idempotency_key(const struct action_call *call)
{
    if (call->idempotency_key != NULL && !uuid_is_nil(*call->idempotency_key))
        return *call->idempotency_key;
    char id[UUID_TEXT_SIZE + 1];
    uuid_format(call->action_id, id);
    struct uuid key = uuid_from_name(call->effect_id, text_from(id));
    if (call->ask > 0 || call->reminder > 0) {
        char part[sizeof "remind/4294967295"];
        int size = call->reminder > 0 ? snprintf(part, sizeof part, "remind/%u", call->reminder)
                                      : snprintf(part, sizeof part, "%u", call->ask);
        key = uuid_from_name(key, (struct text){.data = part, .size = (size_t)size});
    }
    if (call->idempotency_key != NULL)
        *call->idempotency_key = key;
    return key;
}

struct uuid action_row_id(const struct action_call *call, const char *purpose, size_t index)
{
    /* One namespace per purpose, so that no two pairs of purpose and index have the same id. */
    struct uuid space = uuid_from_name(action_idempotency_key(call), text_from(purpose));
    char digits[sizeof "18446744073709551615"];
    int size = snprintf(digits, sizeof digits, "%zu", index);
    return uuid_from_name(space, (struct text){.data = digits, .size = (size_t)size});
}

const struct action_type *action_catalog_find(const struct action_catalog *catalog, struct text name)
{
    size_t first = 0, end = catalog->count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        int order = text_compare(name, text_from(catalog->types[middle].name));
        if (order == 0)
            return &catalog->types[middle];
        if (order < 0)
            end = middle;
        else
            first = middle + 1;
    }
    return NULL;
}

const char *action_catalog_absence(const struct action_catalog *catalog, struct text name)
{
    for (size_t i = 0; i < catalog->absence_count; i++)
        if (text_is(name, catalog->absences[i].name))
            return catalog->absences[i].reason;
    return NULL;
}
