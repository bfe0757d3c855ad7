/* Actions of type `wait_for`, which wait for a signal, and the signals that none of them has taken yet.

   A signal is taken when the run decides, and a marker records that, as it does for local actions: so a run that is
   rebuilt from its history need not find out again which action took which signal. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "action/condition.h"
#include "base/duration.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "engine/names.h"
#include "engine/run_internal.h"

struct signal {
    int64_t id;                /* id of its event; 0: it came in an earlier run */
    struct text name, payload; /* the payload is a JSON object */
};

/* An action that waits for a signal; there is one entry for each. */
struct wait {
    uint32_t action;
    bool timer_open;
    struct text name; /* of the signal; empty: its config cannot be read */
    int64_t next_id;  /* signals before this one do not match */
    int64_t until_us; /* when its time is up, by the server's clock; 0: not known */
    int64_t fired_id; /* id of the event of its timer's end; 0: its time is not up */
};

/* ---- the signals that are kept ---- */

#define SIGNAL_FIRST_CHUNK KIB(4)

static size_t bytes_of(const struct signal *signal)
{
    return sizeof *signal + signal->name.size + signal->payload.size;
}

static enum status add_signal(struct signal_list *list, struct signal signal, struct error *error)
{
    if (list->arena == NULL)
        list->arena = arena_new(LIMIT_RUN_ARENA, SIGNAL_FIRST_CHUNK);
    if (list->arena == NULL)
        return error_budget(error);
    struct signal *items = arena_reserve(list->arena, list->items, list->count, &list->capacity, sizeof *list->items);
    if (items == NULL)
        return error_budget(error);
    list->items = items;
    signal.name = arena_copy(list->arena, signal.name);
    signal.payload = arena_copy(list->arena, signal.payload);
    if (signal.name.data == NULL || signal.payload.data == NULL)
        return error_budget(error);
    list->items[list->count++] = signal;
    list->bytes += bytes_of(&signal);
    return STATUS_OK;
}

static void remove_signal(struct signal_list *list, size_t index)
{
    assert(index < list->count);
    list->bytes -= bytes_of(&list->items[index]);
    list->count--;
    memmove(&list->items[index], &list->items[index + 1], (list->count - index) * sizeof *list->items);
}

/* Copies the kept signals once removed ones take more than half of the arena. */
static enum status shrink(struct signal_list *list, struct error *error)
{
    if (arena_bytes(list->arena) < 2 * (list->bytes + SIGNAL_FIRST_CHUNK + list->capacity * sizeof *list->items))
        return STATUS_OK;
    struct signal_list copy = {0};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < list->count && status == STATUS_OK; i++)
        status = add_signal(&copy, list->items[i], error);
    if (status != STATUS_OK) {
        arena_free(copy.arena);
        return status;
    }
    arena_free(list->arena);
    *list = copy;
    return STATUS_OK;
}

/* Drops the oldest signals first, so that a waiting action sees each new one. */
static enum status keep_signal(struct signal_list *list, const struct signal *signal, struct error *error)
{
    if (bytes_of(signal) > LIMIT_SIGNALS_BYTES)
        return STATUS_OK;
    while (list->count == LIMIT_SIGNALS || list->bytes + bytes_of(signal) > LIMIT_SIGNALS_BYTES)
        remove_signal(list, 0);
    enum status status = add_signal(list, *signal, error);
    return status == STATUS_OK ? shrink(list, error) : status;
}

void run_free_signals(struct run *run)
{
    arena_free(run->signals.arena);
}

size_t run_signal_bytes(const struct run *run)
{
    return run->signals.arena != NULL ? arena_bytes(run->signals.arena) : 0;
}

/* ---- the actions that wait ---- */

static struct text signal_of(struct run *run, uint32_t action, struct arena *scratch)
{
    struct json_value config;
    if (json_read(scratch, run->graph.actions[action].config, &config, NULL) != STATUS_OK)
        return TEXT_NONE;
    const struct json_value *name = json_get_lenient(&config, TEXT("signal"));
    return name != NULL && name->type == JSON_STRING ? name->string : TEXT_NONE;
}

