/* Functions that the targets that drive the engine share. */
#ifndef FUZZ_ENGINE_INPUT_H
#define FUZZ_ENGINE_INPUT_H

#include "engine/run.h"

/* The remaining bytes of an input, which determine choices. */
struct input {
    const uint8_t *data;
    size_t size;
};
uint8_t take(struct input *input); /* 0 at the end of the input */

/* Aborts unless the condition holds, so that the fuzzer keeps the input. */
void expect(bool condition);

/* Calls run_decide until nothing is left to do or the input ends, settles each PERFORM as the input says, and ends the
   task. Aborts when a command follows the end of the run, or a PERFORM stays open. *commands gets all commands. */
void decide(struct run *run, struct arena *arena, struct input *input, struct command_list *commands);

#endif
