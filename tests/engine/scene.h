/* One run and its history, event by event. */
#ifndef TESTS_ENGINE_SCENE_H
#define TESTS_ENGINE_SCENE_H

#include <criterion/criterion.h>

#include "engine/run.h"

#define ID_A "a0000000-0000-4000-8000-00000000000a"
#define ID_B "a0000000-0000-4000-8000-00000000000b"
#define ID_C "a0000000-0000-4000-8000-00000000000c"
#define ID_D "a0000000-0000-4000-8000-00000000000d"

/* {"id":...,"name":...}: name is the id's last letter in upper case. */
#define ACTION(letter, type, config)                                                                                   \
    "{\"id\":\"" ID_##letter "\",\"name\":\"" #letter "\",\"action_type\":\"" type                                     \
                             "\",\"is_active\":true,\"action_config\":" config "}"
#define INACTIVE(letter, type)                                                                                         \
    "{\"id\":\"" ID_##letter "\",\"name\":\"" #letter "\",\"action_type\":\"" type "\",\"is_active\":false}"
#define START(target) "{\"source_action_id\":null,\"target_action_id\":\"" ID_##target "\",\"edge_type\":\"start\"}"
#define EDGE(source, target, type)                                                                                     \
    "{\"source_action_id\":\"" ID_##source "\",\"target_action_id\":\"" ID_##target "\",\"edge_type\":\"" type "\"}"
#define RULE(actions, edges)                                                                                           \
    "{\"rule_id\":\"11111111-1111-4111-8111-111111111111\",\"rule_name\":\"Rule\","                                    \
    "\"execution_id\":\"22222222-2222-4222-8222-222222222222\",\"graph\":{\"actions\":[" actions "],\"edges\":[" edges \
    "]},"                                                                                                              \
    "\"trigger_data\":{\"entity_id\":\"33333333-3333-4333-8333-333333333333\",\"total\":1500}}"

struct scene {
    struct arena *arena;
    struct run *run;
    struct error error;
    struct command_list commands; /* of the latest decision */
    int64_t event_id;
};

void scene_open(struct scene *scene, const struct run_policy *policy);
void scene_close(struct scene *scene);
/* Appends an event to the history and applies it. Returns its id. */
int64_t scene_event(struct scene *scene, struct event event);
int64_t scene_start(struct scene *scene, const char *input);
/* Adds the events of a workflow task that is scheduled and started; then decides. */
void scene_task(struct scene *scene);
void scene_decide(struct scene *scene);
int64_t scene_scheduled(struct scene *scene, const char *id);
void scene_done(struct scene *scene, int64_t scheduled_id, const char *output);
/* The latest commands as text, such as "schedule A; record B; complete". */
const char *scene_commands(struct scene *scene);
/* Reports this result for a PERFORM of the latest commands. */
void scene_perform(struct scene *scene, const char *name, const char *result);
const char *scene_state(struct scene *scene, const char *name);

extern const struct run_policy scene_local, scene_activities;

#define expect_commands(scene_, expected_)                                                                             \
    do {                                                                                                               \
        const char *found_ = scene_commands(scene_);                                                                   \
        cr_expect_str_eq(found_, (expected_), "found    %s\nexpected %s", found_, (expected_));                        \
    } while (0)

#endif