static enum status name_wait(struct run *run, struct wait *wait, struct error *error)
{
    struct arena *scratch = arena_new(LIMIT_TASK_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    wait->name = arena_copy(run->arena, signal_of(run, wait->action, scratch));
    arena_free(scratch);
    return wait->name.data != NULL ? STATUS_OK : error_budget(error);
}

enum status run_find_waits(struct run *run, struct error *error)
{
    const struct graph *graph = &run->graph;
    uint32_t count = 0;
    for (uint32_t i = 0; i < graph->action_count; i++)
        count += text_is(graph->actions[i].type, WAIT_TYPE);
    run->waits = ARENA_ARRAY(run->arena, count, struct wait);
    if (run->waits == NULL)
        return error_budget(error);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < graph->action_count && status == STATUS_OK && run->wait_count < count; i++) {
        if (!text_is(graph->actions[i].type, WAIT_TYPE))
            continue;
        struct wait *wait = &run->waits[run->wait_count++];
        *wait = (struct wait){.action = i};
        run->nodes[i].wait = wait;
        status = name_wait(run, wait, error);
    }
    return status;
}

bool run_awaits_signal(const struct run *run, struct text name)
{
    for (uint32_t i = 0; i < run->wait_count; i++) {
        const struct wait *wait = &run->waits[i];
        if (wait->name.size > 0 && text_equal(wait->name, name) &&
            !action_state_ended((enum action_state)run->nodes[wait->action].state))
            return true;
    }
    return false;
}

/* ---- events ---- */

/* A payload that is not an object becomes {"value":...}, so that conditions and templates can name it. */
static enum status payload_of(const struct event *event, struct arena *scratch, struct text *payload,
                              struct error *error)
{
    struct json_value value;
    *payload = event->payload.size > 0 ? event->payload : TEXT("{}");
    enum status status = json_read(scratch, *payload, &value, NULL);
    if (status == STATUS_INVALID)
        *payload = TEXT_NONE;
    else if (status != STATUS_OK)
        return error_budget(error);
    else if (value.type != JSON_OBJECT)
        *payload = arena_print(scratch, "{\"value\":%.*s}", TEXT_ARG(*payload));
    return status == STATUS_INVALID || payload->data != NULL ? STATUS_OK : error_budget(error);
}

/* Includes actions that have ended: a run that is rebuilt from its history may learn of their end only later. */
static bool is_named(const struct run *run, struct text name)
{
    for (uint32_t i = 0; i < run->wait_count; i++)
        if (run->waits[i].name.size > 0 && text_equal(run->waits[i].name, name))
            return true;
    return false;
}

