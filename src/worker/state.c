/* Checks the moves of state machines. */
#include "worker/state.h"

#include <assert.h>
#include <stddef.h>

void (*state_observer)(const struct state_machine *machine, unsigned from, unsigned to);

void state_move(const struct state_machine *machine, unsigned from, unsigned to)
{
    assert(from < machine->count && to < machine->count);
    assert(machine->may_move[from * machine->count + to]);
    if (state_observer != NULL)
        state_observer(machine, from, to);
}
