/* Setup and teardown of suites. */
#include "tests/engine/suite.h"

struct scene scene;

void scene_begin_local(void)
{
    scene_open(&scene, &scene_local);
}

void scene_begin_activities(void)
{
    scene_open(&scene, &scene_activities);
}

void scene_end(void)
{
    scene_close(&scene);
}

void scene_begin_another(const char *input, const struct event_start *start)
{
    scene_end();
    scene_begin_activities();
    scene_event(&scene, (struct event){.kind = EVENT_STARTED,
                                       .activity_type = TEXT("ExecuteGraphWorkflow"),
                                       .payload = text_from(input),
                                       .start = start});
}
