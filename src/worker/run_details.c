/* Writes what people see of a run. Names and failures come from rules and services, so nothing in them may act as
   markup. */
#include "worker/run_details.h"

#include "base/date.h"
#include "base/limits.h"
#include "engine/description.h"
#include "picture/picture.h"

#define ACTIONS_MAX   20
#define NAME_BYTES    100
#define FAILURE_BYTES 500

/* One line of plain text. */
static void write_plain(struct buffer *buffer, struct text text, size_t limit)
{
    struct text shown = text_cut_utf8(text, limit);
    for (size_t i = 0; i < shown.size; i++) {
        unsigned char byte = (unsigned char)shown.data[i];
        bool letter = byte == ' ' || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                      (byte >= 'a' && byte <= 'z') || byte >= 0x80;
        if (!letter && byte > ' ' && byte < 0x7f)
            buffer_add_byte(buffer, '\\');
        buffer_add_byte(buffer, byte < ' ' || byte == 0x7f ? ' ' : shown.data[i]);
    }
    if (shown.size < text.size)
        buffer_add(buffer, TEXT("…"));
}

static void write_action(struct buffer *buffer, const struct run_action *action)
{
    buffer_add(buffer, TEXT("- **"));
    write_plain(buffer, action->name, NAME_BYTES);
    buffer_add(buffer, TEXT("** ("));
    write_plain(buffer, action->type, NAME_BYTES);
    buffer_add(buffer, TEXT(")"));
}

/* ---- what the run waits for ---- */

static const char *waits_for(const struct run_action *action, const struct action_catalog *catalog)
{
    static const char answer[] = "an answer";
    static const char *const ends[] = {[EXECUTOR_HERE] = "its end",
                                       [EXECUTOR_ACTIVITY] = "an activity",
                                       [EXECUTOR_TIMER] = "a timer",
                                       [EXECUTOR_BRANCH] = "a branch of the Go worker",
                                       [EXECUTOR_EARLIER] = "its end"};
    const struct action_type *type = action_catalog_find(catalog, action->type);
    bool human = action->executor == EXECUTOR_ACTIVITY && type != NULL && type->mode == ACTION_MODE_HUMAN;
    return human ? answer : ends[action->executor];
}

static void write_waiting(struct buffer *buffer, const struct run_action *action, const struct action_catalog *catalog,
                          struct arena *arena)
{
    write_action(buffer, action);
    buffer_print(buffer, ": %s", waits_for(action, catalog));
    if (action->started_us > 0 && action->started_us <= DATE_US_MAX)
        buffer_print(buffer, " since %.*s",
                     TEXT_ARG(date_text(arena, action->started_us, TEXT("2006-01-02 15:04:05 UTC"))));
    if (action->attempts > 1)
        buffer_print(buffer, ", attempt %u", action->attempts);
    buffer_add(buffer, TEXT("\n"));
}

static void write_held(struct buffer *buffer, const struct run_action *action)
{
    write_action(buffer, action);
    buffer_add(buffer, TEXT(": "));
    write_plain(buffer, action->failure, FAILURE_BYTES);
    buffer_add(buffer, TEXT("\n"));
}

/* Writes a list of the actions in that state under the title, if there are any. */
static void write_list(struct buffer *buffer, const struct run *run, enum action_state state, const char *title,
                       const struct action_catalog *catalog, struct arena *arena)
{
    size_t count = 0;
    for (size_t i = 0; i < run_action_count(run); i++) {
        struct run_action action;
        run_action_at(run, i, &action);
        if (action.state != state || count++ >= ACTIONS_MAX)
            continue;
        if (count == 1)
            buffer_print(buffer, "\n%s\n\n", title);
        if (state == ACTION_STATE_HELD)
            write_held(buffer, &action);
        else
            write_waiting(buffer, &action, catalog, arena);
    }
    if (count > ACTIONS_MAX)
        buffer_print(buffer, "- and %zu more\n", count - ACTIONS_MAX);
}

static void write_ignored_signals(struct buffer *buffer, const struct run *run)
{
    struct text first;
    uint32_t count = run_ignored_signals(run, &first);
    if (count == 0)
        return;
    buffer_print(buffer, "\nIgnored %u signal%s that no action waits for; the first one: **", count,
                 count == 1 ? "" : "s");
    write_plain(buffer, first, NAME_BYTES);
    buffer_add(buffer, TEXT("**\n"));
}

/* ---- the tree ---- */

/* Writes an indented code block, which no text in it can end. */
static void write_tree(struct buffer *buffer, struct text tree)
{
    size_t at = 0, left = RUN_DETAILS_BYTES;
    while (at < tree.size) {
        struct text rest = text_slice(tree, at, tree.size - at);
        size_t end = text_find(rest, TEXT("\n"));
        size_t size = end != SIZE_MAX ? end + 1 : rest.size;
        if (size > left) {
            buffer_add(buffer, TEXT("    …\n"));
            return;
        }
        buffer_add(buffer, TEXT("    "));
        buffer_add(buffer, text_slice(rest, 0, size));
        at += size;
        left -= size;
    }
}

struct text run_details(struct arena *arena, const struct run *run, const struct action_catalog *catalog)
{
    const struct graph *graph = run_graph(run);
    if (graph == NULL)
        return TEXT_NONE;
    struct picture picture;
    struct buffer tree = buffer_in(arena, LIMIT_PICTURE_BYTES);
    struct picture_run shown = {.run = run};
    const struct json_value nothing = json_null();
    if (run_is_over(run))
        shown.summary.close = CLOSE_COMPLETED; /* or any other end: nothing starts any more */
    if (picture_make(arena, graph, &nothing, catalog, &shown, &picture, NULL) != STATUS_OK)
        return TEXT_NONE;
    picture_write_tree(&picture, false, &tree);
    struct buffer buffer = buffer_in(arena, LIMIT_PAYLOAD_BYTES);
    write_tree(&buffer, buffer_text(&tree));
    write_list(&buffer, run, ACTION_STATE_HELD,
               "On hold, until somebody sends the update retry, skip or fail:", catalog, arena);
    write_list(&buffer, run, ACTION_STATE_SCHEDULED, "Waits for:", catalog, arena);
    write_ignored_signals(&buffer, run);
    return buffer_text(&buffer);
}
