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
