/* State machines as tables: which state may follow which. */
#ifndef WORKER_STATE_H
#define WORKER_STATE_H

#include <stdbool.h>

struct state_machine {
    const char *name;
    const char *const *states; /* their names */
    unsigned count;
    const bool *may_move; /* [from * count + to] */
};

/* Asserts that the table allows this move. */
void state_move(const struct state_machine *machine, unsigned from, unsigned to);

/* For tests: called on the loop thread at every move. NULL otherwise. */
extern void (*state_observer)(const struct state_machine *machine, unsigned from, unsigned to);

#endif
