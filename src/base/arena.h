/* The memory of one task: blocks are allocated one after the other and freed all at once. An arena grows in chunks up
   to a cap; past the cap every allocation returns NULL and the task ends with STATUS_BUDGET. Not thread-safe: one owner
   at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

struct arena;

/* A new arena that takes at most cap_bytes from the system, chunk headers included; NULL when the system has no memory.
   first_chunk: size of the first chunk in bytes, 0 for the default (4 KiB); the arena itself lies in it, so an arena
   that never outgrows it is one block of that size. Later chunks double from 1 KiB up to 1 MiB. Free with
   arena_free. */
struct arena *arena_new(size_t cap_bytes, size_t first_chunk) MUST_CHECK;
void arena_free(struct arena *arena);  /* accepts NULL */
void arena_reset(struct arena *arena); /* forgets every allocation, keeps the first chunk */

/* Zeroed memory that lives until reset or free; NULL past the cap. align: a power of two. size 0 gives non-NULL. */
void *arena_alloc(struct arena *arena, size_t size, size_t align) MUST_CHECK;
/* count * size with overflow checked. */
void *arena_alloc_array(struct arena *arena, size_t count, size_t size, size_t align) MUST_CHECK;
/* Makes the block longer, in place when it is the newest one. The new bytes are zero; a block that moves is aligned for
   every type. A shorter new_size changes nothing; block NULL with old_size 0 allocates a new block. NULL past the cap;
   the block is then unchanged. */
void *arena_grow(struct arena *arena, void *block, size_t old_size, size_t new_size) MUST_CHECK;
/* Makes room for one more item in a list of `count` items and returns the items, which may have moved. *capacity: the
   number of items that there is room for; a full list doubles. items NULL: an empty list of capacity 0. NULL past the
   cap; the list is then unchanged. */
void *arena_reserve(struct arena *arena, void *items, size_t count, size_t *capacity, size_t item_size) MUST_CHECK;

#define ARENA_NEW(arena_, type_) ((type_ *)arena_alloc((arena_), sizeof(type_), _Alignof(type_)))
#define ARENA_ARRAY(arena_, count_, type_)                                                                             \
    ((type_ *)arena_alloc_array((arena_), (count_), sizeof(type_), _Alignof(type_)))

/* Never returns NULL: aborts instead. Only for the first, small blocks of a new arena, which always fit its cap, so
   that a failure can only be a bug in the worker. */
void *arena_must_alloc(struct arena *arena, size_t size, size_t align);
#define ARENA_MUST_NEW(arena_, type_) ((type_ *)arena_must_alloc((arena_), sizeof(type_), _Alignof(type_)))
/* A new arena; aborts when the system has no memory for it, since the process cannot continue without one. */
struct arena *arena_must_new(size_t cap_bytes, size_t first_chunk);

/* A copy, NUL-terminated past its size. Past the cap .data is NULL but .size is kept, so check .data; it is not NULL
   for the copy of an empty text. */
struct text arena_copy(struct arena *arena, struct text text) MUST_CHECK;
/* printf into the arena, NUL-terminated past its size; .data NULL past the cap. */
struct text arena_print(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
struct text arena_vprint(struct arena *arena, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

size_t arena_bytes(const struct arena *arena); /* bytes that it holds from the system now */

/* ---- all arenas of the process; any thread ---- */

size_t arena_total_bytes(void); /* bytes that all arenas hold from the system now */
/* Sets the limit in bytes for all arenas together, beyond which no arena can grow; an arena larger than 1 MiB leaves
   an eighth of the limit to smaller ones. 0, the initial value: no limit. First chunks and arena_must_alloc are never
   refused. */
void arena_limit_total(size_t bytes);
size_t arena_total_limit(void);

size_t arena_left(const struct arena *arena); /* bytes that it may still take */

/* For tests: the n-th allocation from now (1 = the next) and every later one fails; 0 turns it off. */
void arena_fail_after(struct arena *arena, size_t allocations);

#endif
