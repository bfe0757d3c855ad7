/* Rules, histories and tasks for the tests. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "tests/unit/worker/server.h"

struct text action_id(unsigned index)
{
    return arena_print(server.arena, "a0000000-0000-4000-8000-%012u", index);
}

static void add_edges(struct buffer *json, const char *edges)
{
    struct text rest = text_from(edges);
    for (unsigned i = 0; rest.data != NULL; i++) {
        struct text target = text_split(&rest, ' ');
        struct text source = text_split(&target, '>');
        int64_t from = 0, to;
        cr_assert(text_to_int64(target, &to));
        buffer_print(json, "%s{\"id\":\"e\",\"source_action_id\":", i > 0 ? "," : "");
        if (source.size == 0) {
            buffer_print(json, "null,\"edge_type\":\"start\"");
        } else {
            cr_assert(text_to_int64(source, &from));
            buffer_print(json, "\"%.*s\",\"edge_type\":\"sequence\"", TEXT_ARG(action_id((unsigned)from)));
        }
        buffer_print(json, ",\"target_action_id\":\"%.*s\",\"sort_order\":%u}", TEXT_ARG(action_id((unsigned)to)), i);
    }
}

struct text rule(const char *types, const char *edges)
{
    struct buffer json = buffer_in(server.arena, MIB(64));
    buffer_print(&json, "{\"rule_id\":\"b0000000-0000-4000-8000-000000000001\",\"rule_name\":\"test\","
                        "\"execution_id\":\"c0000000-0000-4000-8000-000000000001\",\"trigger_data\":{\"total\":1},"
                        "\"graph\":{\"actions\":[");
    struct text rest = text_from(types);
    for (unsigned i = 0; rest.data != NULL; i++) {
        struct text id = action_id(i), type = text_split(&rest, ' ');
        buffer_print(&json,
                     "%s{\"id\":\"%.*s\",\"name\":\"a%u\",\"action_type\":\"%.*s\",\"action_config\":{},"
                     "\"is_active\":true}",
                     i > 0 ? "," : "", TEXT_ARG(id), i, TEXT_ARG(type));
    }
    buffer_print(&json, "],\"edges\":[");
    add_edges(&json, edges);
    buffer_print(&json, "]}}");
    struct text text = buffer_text(&json);
    cr_assert_not_null(text.data);
    return text;
}

struct workflow_task *first_task(const char *run, struct text input)
{
    struct event *events = ARENA_ARRAY(server.arena, 3, struct event);
    events[0] =
        (struct event){.kind = EVENT_STARTED, .id = 1, .activity_type = TEXT("ExecuteGraphWorkflow"), .payload = input};
    events[1] = (struct event){.kind = EVENT_OTHER, .id = 2};
    events[2] = (struct event){.kind = EVENT_TASK_STARTED, .id = 3};
    struct workflow_task *task = ARENA_NEW(server.arena, struct workflow_task);
    *task = (struct workflow_task){
        .token = arena_print(server.arena, "%s-3", run),
        .workflow_id = arena_print(server.arena, "workflow-%s", run),
        .run_id = text_from(run),
        .workflow_type = TEXT("ExecuteGraphWorkflow"),
        .started_id = 3,
        .attempt = 1,
        .events = events,
        .event_count = 3,
        .first_event_id = 1,
    };
    return task;
}

struct workflow_task *later_task(const struct workflow_task *first, int64_t first_id, const struct event *events,
                                 size_t count)
{
    struct event *all = ARENA_ARRAY(server.arena, count + 1, struct event);
    for (size_t i = 0; i < count; i++) {
        all[i] = events[i];
        all[i].id = first_id + (int64_t)i;
    }
    int64_t started_id = first_id + (int64_t)count;
    all[count] = (struct event){.kind = EVENT_TASK_STARTED, .id = started_id};
    struct workflow_task *task = ARENA_NEW(server.arena, struct workflow_task);
    *task = *first;
    task->token = arena_print(server.arena, "%.*s-%lld", TEXT_ARG(first->run_id), (long long)started_id);
    task->previous_started_id = first_id - 1;
    task->started_id = started_id;
    task->events = all;
    task->event_count = count + 1;
    task->first_event_id = first_id;
    return task;
}

struct activity_task *activity(const char *id, const char *action_type)
{
    struct activity_task *task = ARENA_NEW(server.arena, struct activity_task);
    *task = (struct activity_task){
        .token = text_from(id),
        .workflow_id = TEXT("workflow"),
        .run_id = TEXT("run"),
        .activity_id = text_from(id),
        .activity_type = TEXT("ExecuteActionActivity"),
        .input = arena_print(server.arena,
                             "{\"action_id\":\"%.*s\",\"action_name\":\"%s\",\"action_type\":\"%s\",\"config\":{},"
                             "\"context\":{}}",
                             TEXT_ARG(action_id(7)), id, action_type),
        .attempt = 1,
        .close_in_ms = 60000,
    };
    return task;
}
