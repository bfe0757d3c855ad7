/* The identity of a run's effects, from which their keys are made. An execution acts once, however often its runs are
   retried, reset or continued, and an input that is meant to run again acts again. */
#include "base/limits.h"
#include "engine/run_internal.h"

struct text run_read_id(struct run *run, const struct json_value *object, struct text key)
{
    const struct json_value *value = json_get_lenient(object, key);
    struct uuid uuid;
    if (value == NULL || value->type != JSON_STRING || !uuid_parse(value->string, &uuid) || uuid_is_nil(uuid))
        return TEXT_NONE;
    return uuid_text(run->arena, uuid);
}

/* The nil UUID is Go's zero value. */
static bool is_left_out(const struct json_value *input)
{
    const struct json_value *value = json_get_lenient(input, TEXT("execution_id"));
    struct uuid uuid;
    if (value == NULL || value->type == JSON_NULL)
        return true;
    return value->type == JSON_STRING &&
           (value->string.size == 0 || (uuid_parse(value->string, &uuid) && uuid_is_nil(uuid)));
}

/* Whether the workflow id names the execution, as it does when the ERP starts the run. */
static bool names_execution(struct text workflow_id, struct text execution_id)
{
    if (execution_id.size == 0 || workflow_id.size < execution_id.size)
        return false;
    struct text end = text_slice(workflow_id, workflow_id.size - execution_id.size, execution_id.size);
    return text_equal_ignoring_case(end, execution_id);
}

/* The run id comes first: its size is fixed, so no two pairs give the same name. */
static struct text derive(struct run *run, const struct event_start *start)
{
    struct uuid space = {{0}};
    struct text run_id = start->cron ? start->run_id : start->first_run_id;
    struct text name = arena_print(run->arena, "%.*s %.*s", TEXT_ARG(run_id), TEXT_ARG(start->workflow_id));
    if (run->has_execution_id && !uuid_parse(run->execution_id, &space))
        return TEXT_NONE;
    return name.data != NULL ? uuid_text(run->arena, uuid_from_name(space, name)) : TEXT_NONE;
}

enum status run_identify(struct run *run, const struct json_value *input, const struct event_start *start,
                         struct error *error)
{
    bool known = start != NULL && start->workflow_id.size > 0, cron = known && start->cron;
    struct text passed = TEXT_NONE;
    if (!known || !start->cron_again)
        passed = run_read_id(run, json_get(input, TEXT("resume")), TEXT("effect_id"));
    bool may_lack_id = is_left_out(input) && (passed.size > 0 || cron || (known && start->scheduled));
    if (!run->has_execution_id && !may_lack_id)
        return STATUS_OK;
    run->passes_effect_id =
        passed.size > 0 || cron || (known && !names_execution(start->workflow_id, run->execution_id));
    if (passed.size > 0)
        run->effect_id = passed;
    else if (run->passes_effect_id)
        run->effect_id = derive(run, start);
    if (cron)
        run->cron_run_id = arena_copy(run->arena, start->run_id);
    if (!run->has_execution_id)
        run->execution_id = run->effect_id;
    return run->effect_id.data != NULL && (!cron || run->cron_run_id.data != NULL) ? STATUS_OK : error_budget(error);
}

enum status run_confirm_identity(struct run *run, const struct event *scheduled, struct error *error)
{
    if (run->effect_id_confirmed || text_equal(run->effect_id, run->execution_id))
        return STATUS_OK;
    struct arena *scratch = arena_new(LIMIT_TASK_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    struct json_value input;
    if (json_read(scratch, scheduled->payload, &input, NULL) == STATUS_OK &&
        json_get(&input, TEXT("effect_id")) == NULL)
        run->effect_id = run->execution_id;
    run->effect_id_confirmed = true;
    arena_free(scratch);
    return STATUS_OK;
}
