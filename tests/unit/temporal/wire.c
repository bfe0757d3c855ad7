#include "wire.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/limits.h"
#include "base/metrics.h"
#include "base/uuid.h"

void wire_open_at(struct wire *wire, struct text address, struct text namespace_)
{
    char unique[UUID_TEXT_SIZE + 1];
    uuid_format(uuid_random(), unique);
    *wire = (struct wire){.arena = arena_new(MIB(512), 0)};
    cr_assert_not_null(wire->arena);
    wire->unique = arena_copy(wire->arena, text_from(unique));
    wire->queue = arena_print(wire->arena, "queue-%s", unique);
    wire->sticky_queue = arena_print(wire->arena, "sticky-%s", unique);
    wire->client =
        client_new(&(struct client_options){.target = address, .namespace_ = namespace_, .identity = TEXT("1@test")});
    cr_assert_not_null(wire->client);
}

void wire_open(struct wire *wire)
{
    wire_open_at(wire, text_from(getenv("TEMPORAL_ADDRESS")), TEXT("default"));
}

void wire_close(struct wire *wire)
{
    client_free(wire->client);
    arena_free(wire->arena);
}

struct text wire_id(struct wire *wire, const char *workflow)
{
    return arena_print(wire->arena, "%s-%.*s", workflow, TEXT_ARG(wire->unique));
}

void wire_wait(struct wire *wire)
{
    wire->waiting = true;
    while (wire->waiting)
        channel_run(client_channel(wire->client), false);
}

static void came(struct wire *wire, const struct client_result *result)
{
    wire->result = *result;
    wire->waiting = false;
    channel_stop(client_channel(wire->client));
}

void wire_plain(void *userdata, const struct client_result *result)
{
    came(userdata, result);
}

void wire_ignored(void *userdata, const struct client_result *result)
{
    (void)userdata;
    (void)result;
}

/* What a callback is handed need not outlive it. */
static const struct workflow_task *keep_task(struct wire *wire, const struct workflow_task *task)
{
    struct workflow_task *kept = ARENA_NEW(wire->arena, struct workflow_task);
    if (task == NULL)
        return NULL;
    *kept = *task;
    return kept;
}

void wire_task(void *userdata, const struct workflow_task *task, const struct client_result *result)
{
    struct wire *wire = userdata;
    wire->task = keep_task(wire, task);
    came(wire, result);
}

static void keep_activities(struct wire *wire, const struct activity_task *tasks, size_t count)
{
    struct activity_task *kept = ARENA_ARRAY(wire->arena, count, struct activity_task);
    for (size_t i = 0; i < count; i++)
        kept[i] = tasks[i];
    wire->activities = kept;
    wire->activity_count = count;
}

void wire_activity(void *userdata, const struct activity_task *task, const struct client_result *result)
{
    keep_activities(userdata, task, task != NULL ? 1 : 0);
    came(userdata, result);
}

void wire_answered(void *userdata, const struct client_result *result, const struct workflow_task *next,
                   const struct activity_task *activities, size_t activity_count)
{
    struct wire *wire = userdata;
    wire->task = keep_task(wire, next);
    keep_activities(wire, activities, activity_count);
    came(wire, result);
}

void wire_heartbeat(void *userdata, enum activity_demand demand, const struct client_result *result)
{
    struct wire *wire = userdata;
    wire->demand = demand;
    came(wire, result);
}

/* ---- tasks ---- */

static const struct workflow_task *poll(struct wire *wire, struct text queue, struct text sticky_of)
{
    (void)client_poll_workflow_task(wire->client, queue, sticky_of, wire->arena, wire_task, wire);
    wire_wait(wire);
    cr_assert_eq(wire->result.code, RPC_OK, "%.*s", TEXT_ARG(wire->result.message));
    cr_assert_not_null(wire->task);
    return wire->task;
}

const struct workflow_task *wire_poll(struct wire *wire)
{
    return poll(wire, wire->queue, TEXT_NONE);
}

const struct workflow_task *wire_poll_sticky(struct wire *wire)
{
    return poll(wire, wire->sticky_queue, wire->queue);
}

const struct workflow_task *wire_begin(struct wire *wire, const char *workflow, const char *input)
{
    struct workflow_start start = {.workflow_id = wire_id(wire, workflow),
                                   .workflow_type = TEXT("ExecuteGraphWorkflow"),
                                   .task_queue = wire->queue,
                                   .input = text_from(input)};
    client_start_workflow(wire->client, &start, wire->arena, wire_plain, wire);
    wire_wait(wire);
    cr_assert_eq(wire->result.code, RPC_OK, "%.*s", TEXT_ARG(wire->result.message));
    return wire_poll(wire);
}

const struct activity_task *wire_poll_activity(struct wire *wire)
{
    (void)client_poll_activity_task(wire->client, wire->queue, wire->arena, wire_activity, wire);
    wire_wait(wire);
    cr_assert_eq(wire->result.code, RPC_OK, "%.*s", TEXT_ARG(wire->result.message));
    cr_assert_eq(wire->activity_count, 1);
    return wire->activities;
}

void wire_answer(struct wire *wire, const struct workflow_task *task, const struct command *commands, size_t count)
{
    struct workflow_answer answer = {
        .token = task->token, .commands = commands, .command_count = count, .task_queue = wire->queue};
    client_answer_workflow_task(wire->client, &answer, wire->arena, wire_answered, wire);
    wire_wait(wire);
    cr_assert_eq(wire->result.code, RPC_OK, "%.*s", TEXT_ARG(wire->result.message));
}

