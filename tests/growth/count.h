/* Measures the work of the code under test: the number of its basic blocks that run, plus one for every 16 bytes that a
   function of the C library touches for it. The count is the same on every run and machine, and needs no tool. */
#ifndef GROWTH_COUNT_H
#define GROWTH_COUNT_H

#include <stdint.h>

/* The count since the program began. */
uint64_t count_steps(void);

#endif
