/* Histories of the Go worker, with events left out, repeated, moved and mixed, are taken over or refused: never a
   crash, never a command that the state forbids. A run that continues as new leaves nothing to run twice, and its input
   with members left out, renamed or exchanged is read or refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "fuzz/engine_input.h"
#include "temporal/history_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HISTORY_MAX 128
#define EVENT_MAX   512

static const struct action_reference references[] = {{"text", REFERENCE_TEMPLATE}};
static const struct action_type types[] = {
    {.name = "delay", .dispatch = DISPATCH_ENGINE},
    {.name = "evaluate_condition", .dispatch = DISPATCH_LOCAL, .outputs = (const char *const[]){"true", "false"}},
    {.name = "seek_approval", .dispatch = DISPATCH_ACTIVITY, .mode = ACTION_MODE_HUMAN},
    {.name = "update_field",
     .dispatch = DISPATCH_LOCAL,
     .references = references,
     .reference_count = sizeof references / sizeof *references},
};
static const struct action_catalog catalog = {types, sizeof types / sizeof *types};

/* ---- the histories of tests/replay, read once ---- */

static struct history_json histories[HISTORY_MAX];
static size_t history_count;

static void read_history(struct arena *arena, const char *path)
{
    static char content[MIB(1)];
    FILE *file = fopen(path, "re");
    expect(file != NULL && history_count < HISTORY_MAX);
    size_t size = fread(content, 1, sizeof content, file);
    fclose(file);
    expect(size < sizeof content);
    struct text document = arena_copy(arena, (struct text){.data = content, .size = size});
    expect(history_json_read(arena, document, &histories[history_count], NULL) == STATUS_OK);
    expect(histories[history_count].count > 0);
    history_count++;
}

static void read_histories(void)
{
    struct arena *arena = arena_must_new(MIB(256), 0); /* kept */
    FILE *list = popen("ls " HISTORIES "/*-*.json", "re");
    char path[1024];
    expect(list != NULL);
    while (fgets(path, sizeof path, list) != NULL) {
        path[strcspn(path, "\n")] = '\0';
        read_history(arena, path);
    }
    expect(pclose(list) == 0 && history_count > 20);
}

static const struct history_json *take_history(struct input *input)
{
    return &histories[take(input) % history_count];
}

static const struct event *take_event(const struct history_json *history, struct input *input)
{
    return &history->events[(take(input) | (size_t)take(input) << 8) % history->count];
}

/* ---- mutations of a history ---- */

struct events {
    struct event items[EVENT_MAX];
    size_t count;
};

static void insert(struct events *events, size_t at, struct event event)
{
    if (events->count == EVENT_MAX)
        return;
    memmove(&events->items[at + 1], &events->items[at], (events->count - at) * sizeof event);
    events->items[at] = event;
    events->count++;
}

static void leave_out(struct events *events, size_t at)
{
    events->count--;
    memmove(&events->items[at], &events->items[at + 1], (events->count - at) * sizeof events->items[0]);
}

/* One part of an event is that of another one. */
static void mix(struct event *event, const struct event *other, struct input *input)
{
    switch (take(input) % 8) {
    case 0: event->kind = other->kind; break;
    case 1: event->scheduled_id = take(input) % 2 == 0 ? other->scheduled_id : other->id; break;
    case 2: event->activity_id = other->activity_id; break;
    case 3: event->activity_type = other->activity_type; break;
    case 4: event->payload = other->payload; break;
    case 5: event->failure = other->failure; break;
    case 6: event->duration_ms = other->duration_ms; break;
    default: event->payload = text_slice(event->payload, 0, take(input)); break;
    }
}

static void mutate(struct events *events, const struct history_json *history, struct input *input)
{
    size_t at = (take(input) | (size_t)take(input) << 8) % events->count;
    const struct history_json *source = take(input) % 4 == 0 ? take_history(input) : history;
    switch (take(input) % 6) {
    case 0:
        if (events->count > 1)
            leave_out(events, at);
        break;
    case 1: insert(events, at, *take_event(source, input)); break;
    case 2: mix(&events->items[at], take_event(source, input), input); break;
    case 3: {
        size_t other = take(input) % events->count;
        struct event moved = events->items[at];
        events->items[at] = events->items[other];
        events->items[other] = moved;
        break;
    }
    case 4: events->count = at + 1; break;
    default: insert(events, at, (struct event){.kind = EVENT_TASK_STARTED, .suggest_continue = take(input) % 4 == 0});
    }
}

static void make_events(struct events *events, struct input *input)
{
    const struct history_json *history = take_history(input);
    events->count = history->count < EVENT_MAX ? history->count : EVENT_MAX;
    memcpy(events->items, history->events, events->count * sizeof events->items[0]);
    for (unsigned left = take(input) % 8; left > 0; left--)
        mutate(events, history, input);
    for (size_t i = 0; i < events->count; i++)
        if (events->items[i].id == 0)
            events->items[i].id = (int64_t)i + 1;
}

