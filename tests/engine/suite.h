/* The scene of a suite's tests. */
#ifndef TESTS_ENGINE_SUITE_H
#define TESTS_ENGINE_SUITE_H

#include "tests/engine/scene.h"

/* The scene of a TestSuite(name, SCENE_LOCAL) or (name, SCENE_ACTIVITIES). It is fresh for each test. */
extern struct scene scene;
#define SCENE_LOCAL      .init = scene_begin_local, .fini = scene_end
#define SCENE_ACTIVITIES .init = scene_begin_activities, .fini = scene_end
void scene_begin_local(void);
void scene_begin_activities(void);
void scene_end(void);
/* Begins another run of activities in the scene. start NULL: the start is unknown. */
void scene_begin_another(const char *input, const struct event_start *start);

#endif
