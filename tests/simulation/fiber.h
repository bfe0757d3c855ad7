/* Code that waits, such as a handler for its database, on a stack of its own: others run meanwhile. One thread. */
#ifndef TESTS_SIMULATION_FIBER_H
#define TESTS_SIMULATION_FIBER_H

#include "tests/simulation/sim.h"

struct fiber;

void fiber_begin(void); /* of each seed: forgets those that a crash left behind */
/* Runs function until it ends or waits. */
void fiber_start(sim_function *function, void *userdata);
struct fiber *fiber_current(void); /* NULL outside of one */
/* Returns after fiber_resume, which an event of the fiber's process calls. */
void fiber_suspend(void);
void fiber_resume(struct fiber *fiber);
/* Suspends the current fiber for that time, or longer if its process is paused. */
void fiber_sleep(int64_t delay_us);

#endif