const struct workflow_task *wire_read(struct wire *wire, const char *workflow, bool wait)
{
    client_read_workflow(wire->client, wire_id(wire, workflow), TEXT_NONE, wait, wire->arena, wire_task, wire);
    wire_wait(wire);
    cr_assert_eq(wire->result.code, RPC_OK, "%.*s", TEXT_ARG(wire->result.message));
    return wire->task;
}

const struct event *wire_event(const struct workflow_task *task, enum event_kind kind)
{
    for (size_t i = 0; i < task->event_count; i++) {
        if (task->events[i].kind == kind)
            return &task->events[i];
    }
    cr_assert_fail("no event of kind %d", (int)kind);
    return NULL;
}

/* ---- commands ---- */

struct command wire_command(enum command_kind kind)
{
    return (struct command){.kind = kind};
}

struct command wire_activity_command(const char *action_id, const char *input)
{
    return (struct command){
        .kind = COMMAND_SCHEDULE_ACTIVITY,
        .action_id = text_from(action_id),
        .action_name = TEXT("Mail the \"boss\""),
        .activity_type = TEXT("ExecuteActionActivity"),
        .payload = text_from(input),
        .timing = {.start_to_close_ms = 300000,
                   .retry_initial_ms = 10,
                   .retry_maximum_ms = 60000,
                   .retry_coefficient = 2.0,
                   .retry_attempts = 3},
    };
}

/* ---- the official tool ---- */

struct text wire_tool(struct wire *wire, const char *arguments, const char *workflow)
{
    struct text line =
        arena_print(wire->arena, "'%s' %s --workflow-id %.*s --address '%s' --color never", getenv("TEMPORAL_TOOL"),
                    arguments, TEXT_ARG(wire_id(wire, workflow)), getenv("TEMPORAL_ADDRESS"));
    FILE *pipe = popen(line.data, "re");
    cr_assert_not_null(pipe);
    struct buffer output = buffer_in(wire->arena, MIB(64));
    char chunk[4096];
    size_t size;
    while ((size = fread(chunk, 1, sizeof chunk, pipe)) > 0)
        buffer_add(&output, (struct text){.data = chunk, .size = size});
    int status = pclose(pipe);
    struct text text = buffer_text(&output);
    cr_assert_eq(status, 0, "%s: %.*s", line.data, TEXT_ARG(text));
    return text;
}

struct json_value wire_show(struct wire *wire, const char *workflow)
{
    struct json_value shown;
    struct error error = ERROR_IN(wire->arena);
    cr_assert_eq(json_read(wire->arena, wire_tool(wire, "workflow show --output json", workflow), &shown, &error),
                 STATUS_OK, "%.*s", TEXT_ARG(error.message));
    const struct json_value *events = json_get(&shown, TEXT("events"));
    cr_assert_not_null(events);
    return *events;
}

const struct json_value *wire_shown(const struct json_value *events, const char *type, const struct json_value *after)
{
    for (size_t i = 0; i < events->array.count; i++) {
        const struct json_value *event = &events->array.items[i];
        if ((after == NULL || event > after) && text_is(json_get_text(event, TEXT("eventType")), type))
            return event;
    }
    return NULL;
}

const struct json_value *wire_at(const struct json_value *value, const char *path)
{
    struct text rest = text_from(path);
    while (rest.data != NULL && value != NULL) {
        struct text key = text_split(&rest, '.');
        int64_t index;
        if (value->type == JSON_ARRAY && text_to_int64(key, &index) && (size_t)index < value->array.count)
            value = &value->array.items[index];
        else
            value = json_get(value, key);
    }
    return value;
}

struct text wire_payload(struct wire *wire, const struct json_value *payload)
{
    const struct json_value *encoding = wire_at(payload, "metadata.encoding");
    cr_assert(encoding != NULL && text_is(encoding->string, "anNvbi9wbGFpbg=="), "the encoding is json/plain");
    struct text data = json_get_text(payload, TEXT("data"));
    struct text decoded = {.data = arena_alloc(wire->arena, BASE64_BYTES_MAX(data.size), 1)};
    cr_assert(base64_decode(data, (uint8_t *)(uintptr_t)decoded.data, &decoded.size));
    return decoded;
}

int64_t wire_counted(struct wire *wire, const char *metric)
{
    struct buffer page = buffer_in(wire->arena, LIMIT_METRICS_BYTES);
    metrics_write(&page);
    struct text rest = buffer_text(&page);
    while (rest.data != NULL) {
        struct text line = text_split(&rest, '\n');
        if (!text_starts(line, text_from(metric)))
            continue;
        int64_t value = 0;
        cr_assert(text_to_int64(text_trim(text_slice(line, strlen(metric), SIZE_MAX)), &value));
        return value;
    }
    return 0;
}

void wire_control(const char *word)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int handle = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", getenv("TEMPORAL_CONTROL"));
    cr_assert_eq(connect(handle, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(write(handle, word, strlen(word)), (ssize_t)strlen(word));
    char answer[8];
    cr_assert(read(handle, answer, sizeof answer) >= 2 && memcmp(answer, "ok", 2) == 0);
    close(handle);
}
