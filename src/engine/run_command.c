/* Makes the commands of a run: what all kinds have in common. */
#include "base/limits.h"
#include "engine/run_internal.h"

/* The Go worker's default class, for types that are not registered. */
static const struct action_timing default_timing = {
    .start_to_close_ms = 300000,
    .retry_initial_ms = 1000,
    .retry_maximum_ms = 60000,
    .retry_coefficient = 2.0,
    .retry_attempts = 3,
};

struct command *run_add_command(struct command_list *commands, enum command_kind kind, struct error *error)
{
    struct command *items =
        arena_reserve(commands->arena, commands->items, commands->count, &commands->capacity, sizeof *items);
    if (items == NULL) {
        (void)error_budget(error);
        return NULL;
    }
    commands->items = items;
    struct command *command = &commands->items[commands->count++];
    *command = (struct command){.kind = kind};
    return command;
}

struct command *run_add_for_action(struct run *run, struct command_list *commands, enum command_kind kind,
                                   uint32_t action, struct error *error)
{
    struct command *command = run_add_command(commands, kind, error);
    if (command == NULL)
        return NULL;
    command->action = action;
    command->action_id = run->graph.actions[action].id;
    command->action_name = run->graph.actions[action].name;
    command->action_type = run->graph.actions[action].type;
    return command;
}

void command_set_failure(struct command *command, struct failure failure)
{
    command->failure = failure.text;
    command->failure_head = failure.head;
    command->failure_tail = failure.tail;
}

/* Bytes that are reserved for the commands that close the run. */
#define CLOSING_BYTES KIB(256)

bool run_answer_has_room(const struct run *run, size_t bytes)
{
    return run->answer_bytes == 0 || run->answer_bytes + bytes <= LIMIT_ANSWER_BYTES - CLOSING_BYTES;
}

uint32_t run_action_of_part(const struct run *run, struct text id, struct text *part)
{
    size_t slash = text_find(id, TEXT("/"));
    if (slash == SIZE_MAX)
        return UINT32_MAX;
    *part = text_slice(id, slash + 1, SIZE_MAX);
    return graph_find(&run->graph, text_slice(id, 0, slash));
}

enum status run_fill_request(struct run *run, uint32_t action, const struct action_type *type,
                             struct action_request *request, struct error *error)
{
    const struct graph_action *described = &run->graph.actions[action];
    *request = (struct action_request){
        .action_id = described->id,
        .action_name = described->name,
        .action_type = described->type,
        .rule_id = run->rule_id,
        .rule_name = run->rule_name,
        .execution_id = run->execution_id,
        .effect_id = text_equal(run->effect_id, run->execution_id) ? TEXT_NONE : run->effect_id,
    };
    enum status status = json_read(run->task_arena, described->config, &request->config, error);
    return status == STATUS_OK ? run_context(run, action, type, &request->config, &request->context, error) : status;
}

struct text run_write_request(struct run *run, const struct action_request *request)
{
    struct buffer buffer = buffer_in(run->task_arena, LIMIT_RUN_ARENA);
    action_request_write(&buffer, request);
    return buffer_text(&buffer);
}

enum status run_make_request(struct run *run, uint32_t action, const struct action_type *type,
                             struct action_request *request, struct text *json, struct error *error)
{
    enum status status = run_fill_request(run, action, type, request, error);
    if (status != STATUS_OK)
        return status;
    *json = run_write_request(run, request);
    return json->data != NULL ? STATUS_OK : error_budget(error);
}

struct action_timing run_timing_of(const struct run *run, uint32_t action, const struct action_type *type)
{
    struct action_timing timing = type != NULL ? type->timing : default_timing;
    const struct graph_policy *policy = &run->graph.actions[action].policy;
    if (policy->attempts > 0)
        timing.retry_attempts = (int32_t)policy->attempts;
    if (policy->first_ms > 0)
        timing.retry_initial_ms = policy->first_ms;
    if (policy->most_ms > 0)
        timing.retry_maximum_ms = policy->most_ms;
    else if (timing.retry_maximum_ms < timing.retry_initial_ms)
        timing.retry_maximum_ms = timing.retry_initial_ms;
    if (timing.retry_initial_ms > timing.retry_maximum_ms)
        timing.retry_initial_ms = timing.retry_maximum_ms;
    if (policy->timeout_ms > 0)
        timing.start_to_close_ms = policy->timeout_ms;
    return timing;
}

enum status run_refuse_action(struct run *run, uint32_t action, struct failure failure, struct error *error)
{
    run->nodes[action].attempts = 1;
    enum status status = run_fail(run, action, failure, FAILURE_PERMANENT, error);
    if (status == STATUS_OK)
        run_add_unrecorded(run, action);
    return status;
}

/* An action whose request is larger than Temporal takes can never run: it fails before anything is sent. */
enum status run_refuse_large(struct run *run, uint32_t action, size_t bytes, struct error *error)
{
    const struct graph_action *described = &run->graph.actions[action];
    struct failure failure =
        failure_print(run->task_arena,
                      PUBLIC("action %.*s (%.*s): its input of %zu bytes is larger than the %zu that Temporal takes"),
                      TEXT_ARG(described->name), TEXT_ARG(described->id), bytes, (size_t)LIMIT_PAYLOAD_BYTES);
    return run_refuse_action(run, action, failure, error);
}
