/* Applies updates to a run. */
#include "worker/update.h"

#include "base/log.h"

#define ACCEPTED "{\"accepted\":true}"

static struct text unreadable(const struct workflow_update *update, struct arena *arena)
{
    if (update->fault.size > 0)
        return arena_print(arena, "the update cannot be read: %.*s", TEXT_ARG(update->fault));
    return update->input_foreign ? TEXT("the input of the update is not json/plain") : TEXT_NONE;
}

static enum status apply(struct run *run, const struct workflow_update *update, struct arena *arena,
                         struct update_answer *answer, struct error *error)
{
    *answer = (struct update_answer){.update = update, .failure = unreadable(update, arena)};
    if (answer->failure.size > 0)
        return STATUS_OK;
    const struct run_update asked = {.id = update->id, .name = update->name, .input = update->input};
    struct error refused = ERROR_IN(arena);
    enum status status = run_accept(run, &asked, &refused);
    if (status == STATUS_OK)
        answer->result = TEXT(ACCEPTED);
    else if (status == STATUS_INVALID)
        answer->failure = refused.message;
    else
        return error_copy(error, &refused);
    return STATUS_OK;
}

static void log_answer(const struct update_answer *answer)
{
    const struct workflow_update *update = answer->update;
    if (answer->failure.size == 0)
        log_line(LOG_INFO, "Update accepted", LOG_TEXT("update", update->name), LOG_TEXT("update_id", update->id));
    else
        log_line(LOG_WARN, "Update refused", LOG_TEXT("update", update->name), LOG_TEXT("update_id", update->id),
                 LOG_FAILURE("error", (struct failure){.text = answer->failure}));
}

enum status updates_apply(struct run *run, const struct workflow_task *task, struct arena *arena,
                          struct update_answer **answers, struct error *error)
{
    *answers = NULL;
    if (task->update_count == 0)
        return STATUS_OK;
    struct update_answer *list = ARENA_ARRAY(arena, task->update_count, struct update_answer);
    if (list == NULL)
        return error_budget(error);
    for (size_t i = 0; i < task->update_count; i++) {
        enum status status = apply(run, &task->updates[i], arena, &list[i], error);
        if (status != STATUS_OK)
            return status;
        log_answer(&list[i]);
    }
    *answers = list;
    return STATUS_OK;
}

bool updates_are_all_refused(const struct update_answer *answers, size_t count, size_t command_count)
{
    for (size_t i = 0; i < count; i++)
        if (answers[i].failure.size == 0)
            return false;
    return count > 0 && command_count == 0;
}