enum status run_signaled(struct run *run, const struct event *event, struct error *error)
{
    if (event->payload_foreign || !is_named(run, event->activity_type))
        return STATUS_OK;
    struct arena *scratch = arena_new(LIMIT_TASK_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    struct signal signal = {.id = event->id, .name = event->activity_type};
    enum status status = payload_of(event, scratch, &signal.payload, error);
    if (status == STATUS_OK && signal.payload.data != NULL)
        status = keep_signal(&run->signals, &signal, error);
    run->match_due = true;
    arena_free(scratch);
    return status;
}

void run_wait_timer_started(struct run *run, uint32_t action, const struct event *event)
{
    struct wait *wait = run->nodes[action].wait;
    wait->timer_open = true;
    wait->fired_id = 0;
    wait->until_us = event->time_us + event->duration_ms * 1000;
}

void run_wait_fired(struct run *run, uint32_t action, const struct event *event)
{
    struct wait *wait = run->nodes[action].wait;
    wait->timer_open = false;
    wait->fired_id = event->id;
    run->match_due = true;
}

bool run_wait_has_timer(const struct run *run, uint32_t action)
{
    return run->nodes[action].wait->timer_open;
}

/* ---- whether a signal matches ---- */

static bool is_any(const struct json_value *config)
{
    const struct json_value *logic = json_get_lenient(config, TEXT("logic_type"));
    return logic != NULL && logic->type == JSON_STRING && text_is(logic->string, "or");
}

/* Values that are too large to be compared do not match. */
static bool holds(struct arena *arena, const struct json_value *asked, const struct json_value *payload)
{
    const struct json_value *value = json_get_lenient(asked, TEXT("value"));
    const struct condition condition = {
        .field_name = json_get_text(asked, TEXT("field_name")),
        .operator= condition_operator_parse(json_get_text(asked, TEXT("operator"))),
        .value = value != NULL ? *value : json_null(),
        .previous_value = json_null(),
    };
    bool holds = false;
    return condition_holds(arena, &condition, payload, &holds) == STATUS_OK && holds;
}

static bool matches(struct arena *arena, const struct json_value *config, struct text payload)
{
    const struct json_value *conditions = json_get_lenient(config, TEXT("conditions"));
    struct json_value value;
    if (conditions == NULL || conditions->type != JSON_ARRAY || conditions->array.count == 0)
        return true;
    if (json_read(arena, payload, &value, NULL) != STATUS_OK)
        return false;
    bool any = is_any(config);
    for (size_t i = 0; i < conditions->array.count; i++)
        if (holds(arena, &conditions->array.items[i], &value) == any)
            return any;
    return !any;
}

/* The config of the action with its templates expanded; their values do not change while it waits. */
static enum status expand(struct run *run, uint32_t action, struct json_value *config, struct error *error)
{
    const struct action_type *type = action_catalog_find(run->policy->catalog, TEXT(WAIT_TYPE));
    const struct action_environment environment = {.catalog = run->policy->catalog};
    struct action_request request;
    enum status status = run_fill_request(run, action, type, &request, error);
    if (status != STATUS_OK)
        return status;
    if (type == NULL || action_expand(&environment, run->task_arena, &request, type, config, NULL, NULL) != STATUS_OK)
        *config = request.config;
    return STATUS_OK;
}

/* The first signal that matches; SIZE_MAX: none does. */
static size_t find_match(struct run *run, struct wait *wait, const struct json_value *config)
{
    for (size_t i = 0; i < run->signals.count; i++) {
        const struct signal *signal = &run->signals.items[i];
        if (signal->id < wait->next_id || !text_equal(signal->name, wait->name) ||
            (wait->fired_id != 0 && signal->id > wait->fired_id))
            continue;
        if (matches(run->task_arena, config, signal->payload))
            return i;
    }
    if (run->signals.count > 0)
        wait->next_id = run->signals.items[run->signals.count - 1].id + 1;
    return SIZE_MAX;
}

/* ---- the end of a wait ---- */

static enum status finish(struct run *run, uint32_t action, struct text result, struct error *error)
{
    struct json_value value;
    if (result.data == NULL)
        return error_budget(error);
    enum status status = json_read(run->task_arena, result, &value, error);
    run->nodes[action].attempts = 1;
    if (status == STATUS_OK)
        status = run_finish(run, action, result, &value, error);
    if (status == STATUS_OK)
        run_add_unrecorded(run, action);
    return status;
}

#define RESULT_HEAD "{\"output\":\"received\",\"payload\":"

static enum status take_signal(struct run *run, struct wait *wait, size_t index, struct error *error)
{
    struct text result = arena_print(run->task_arena, RESULT_HEAD "%.*s}", TEXT_ARG(run->signals.items[index].payload));
    remove_signal(&run->signals, index);
    return finish(run, wait->action, result, error);
}

/* Of several equal signals, the first one was taken. */
void run_wait_was_recorded(struct run *run, uint32_t action, struct text result)
{
    const struct wait *wait = run->nodes[action].wait;
    const size_t head = sizeof RESULT_HEAD - 1;
    if (!text_starts(result, TEXT(RESULT_HEAD)))
        return;
    struct text payload = text_slice(result, head, result.size - head - 1);
    for (size_t i = 0; i < run->signals.count; i++) {
        if (!text_equal(run->signals.items[i].name, wait->name) || !text_equal(run->signals.items[i].payload, payload))
            continue;
        remove_signal(&run->signals, i);
        return;
    }
}

static enum status time_out(struct run *run, struct wait *wait, struct error *error)
{
    if (human_has_timed_out_edge(run, wait->action))
        return finish(run, wait->action, TEXT("{\"output\":\"timed_out\",\"payload\":{}}"), error);
    const struct graph_action *described = &run->graph.actions[wait->action];
    struct failure failure =
        failure_print(run->task_arena, PUBLIC("action %.*s (%.*s): no matching signal %.*s came in time"),
                      TEXT_ARG(described->name), TEXT_ARG(described->id), TEXT_ARG(wait->name));
    return failure.text.data != NULL ? run_refuse_action(run, wait->action, failure, error) : error_budget(error);
}

static bool has_news(const struct run *run, const struct wait *wait)
{
    if (wait->fired_id != 0)
        return true;
    for (size_t i = 0; i < run->signals.count; i++)
        if (run->signals.items[i].id >= wait->next_id && text_equal(run->signals.items[i].name, wait->name))
            return true;
    return false;
}

static enum status look(struct run *run, struct wait *wait, struct error *error)
{
    struct json_value config;
    if (!has_news(run, wait))
        return STATUS_OK;
    enum status status = expand(run, wait->action, &config, error);
    if (status != STATUS_OK)
        return status;
    size_t index = find_match(run, wait, &config);
    if (index != SIZE_MAX)
        return take_signal(run, wait, index, error);
    return wait->fired_id != 0 ? time_out(run, wait, error) : STATUS_OK;
}

static int by_order(const void *left, const void *right, void *run)
{
    return run_order(run, *(const uint32_t *)left, *(const uint32_t *)right);
}

enum status run_match_signals(struct run *run, struct error *error)
{
    if (!run->match_due)
        return STATUS_OK;
    run->match_due = false;
    uint32_t *waiting = ARENA_ARRAY(run->task_arena, run->wait_count, uint32_t), count = 0;
    if (waiting == NULL)
        return error_budget(error);
    for (uint32_t i = 0; i < run->wait_count; i++)
        if (run->nodes[run->waits[i].action].state == ACTION_STATE_SCHEDULED)
            waiting[count++] = run->waits[i].action;
    if (count > 1)
        qsort_r(waiting, count, sizeof *waiting, by_order, run);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++)
        status = look(run, run->nodes[waiting[i]].wait, error);
    return status;
}

