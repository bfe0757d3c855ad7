/* The search attributes of a run. */
#include <string.h>

#include "engine/description.h"
#include "engine/run_internal.h"

bool run_must_describe(const struct run *run)
{
    return !run->task_completed && !run->is_branch;
}

/* No text in a SQL store can have a zero byte. */
static bool has_zero(struct text text)
{
    return text.size > 0 && memchr(text.data, '\0', text.size) != NULL;
}

static bool copy_value(struct arena *arena, struct text from, struct text *to)
{
    *to = TEXT_NONE;
    if (from.size == 0 || has_zero(from))
        return true;
    *to = arena_copy(arena, text_cut_utf8(from, DESCRIPTION_VALUE_MAX));
    return to->data != NULL;
}

enum status run_describe(const struct run *run, struct arena *arena, struct run_description *description,
                         struct error *error)
{
    *description = (struct run_description){0};
    struct json_value trigger = run->trigger_read ? run->trigger_value : json_null();
    if (!run->trigger_read && json_read(arena, run->trigger, &trigger, NULL) != STATUS_OK)
        trigger = json_null();
    bool copied = copy_value(arena, run->rule_name, &description->rule) &&
                  copy_value(arena, json_get_text(&trigger, TEXT("event_type")), &description->trigger) &&
                  copy_value(arena, json_get_text(&trigger, TEXT("entity_name")), &description->entity) &&
                  copy_value(arena, json_get_text(&trigger, TEXT("entity_id")), &description->entity_id) &&
                  copy_value(arena, json_get_text(&trigger, TEXT("number")), &description->entity_number);
    return copied ? STATUS_OK : error_budget(error);
}

struct text run_failed_action(const struct run *run)
{
    for (uint32_t i = 0; run->failed + run->on_hold > 0 && i < run->graph.action_count; i++)
        if (run->nodes[i].state == ACTION_STATE_FAILED || run->nodes[i].state == ACTION_STATE_HELD)
            return text_cut_utf8(run->graph.actions[i].name, DESCRIPTION_VALUE_MAX);
    return TEXT_NONE;
}

bool run_failed_action_is_known(const struct run *run)
{
    struct text name = run_failed_action(run);
    return text_equal(name, run->known_failed_action) || has_zero(name);
}

enum status run_note_signal(struct run *run, const struct event *event, struct error *error)
{
    if (run_awaits_signal(run, event->activity_type) || run->ignored_signals++ > 0)
        return STATUS_OK;
    run->ignored_signal = arena_copy(run->arena, text_cut_utf8(event->activity_type, DESCRIPTION_VALUE_MAX));
    return run->ignored_signal.data != NULL ? STATUS_OK : error_budget(error);
}

uint32_t run_ignored_signals(const struct run *run, struct text *first)
{
    *first = run->ignored_signal;
    return run->ignored_signals;
}