/* ---- a run that continues as new ---- */

static bool has_ended(const struct run_action *action)
{
    return action->state == ACTION_STATE_FINISHED || action->state == ACTION_STATE_FAILED;
}

/* The run that `input` starts must have the state that this run has reached. */
static void expect_resumed(const struct run *run, const struct run_policy *policy, struct text input,
                           struct arena *arena)
{
    struct run *next = run_new(policy);
    const struct event started = {.kind = EVENT_STARTED, .id = 1, .payload = input};
    struct error error = ERROR_IN(arena);
    expect(run_apply(next, &started, &error) == STATUS_OK);
    expect(run_action_count(next) == run_action_count(run));
    for (size_t i = 0; i < run_action_count(run); i++) {
        struct run_action before, after;
        run_action_at(run, i, &before);
        run_action_at(next, i, &after);
        if (!has_ended(&before))
            continue;
        expect(after.state == before.state && text_equal(after.id, before.id));
        expect(text_equal(after.result, before.result) && text_equal(after.failure, before.failure));
    }
    run_free(next);
}

/* Leaves out, repeats or exchanges members of the input, at any depth. */
static struct json_value mix_value(const struct json_value *value, struct arena *arena, struct input *input)
{
    struct json_value mixed = *value;
    if (input->size == 0)
        return mixed;
    if (value->type == JSON_OBJECT && value->object.count > 0) {
        size_t count = value->object.count, drop = take(input) % 8 == 0 ? take(input) % count : count, kept = 0;
        struct json_member *members = ARENA_ARRAY(arena, count, struct json_member);
        expect(members != NULL);
        for (size_t i = 0; i < count; i++) {
            members[kept].key = value->object.members[i].key;
            size_t from = take(input) % 16 == 0 ? take(input) % count : i;
            members[kept].value = mix_value(&value->object.members[from].value, arena, input);
            kept += i != drop;
        }
        mixed = json_object(members, kept);
    } else if (value->type == JSON_ARRAY && value->array.count > 0) {
        size_t count = value->array.count, kept = 0;
        struct json_value *items = ARENA_ARRAY(arena, count, struct json_value);
        expect(items != NULL);
        for (size_t i = 0; i < count; i++) {
            size_t from = take(input) % 16 == 0 ? take(input) % count : i;
            items[kept] = mix_value(&value->array.items[from], arena, input);
            kept += take(input) % 16 != 0;
        }
        mixed = json_array(items, kept);
    } else if (take(input) % 16 == 0) {
        mixed = take(input) % 2 == 0 ? json_null() : json_string(TEXT("a0000000-0000-4000-8000-00000000000a"));
    }
    return mixed;
}

static void start_mixed(const struct run_policy *policy, struct text document, struct arena *arena, struct input *input)
{
    struct json_value value;
    expect(json_read(arena, document, &value, NULL) == STATUS_OK);
    const struct json_value mixed = mix_value(&value, arena, input);
    const struct event events[] = {{.kind = EVENT_STARTED, .id = 1, .payload = json_to_text(arena, &mixed)},
                                   {.kind = EVENT_TASK_STARTED, .id = 3}};
    struct error error = ERROR_IN(arena);
    struct command_list commands;
    struct run *run = run_new(policy);
    expect(run_fold(run, events, 2, NULL, &error) == STATUS_OK);
    decide(run, arena, input, &commands);
    run_free(run);
}

/* ---- the target ---- */

static void take_over(const struct run_policy *policy, const struct events *events, struct arena *arena,
                      struct input *input)
{
    struct run *run = run_new(policy);
    struct error error = ERROR_IN(arena);
    for (size_t i = 0; i < events->count; i++) {
        struct command_list commands;
        enum status status = run_apply(run, &events->items[i], &error);
        expect(status == STATUS_OK || (status == STATUS_INVALID && error.message.size > 0));
        if (status != STATUS_OK)
            break;
        if (events->items[i].kind != EVENT_TASK_STARTED)
            continue;
        decide(run, arena, input, &commands);
        for (size_t k = 0; k < commands.count; k++) {
            if (commands.items[k].kind != COMMAND_CONTINUE_AS_NEW)
                continue;
            expect_resumed(run, policy, commands.items[k].payload, arena);
            start_mixed(policy, commands.items[k].payload, arena, input);
        }
    }
    run_free(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (history_count == 0)
        read_histories();
    static struct events events;
    struct input input = {data, size};
    struct run_policy policy = {.catalog = &catalog,
                                .local = take(&input) % 2 == 0,
                                .continue_after = take(&input) % 4 == 0 ? take(&input) : 0,
                                .pending_max = take(&input) % 4};
    struct arena *arena = arena_new(MIB(256), 0);
    make_events(&events, &input);
    take_over(&policy, &events, arena, &input);
    arena_free(arena);
    return 0;
}
