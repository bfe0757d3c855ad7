/* Builds a history step by step. */
#include "tests/engine/scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct action_reference delay_reference[] = {{"duration", REFERENCE_TEMPLATE}};
static const struct action_reference text_reference[] = {{"text", REFERENCE_TEMPLATE}};
static const struct action_type types[] = {
    {.name = "ask",
     .mode = ACTION_MODE_HUMAN,
     .dispatch = DISPATCH_ACTIVITY,
     .references = text_reference,
     .reference_count = 1,
     .timing =
         {.start_to_close_ms = 604800000, .retry_attempts = 1, .timeout_field = "hours", .timeout_unit_ms = 3600000},
     .asked_field = "who"},
    {.name = "call", .dispatch = DISPATCH_ACTIVITY, .references = text_reference, .reference_count = 1},
    {.name = "delay", .dispatch = DISPATCH_ENGINE, .references = delay_reference, .reference_count = 1},
    {.name = "pure", .dispatch = DISPATCH_LOCAL, .references = text_reference, .reference_count = 1},
    {.name = "see_all", .dispatch = DISPATCH_ACTIVITY, .context_all = true},
    {.name = "write", .dispatch = DISPATCH_LOCAL, .effects = EFFECTS_WRITE},
};
static const struct action_catalog catalog = {types, sizeof types / sizeof types[0]};
const struct run_policy scene_local = {.catalog = &catalog, .local = true};
const struct run_policy scene_activities = {.catalog = &catalog, .local = false};

void scene_open(struct scene *scene, const struct run_policy *policy)
{
    *scene = (struct scene){.arena = arena_new((size_t)64 << 20, 0), .run = run_new(policy)};
    scene->error = ERROR_IN(scene->arena);
}

void scene_close(struct scene *scene)
{
    run_free(scene->run);
    arena_free(scene->arena);
}

int64_t scene_event(struct scene *scene, struct event event)
{
    event.id = ++scene->event_id;
    cr_assert_eq(run_apply(scene->run, &event, &scene->error), STATUS_OK, "%.*s: %.*s", TEXT_ARG(scene->error.where),
                 TEXT_ARG(scene->error.message));
    return event.id;
}

/* Keeps inputs for the test of the check of rules, which they must pass. */
static void keep_input(const char *input)
{
    static unsigned count;
    const char *folder = getenv("ENGINE_INPUTS");
    char path[512];
    if (folder == NULL)
        return;
    (void)snprintf(path, sizeof path, "%s/%d-%u.json", folder, (int)getpid(), count++);
    FILE *file = fopen(path, "we");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(input, file), 0);
    cr_assert_eq(fclose(file), 0);
}

int64_t scene_start(struct scene *scene, const char *input)
{
    keep_input(input);
    return scene_event(scene, (struct event){.kind = EVENT_STARTED,
                                             .activity_type = TEXT("ExecuteGraphWorkflow"),
                                             .payload = text_from(input)});
}

void scene_decide(struct scene *scene)
{
    scene->commands = (struct command_list){.arena = scene->arena};
    cr_assert_eq(run_decide(scene->run, true, &scene->commands, &scene->error), STATUS_OK, "%.*s",
                 TEXT_ARG(scene->error.message));
}

void scene_task(struct scene *scene)
{
    run_task_end(scene->run);
    scene_event(scene, (struct event){.kind = EVENT_OTHER});
    scene_event(scene, (struct event){.kind = EVENT_TASK_STARTED});
    scene_decide(scene);
    scene_event(scene, (struct event){.kind = EVENT_OTHER});
}

int64_t scene_scheduled(struct scene *scene, const char *id)
{
    return scene_event(scene, (struct event){.kind = EVENT_ACTIVITY_SCHEDULED, .activity_id = text_from(id)});
}

void scene_done(struct scene *scene, int64_t scheduled_id, const char *output)
{
    scene_event(
        scene,
        (struct event){.kind = EVENT_ACTIVITY_COMPLETED, .scheduled_id = scheduled_id, .payload = text_from(output)});
}

static const char *const verbs[] = {
    [COMMAND_PERFORM] = "perform",
    [COMMAND_RECORD_RESULT] = "record",
    [COMMAND_SCHEDULE_ACTIVITY] = "schedule",
    [COMMAND_CANCEL_ACTIVITY] = "cancel activity",
    [COMMAND_START_TIMER] = "start timer",
    [COMMAND_CANCEL_TIMER] = "cancel timer",
    [COMMAND_COMPLETE] = "complete",
    [COMMAND_FAIL] = "fail",
    [COMMAND_CANCEL] = "cancel",
    [COMMAND_CONTINUE_AS_NEW] = "continue as new",
};

const char *scene_commands(struct scene *scene)
{
    struct buffer buffer = buffer_in(scene->arena, 65536);
    for (size_t i = 0; i < scene->commands.count; i++) {
        const struct command *command = &scene->commands.items[i];
        if (i > 0)
            buffer_add(&buffer, TEXT("; "));
        buffer_print(&buffer, "%s%s%.*s", verbs[command->kind], command->action_name.size > 0 ? " " : "",
                     TEXT_ARG(command->action_name));
        if (command->kind == COMMAND_FAIL)
            buffer_print(&buffer, " %.*s", TEXT_ARG(command->failure));
    }
    return buffer_text(&buffer).data;
}

void scene_perform(struct scene *scene, const char *name, const char *result)
{
    for (size_t i = 0; i < scene->commands.count; i++) {
        const struct command *command = &scene->commands.items[i];
        if (command->kind != COMMAND_PERFORM || !text_is(command->action_name, name))
            continue;
        struct action_report report = {.outcome = ACTION_OUTCOME_DONE};
        cr_assert_eq(json_read(scene->arena, text_from(result), &report.result, &scene->error), STATUS_OK);
        cr_assert_eq(run_perform_done(scene->run, command->action, &report, &scene->error), STATUS_OK);
        return;
    }
    cr_assert_fail("%s is not to be performed", name);
}

const char *scene_state(struct scene *scene, const char *name)
{
    for (size_t i = 0; i < run_action_count(scene->run); i++) {
        struct run_action action;
        run_action_at(scene->run, i, &action);
        if (text_is(action.name, name))
            return action_state_name(action.state);
    }
    return "unknown";
}
