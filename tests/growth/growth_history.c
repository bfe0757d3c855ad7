/* Histories: events of the wire and of files, of this worker and of the Go worker. */
#include "base/limits.h"
#include "engine/run.h"
#include "growth/growth.h"
#include "temporal/history.h"
#include "temporal/history_json.h"
#include "temporal/payload.h"

#define RULE                                                                                                           \
    "{\"rule_id\":\"11111111-1111-4111-8111-111111111111\",\"execution_id\":\"22222222-2222-4222-8222-222222222222\"," \
    "\"rule_name\":\"Rule\",\"graph\":{\"actions\":%s,\"edges\":%s},\"trigger_data\":{}}"
#define ACTIONS_MAX 6000

static const struct action_type type = {.name = "delay", .dispatch = DISPATCH_ENGINE};
static const struct action_catalog catalog = {&type, 1};
static const struct run_policy policy = {.catalog = &catalog, .continue_after = INT32_MAX};

static struct text rule_of(struct trial *trial, size_t size, const char *action_type, bool chain)
{
    struct buffer actions = document_begin(trial, "["), edges = document_begin(trial, "[");
    for (size_t i = 0; i < size; i++) {
        bool first = i == 0 || !chain;
        document_add(&actions, i,
                     "{\"id\":\"%s\",\"name\":\"Step %zu\",\"action_type\":\"%s\",\"is_active\":true,"
                     "\"action_config\":{\"duration\":\"1h\"}}",
                     action_id(trial, i).data, i, action_type);
        struct text source = first ? TEXT("null") : PRINT(trial, "\"%s\"", action_id(trial, i - 1).data);
        document_add(&edges, i, "{\"source_action_id\":%s,\"target_action_id\":\"%s\",\"edge_type\":\"%s\"}",
                     source.data, action_id(trial, i).data, first ? "start" : "sequence");
    }
    return PRINT(trial, RULE, document_end(&actions, "]").data, document_end(&edges, "]").data);
}

/* Applies the events to a run and checks that every action has ended. */
static void fold(struct trial *trial, struct event *events, size_t count)
{
    for (size_t i = 0; i < count; i++)
        events[i].id = (int64_t)i + 1;
    struct run *run = run_new(&policy);
    struct error error = ERROR_IN(trial->arena);
    begin(trial);
    enum status status = run_fold(run, events, count, NULL, &error);
    end(trial);
    expect(status == STATUS_OK, error.message.data);
    for (size_t i = 0; i < run_action_count(run); i++) {
        struct run_action action;
        run_action_at(run, i, &action);
        expect(action.state == ACTION_STATE_FINISHED, "an action has not ended");
    }
    run_free(run);
}

static struct event *events_of(struct trial *trial, size_t count, struct text input)
{
    struct event *events = ARENA_ARRAY(trial->arena, count + 1, struct event);
    expect(events != NULL, "memory");
    events[0] = (struct event){.kind = EVENT_STARTED, .payload = input};
    return events;
}

static void activities(struct trial *trial, size_t size)
{
    struct event *events = events_of(trial, 3 * size, rule_of(trial, size, "call", true));
    for (size_t i = 0; i < size; i++) {
        struct event *three = &events[1 + 3 * i];
        int64_t id = (int64_t)(2 + 3 * i);
        three[0] = (struct event){.kind = EVENT_ACTIVITY_SCHEDULED, .activity_id = action_id(trial, i)};
        three[1] = (struct event){.kind = EVENT_ACTIVITY_STARTED, .scheduled_id = id, .attempt = 1};
        three[2] = (struct event){
            .kind = EVENT_ACTIVITY_COMPLETED, .scheduled_id = id, .payload = TEXT("{\"result\":{\"output\":\"x\"}}")};
    }
    fold(trial, events, 3 * size + 1);
}

