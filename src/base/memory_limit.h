/* How much memory the system lets this process use. */
#ifndef BASE_MEMORY_LIMIT_H
#define BASE_MEMORY_LIMIT_H

#include <stddef.h>

/* The least limit of the control groups that the process is in, version 1 or 2, in bytes; 0: there is none, or it
   cannot be read. root: in front of /proc and /sys; "" but in tests. Any thread. */
size_t memory_limit_read(const char *root);

#endif
