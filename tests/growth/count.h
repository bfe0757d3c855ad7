/* How much work the code under test does: the basic blocks of it that run, and one more for every 16 bytes that it has
   a function of the C library touch. The same on every run and machine, and no tool is needed. */
#ifndef GROWTH_COUNT_H
#define GROWTH_COUNT_H

#include <stdint.h>

/* The count since the program began. */
uint64_t count_steps(void);

#endif