/* The Go worker's timers have numbers, not ids of actions. */
static void timers(struct trial *trial, size_t size)
{
    struct event *events = events_of(trial, 2 * size, rule_of(trial, size, "delay", true));
    for (size_t i = 0; i < size; i++) {
        events[1 + 2 * i] =
            (struct event){.kind = EVENT_TIMER_STARTED, .activity_id = PRINT(trial, "%zu", i), .duration_ms = 3600000};
        events[2 + 2 * i] = (struct event){.kind = EVENT_TIMER_FIRED, .scheduled_id = (int64_t)(2 + 2 * i)};
    }
    fold(trial, events, 2 * size + 1);
}

static void branches(struct trial *trial, size_t size)
{
    struct event *events = events_of(trial, 2 * size, rule_of(trial, size, "call", false));
    for (size_t i = 0; i < size; i++) {
        events[1 + i] =
            (struct event){.kind = EVENT_CHILD_INITIATED,
                           .payload = PRINT(trial, "{\"start_action\":{\"id\":\"%s\"}}", action_id(trial, i).data)};
        events[1 + size + i] =
            (struct event){.kind = EVENT_CHILD_COMPLETED,
                           .scheduled_id = (int64_t)(2 + i),
                           .payload = PRINT(trial, "{\"action_results\":{\"Step %zu\":{\"output\":\"x\"}}}", i)};
    }
    fold(trial, events, 2 * size + 1);
}

/* ---- from the wire ---- */

static void wire(struct trial *trial, size_t size)
{
    Api__HistoryEvent *events = ARENA_ARRAY(trial->arena, size, Api__HistoryEvent);
    Api__HistoryEvent **list = ARENA_ARRAY(trial->arena, size, Api__HistoryEvent *);
    Api__TimerFiredEventAttributes fired = API__TIMER_FIRED_EVENT_ATTRIBUTES__INIT;
    expect(events != NULL && list != NULL, "memory");
    fired.timer_id = proto_bytes(TEXT("17"));
    for (size_t i = 0; i < size; i++) {
        events[i] = (Api__HistoryEvent)API__HISTORY_EVENT__INIT;
        events[i].event_id = (int64_t)i + 1;
        events[i].attributes_case = API__HISTORY_EVENT__ATTRIBUTES_TIMER_FIRED_EVENT_ATTRIBUTES;
        events[i].timer_fired_event_attributes = &fired;
        list[i] = &events[i];
    }
    Api__History history = API__HISTORY__INIT;
    history.n_events = size;
    history.events = list;
    struct text bytes = proto_pack(&history.base, trial->arena);
    const void *message;
    begin(trial);
    enum status status = proto_unpack(&api__history__descriptor, bytes, trial->arena, &message, NULL);
    const Api__History *read = message;
    for (size_t i = 0; status == STATUS_OK && i < read->n_events; i++) {
        struct event event;
        status = history_translate(read->events[i], trial->arena, &event);
    }
    end(trial);
    expect(status == STATUS_OK && read->n_events == size, "wire");
}

static void file(struct trial *trial, size_t size)
{
    struct buffer document = document_begin(trial, "{\"events\":[");
    for (size_t i = 0; i < size; i++)
        document_add(&document, i,
                     "{\"eventId\":\"%zu\",\"eventType\":\"EVENT_TYPE_TIMER_FIRED\",\"timerFiredEventAttributes\":"
                     "{\"timerId\":\"17\",\"startedEventId\":\"5\"}}",
                     i + 1);
    struct text text = document_end(&document, "]}");
    struct history_json history;
    struct error error = ERROR_IN(trial->arena);
    begin(trial);
    enum status status = history_json_read(trial->arena, text, &history, &error);
    end(trial);
    expect(status == STATUS_OK && history.count == size, error.message.data);
}

const struct growth_case history_cases[] = {
    {"history: activities", 600, ACTIONS_MAX, activities},   {"history: timers of Go", 600, ACTIONS_MAX, timers},
    {"history: branches of Go", 600, ACTIONS_MAX, branches}, {"history: events of the wire", 1000, 100000, wire},
    {"history: events of a file", 1000, 100000, file},       {NULL, 0, 0, NULL},
};
