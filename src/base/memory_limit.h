/* The memory that the system lets this process use. */
#ifndef BASE_MEMORY_LIMIT_H
#define BASE_MEMORY_LIMIT_H

#include <stddef.h>

/* The smallest memory limit, in bytes, of the control groups (version 1 or 2) that the process is in; 0: there is no
   limit, or it cannot be read. root: the prefix of /proc and /sys; "" except in tests. Any thread. */
size_t memory_limit_read(const char *root);

#endif
