/* What a worker may send, whatever happens to it. */
#ifndef TESTS_SIMULATION_GUARD_H
#define TESTS_SIMULATION_GUARD_H

#include "tests/simulation/sim.h"

void guard_begin(void); /* of each seed */
/* Checks one try of a request, which is about the task whose token it bears, and how it ended. */
void guard_sent(struct process *process, const char *method, struct text request);
void guard_ended(struct process *process, const char *method, struct text request, int code);
/* Heartbeats of this task are sent by sweeps too, whether or not it still waits. */
void guard_swept(struct text token);

#endif