/* ---- the start of a wait ---- */

static struct failure fault_of(struct run *run, const struct wait *wait, const char *what)
{
    const struct graph_action *described = &run->graph.actions[wait->action];
    return failure_print(run->task_arena, PUBLIC("action %.*s (%.*s): %s"), TEXT_ARG(described->name),
                         TEXT_ARG(described->id), what);
}

/* NULL when the timeout is valid; else its fault. */
static const char *read_timeout(const struct json_value *config, int64_t *timeout_ms)
{
    const struct json_value *value = json_get_lenient(config, TEXT("timeout"));
    int64_t nanoseconds;
    if (value == NULL || value->type != JSON_STRING || !duration_parse_rule(value->string, &nanoseconds) ||
        nanoseconds <= 0)
        return "timeout must be a duration such as 90s, 2h or 7d";
    *timeout_ms = nanoseconds / 1000000 + (nanoseconds % 1000000 > 0 ? 1 : 0);
    return *timeout_ms <= LIMIT_ANSWER_TIME_MS ? NULL : "timeout must be at most ten years";
}

static enum status note_wait(struct run *run, const struct wait *wait, struct command_list *commands,
                             struct error *error)
{
    struct command *command = run_add_for_action(run, commands, COMMAND_RECORD_RESULT, wait->action, error);
    if (command == NULL)
        return STATUS_BUDGET;
    struct buffer buffer = buffer_in(run->task_arena, LIMIT_RUN_ARENA);
    struct json_writer json = {&buffer};
    json_begin_object(&json);
    json_member_text(&json, "signal", wait->name);
    json_end_object(&json);
    command->activity_id = arena_print(run->task_arena, "%.*s/" PART_WAITS, TEXT_ARG(command->action_id));
    command->payload = buffer_text(&buffer);
    run->answer_bytes += command->payload.size + COMMAND_BYTES;
    return command->activity_id.data != NULL && command->payload.data != NULL ? STATUS_OK : error_budget(error);
}

static enum status start_timer(struct run *run, struct wait *wait, const struct json_value *config, int64_t timeout_ms,
                               struct command_list *commands, struct error *error)
{
    /* It waited for part of its time in an earlier run. */
    if (wait->until_us > 0)
        timeout_ms = (wait->until_us - run->clock_us) / 1000;
    enum status status = note_wait(run, wait, commands, error);
    struct command *command =
        status == STATUS_OK ? run_add_for_action(run, commands, COMMAND_START_TIMER, wait->action, error) : NULL;
    if (command == NULL)
        return STATUS_BUDGET;
    struct node *node = &run->nodes[wait->action];
    command->duration_ms = timeout_ms > 0 ? timeout_ms : 1;
    command->request.config = *config;
    wait->timer_open = true;
    node->executor = EXECUTOR_TIMER;
    node->started_us = run->clock_us;
    run_move(run, wait->action, ACTION_STATE_SCHEDULED);
    return STATUS_OK;
}

