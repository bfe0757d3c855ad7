/* Writes what differs between two versions of a rule. */
#include "authoring/rule_diff.h"
#include "base/json_writer.h"

#define SHOWN_VALUE 100

static const char *const kinds[] = {
    [RULE_RENAMED] = "rule_renamed",
    [ACTION_ADDED] = "action_added",
    [ACTION_REMOVED] = "action_removed",
    [ACTION_RENAMED] = "action_renamed",
    [ACTION_TYPE_CHANGED] = "action_type_changed",
    [ACTION_CONFIG_CHANGED] = "action_config_changed",
    [ACTION_ACTIVATED] = "action_activated",
    [ACTION_DEACTIVATED] = "action_deactivated",
    [EDGE_ADDED] = "edge_added",
    [EDGE_REMOVED] = "edge_removed",
    [EDGE_MOVED] = "edge_moved",
    [EDGE_REORDERED] = "edge_reordered",
};

static bool is_edge(enum rule_change_kind kind)
{
    return kind == EDGE_ADDED || kind == EDGE_REMOVED || kind == EDGE_MOVED || kind == EDGE_REORDERED;
}

static char sign_of(enum rule_change_kind kind)
{
    return kind == ACTION_ADDED || kind == EDGE_ADDED       ? '+'
           : kind == ACTION_REMOVED || kind == EDGE_REMOVED ? '-'
                                                            : '~';
}

/* In one line, cut. */
static void write_shown(struct buffer *buffer, struct text text)
{
    struct text cut = text_cut_utf8(text, SHOWN_VALUE);
    for (size_t i = 0; i < cut.size; i++)
        buffer_add_byte(buffer, (unsigned char)cut.data[i] < ' ' || cut.data[i] == 0x7f ? ' ' : cut.data[i]);
    buffer_add(buffer, cut.size < text.size ? TEXT("...") : TEXT(""));
}

static void write_step(struct buffer *buffer, struct text before, struct text after)
{
    write_shown(buffer, before.size > 0 ? before : TEXT("(absent)"));
    buffer_add(buffer, TEXT(" -> "));
    write_shown(buffer, after.size > 0 ? after : TEXT("(absent)"));
}

static void write_edge(const struct rule_change *change, struct buffer *buffer)
{
    write_shown(buffer, change->action_id.size > 0 ? change->action : TEXT("start"));
    if (change->output.size > 0) {
        buffer_add(buffer, TEXT(" ("));
        write_shown(buffer, change->output);
        buffer_add(buffer, TEXT(")"));
    }
    if (change->kind == EDGE_REORDERED || change->kind == EDGE_MOVED) {
        buffer_add(buffer, change->kind == EDGE_MOVED ? TEXT(": target ") : TEXT(": sort_order "));
        write_step(buffer, change->before, change->after);
    } else {
        buffer_add(buffer, TEXT(" -> "));
        write_shown(buffer, change->kind == EDGE_ADDED ? change->after : change->before);
    }
}

static void write_action(const struct rule_change *change, struct buffer *buffer)
{
    write_shown(buffer, change->action);
    switch (change->kind) {
    case ACTION_ADDED:
    case ACTION_REMOVED:
        buffer_add(buffer, TEXT(" ("));
        write_shown(buffer, change->kind == ACTION_ADDED ? change->after : change->before);
        buffer_add(buffer, TEXT(")"));
        return;
    case ACTION_ACTIVATED: buffer_add(buffer, TEXT(": activated")); return;
    case ACTION_DEACTIVATED: buffer_add(buffer, TEXT(": deactivated")); return;
    case ACTION_RENAMED: buffer_add(buffer, TEXT(": name ")); break;
    case ACTION_TYPE_CHANGED: buffer_add(buffer, TEXT(": type ")); break;
    default:
        buffer_add(buffer, TEXT(": "));
        write_shown(buffer, change->pointer);
        buffer_add_byte(buffer, ' ');
    }
    write_step(buffer, change->before, change->after);
}

void rule_changes_write(const struct rule_changes *changes, struct buffer *buffer)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct rule_change *change = &changes->items[i];
        const char *what = change->kind == RULE_RENAMED ? "rule" : is_edge(change->kind) ? "edge" : "action";
        buffer_print(buffer, "%c %-6s  ", sign_of(change->kind), what);
        if (change->kind == RULE_RENAMED)
            write_step(buffer, change->before, change->after);
        else if (is_edge(change->kind))
            write_edge(change, buffer);
        else
            write_action(change, buffer);
        buffer_add_byte(buffer, '\n');
    }
}

static void write_member(struct json_writer *json, const char *key, const struct rule_change *change, struct text value)
{
    if (change->kind == ACTION_CONFIG_CHANGED)
        json_member_raw(json, key, value.size > 0 ? value : TEXT("null"));
    else if (change->kind == EDGE_REORDERED)
        json_member_raw(json, key, value);
    else
        json_member_text_or_null(json, key, value);
}

void rule_changes_write_json(const struct rule_changes *changes, struct json_writer *json)
{
    json_begin_array(json);
    for (size_t i = 0; i < changes->count; i++) {
        const struct rule_change *change = &changes->items[i];
        json_begin_object(json);
        json_member_string(json, "kind", kinds[change->kind]);
        if (change->kind != RULE_RENAMED) {
            json_member_text_or_null(json, "action_id", change->action_id);
            json_member_text_or_null(json, "action", change->action);
        }
        if (is_edge(change->kind))
            json_member_text_or_null(json, "output", change->output);
        if (change->kind == ACTION_CONFIG_CHANGED)
            json_member_text(json, "pointer", change->pointer);
        if (change->kind == ACTION_CONFIG_CHANGED) {
            json_member_boolean(json, "was_present", change->before.size > 0);
            json_member_boolean(json, "is_present", change->after.size > 0);
        }
        if (change->kind != ACTION_ACTIVATED && change->kind != ACTION_DEACTIVATED) {
            write_member(json, "before", change, change->before);
            write_member(json, "after", change, change->after);
        }
        json_end_object(json);
    }
    json_end_array(json);
}
