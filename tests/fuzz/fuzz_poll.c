/* The answer to a poll, from its bytes to the commands of its run: read or refused, never a crash. */
#include "action/perform.h"
#include "base/limits.h"
#include "fuzz/engine_input.h"
#include "temporal/client_internal.h"
#include "temporal/history.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct action_type types[] = {{.name = "delay", .dispatch = DISPATCH_ENGINE},
                                           {.name = "evaluate_condition", .dispatch = DISPATCH_LOCAL}};
static const struct action_catalog catalog = {types, sizeof types / sizeof *types};

/* Every byte of a text can be read. */
static void read_text(struct text text)
{
    volatile char last = 0;
    for (size_t i = 0; i < text.size; i++)
        last = text.data[i];
    (void)last;
}

static void run_task(const Api__PollWorkflowTaskQueueResponse *response, struct arena *arena, struct input *input)
{
    struct workflow_task task;
    if (!workflow_task_read(arena, response, &task))
        return;
    expect(task.attempt >= 1 && (task.query_count == 0 || task.queries != NULL));
    for (size_t i = 0; i < task.query_count; i++) {
        read_text(task.queries[i].id);
        read_text(task.queries[i].type);
        read_text(task.queries[i].arguments);
    }
    const struct run_policy policy = {.catalog = &catalog, .local = take(input) % 2 == 0};
    struct run *run = run_new(&policy);
    struct error error = ERROR_IN(arena);
    enum status status = STATUS_OK;
    for (size_t i = 0; response->history != NULL && i < response->history->n_events && status == STATUS_OK; i++) {
        struct event event;
        status = history_translate(response->history->events[i], arena, &event);
        if (status == STATUS_OK)
            status = run_apply(run, &event, &error);
    }
    expect(status == STATUS_OK || status == STATUS_INVALID || status == STATUS_BUDGET);
    struct command_list commands;
    if (status == STATUS_OK)
        decide(run, arena, input, &commands);
    run_free(run);
}

static void read_activity(Api__PollActivityTaskQueueResponse *response, struct arena *arena)
{
    const struct activity_task *task = activity_tasks_read(arena, &response, 1);
    if (task == NULL)
        return;
    expect(task->attempt >= 1 && task->failures < task->attempt);
    read_text(task->token);
    read_text(task->activity_id);
    read_text(task->activity_type);
    read_text(task->trace);
    read_text(task->input);
    struct action_request request;
    struct error error = ERROR_IN(arena);
    enum status status = action_request_read(arena, task->input, &request, &error);
    expect(status == STATUS_OK || error.message.size > 0);
}

/* The answer, followed by a few bytes that say which poll it answers and how its actions end. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { CHOICES = 16 };
    if (size < CHOICES)
        return 0;
    size -= CHOICES;
    struct input input = {data + size, CHOICES};
    bool workflow = take(&input) % 2 == 0;
    struct arena *arena = arena_new(MIB(64), 0);
    struct error error = ERROR_IN(arena);
    const void *message = NULL;
    const struct text bytes = {.data = (const char *)data, .size = size};
    enum status status = proto_unpack(workflow ? &api__poll_workflow_task_queue_response__descriptor
                                               : &api__poll_activity_task_queue_response__descriptor,
                                      bytes, arena, &message, &error);
    expect(status == STATUS_OK || error.message.size > 0);
    if (status == STATUS_OK && workflow)
        run_task(message, arena, &input);
    else if (status == STATUS_OK)
        read_activity((Api__PollActivityTaskQueueResponse *)(uintptr_t)message, arena);
    arena_free(arena);
    return 0;
}