enum status run_wait_start(struct run *run, uint32_t action, struct command_list *commands, struct error *error)
{
    struct wait *wait = run->nodes[action].wait;
    struct json_value config;
    int64_t timeout_ms = 0;
    enum status status = expand(run, action, &config, error);
    if (status != STATUS_OK)
        return status;
    const char *fault = wait->name.size == 0 ? "signal is required" : read_timeout(&config, &timeout_ms);
    if (fault != NULL) {
        struct failure failure = fault_of(run, wait, fault);
        return failure.text.data != NULL ? run_refuse_action(run, action, failure, error) : error_budget(error);
    }
    wait->next_id = 0;
    wait->fired_id = 0;
    size_t index = find_match(run, wait, &config);
    return index != SIZE_MAX ? take_signal(run, wait, index, error)
                             : start_timer(run, wait, &config, timeout_ms, commands, error);
}

enum status run_wait_again(struct run *run, uint32_t action, struct error *error)
{
    struct wait *wait = run->nodes[action].wait;
    if (wait == NULL)
        return STATUS_OK;
    wait->until_us = 0;
    return name_wait(run, wait, error);
}

/* Cancels the timer of a wait that has ended, if it runs. The marker and this command belong to the same answer. */
enum status run_wait_recorded(struct run *run, uint32_t action, struct command_list *commands, struct error *error)
{
    struct wait *wait = run->nodes[action].wait;
    if (wait == NULL || !wait->timer_open)
        return STATUS_OK;
    wait->timer_open = false;
    return run_add_for_action(run, commands, COMMAND_CANCEL_TIMER, action, error) != NULL ? STATUS_OK : STATUS_BUDGET;
}

/* ---- the run that continues this one ---- */

void run_write_waits(struct json_writer *json, const struct run *run)
{
    json_key(json, "waits");
    json_begin_object(json);
    for (uint32_t i = 0; i < run->wait_count; i++) {
        const struct wait *wait = &run->waits[i];
        if (run->nodes[wait->action].state != ACTION_STATE_SCHEDULED)
            continue;
        json_key_text(json, run->graph.actions[wait->action].id);
        json_put_integer(json, wait->until_us);
    }
    json_end_object(json);
    json_key(json, "signals");
    json_begin_array(json);
    for (size_t i = 0; i < run->signals.count; i++) {
        json_begin_object(json);
        json_member_text(json, "name", run->signals.items[i].name);
        json_member_raw(json, "payload", run->signals.items[i].payload);
        json_end_object(json);
    }
    json_end_array(json);
}

static enum status resume_signals(struct run *run, const struct json_value *signals, struct arena *scratch,
                                  struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; signals != NULL && signals->type == JSON_ARRAY && i < signals->array.count; i++) {
        const struct json_value *payload = json_get(&signals->array.items[i], TEXT("payload"));
        struct signal signal = {.name = json_get_text(&signals->array.items[i], TEXT("name"))};
        if (payload == NULL || payload->type != JSON_OBJECT || signal.name.size == 0)
            continue;
        signal.payload = json_to_text(scratch, payload);
        status = signal.payload.data != NULL ? keep_signal(&run->signals, &signal, error) : error_budget(error);
        if (status != STATUS_OK)
            break;
    }
    return status;
}

enum status run_resume_waits(struct run *run, const struct json_value *resume, struct error *error)
{
    const struct json_value *waits = json_get(resume, TEXT("waits"));
    for (uint32_t i = 0; i < run->wait_count; i++) {
        int64_t until_us;
        const struct json_value *until = json_get(waits, run->graph.actions[run->waits[i].action].id);
        if (until != NULL && json_to_int64(until, &until_us) && until_us > 0)
            run->waits[i].until_us = until_us;
    }
    struct arena *scratch = arena_new(LIMIT_TASK_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    enum status status = resume_signals(run, json_get(resume, TEXT("signals")), scratch, error);
    arena_free(scratch);
    return status;
}
