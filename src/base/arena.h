/* Memory of one task: allocate forward, free all at once. Grows in chunks up to a cap; past the cap every
   allocation gives NULL and the task ends with STATUS_BUDGET. Not thread-safe: one owner at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

struct arena;

/* A new arena that holds at most cap_bytes, counting its own chunks; NULL when the system has no memory.
   first_chunk: bytes of the first chunk, 0 for the default (4 KiB); the arena itself lies in it, so an arena that never
   outgrows it is one block of that size. Later chunks double from 1 KiB up to 1 MiB. Free with arena_free. */
struct arena *arena_new(size_t cap_bytes, size_t first_chunk) MUST_CHECK;
void arena_free(struct arena *arena);  /* accepts NULL */
void arena_reset(struct arena *arena); /* forgets every allocation, keeps the first chunk */

/* Zeroed memory that lives until reset or free; NULL past the cap. align: a power of two. size 0 gives non-NULL. */
void *arena_alloc(struct arena *arena, size_t size, size_t align) MUST_CHECK;
/* count * size with overflow checked. */
void *arena_alloc_array(struct arena *arena, size_t count, size_t size, size_t align) MUST_CHECK;
/* Makes the block longer, in place when it is the newest one; the new bytes are zero, a block that moves is aligned for
   every type. A shorter new_size changes nothing; block NULL with old_size 0 is a new block. NULL past the cap (the
   block stays as it was). */
void *arena_grow(struct arena *arena, void *block, size_t old_size, size_t new_size) MUST_CHECK;
/* For a list of `count` items that is about to get one more: the items, with room for it. *capacity is what there is
   room for; a full list doubles. items NULL: an empty list of capacity 0. NULL past the cap (the list stays as it
   was). */
void *arena_reserve(struct arena *arena, void *items, size_t count, size_t *capacity, size_t item_size) MUST_CHECK;

#define ARENA_NEW(arena_, type_) ((type_ *)arena_alloc((arena_), sizeof(type_), _Alignof(type_)))
#define ARENA_ARRAY(arena_, count_, type_)                                                                             \
    ((type_ *)arena_alloc_array((arena_), (count_), sizeof(type_), _Alignof(type_)))

/* Never NULL: abort instead. Only for the first, small blocks of an arena just made, which its cap is sure to hold, so
   that NULL can only be a mistake in our code. */
void *arena_must_alloc(struct arena *arena, size_t size, size_t align);
#define ARENA_MUST_NEW(arena_, type_) ((type_ *)arena_must_alloc((arena_), sizeof(type_), _Alignof(type_)))
/* Likewise an arena itself; without memory for it the process cannot work on. */
struct arena *arena_must_new(size_t cap_bytes, size_t first_chunk);

/* A copy, NUL-terminated past its size. On failure data is NULL while text.size > 0 or == 0: check .data. */
struct text arena_copy(struct arena *arena, struct text text) MUST_CHECK;
/* printf into the arena, NUL-terminated past its size; .data NULL past the cap. */
struct text arena_print(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
struct text arena_vprint(struct arena *arena, const char *format, va_list arguments) PRINTF_LIKE(2, 0);

size_t arena_bytes(const struct arena *arena); /* bytes taken from the system now */

/* ---- all arenas of the process; any thread ---- */

size_t arena_total_bytes(void); /* taken from the system now */
/* At most so many bytes for all arenas together, beyond which an arena cannot grow; an arena larger than a megabyte
   leaves an eighth of it to the small ones. 0, as at first: no limit. First chunks and arena_must_alloc are not
   refused. */
void arena_limit_total(size_t bytes);
size_t arena_total_limit(void);

size_t arena_left(const struct arena *arena); /* bytes that it may still take */

/* For tests: the n-th allocation from now (1 = the next) and every later one fails; 0 turns it off. */
void arena_fail_after(struct arena *arena, size_t allocations);

#endif
