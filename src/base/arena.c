/* The memory of one task, in chunks. */
#include "base/arena.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#endif

/* Under ASan a block starts on a shadow granule after an unused gap, so that an access past either end is detected. */
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define ARENA_LEAST_ALIGN 8
#define ARENA_GAP         8
#else
#define ASAN_POISON_MEMORY_REGION(address, size)   ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ARENA_LEAST_ALIGN                          1
#define ARENA_GAP                                  0
#endif

/* The default size of the first chunk; later chunks double from the second size to the largest. */
#define FIRST_CHUNK   KIB(4)
#define SECOND_CHUNK  KIB(1)
#define LARGEST_CHUNK MIB(1)

struct chunk {
    struct chunk *next; /* older */
    size_t size, used;  /* bytes of data */
    char data[];
};

struct arena {
    size_t cap, bytes;
    size_t fail_after; /* 0: never; 1: the next allocation and all later ones fail */
    struct chunk *chunks;
    struct chunk first; /* the last member: its data follows in the same block */
};

static atomic_size_t total_bytes, total_limit; /* total_limit 0: no limit */

static void count_taken(size_t bytes)
{
    atomic_fetch_add_explicit(&total_bytes, bytes, memory_order_relaxed);
}

static void count_freed(size_t bytes)
{
    atomic_fetch_sub_explicit(&total_bytes, bytes, memory_order_relaxed);
}

size_t arena_total_bytes(void)
{
    return atomic_load_explicit(&total_bytes, memory_order_relaxed);
}

void arena_limit_total(size_t bytes)
{
    atomic_store_explicit(&total_limit, bytes, memory_order_relaxed);
}

size_t arena_total_limit(void)
{
    return atomic_load_explicit(&total_limit, memory_order_relaxed);
}

/* Counts the bytes, unless the total would then exceed the limit. */
static bool try_count_taken(const struct arena *arena, size_t bytes)
{
    size_t limit = arena_total_limit(), most = arena->bytes > MIB(1) ? limit - limit / 8 : limit;
    size_t before = atomic_fetch_add_explicit(&total_bytes, bytes, memory_order_relaxed);
    if (limit == 0 || (before <= most && bytes <= most - before))
        return true;
    count_freed(bytes);
    return false;
}

struct arena *arena_new(size_t cap_bytes, size_t first_chunk)
{
    size_t size = first_chunk != 0 ? first_chunk : FIRST_CHUNK;
    if (size > cap_bytes)
        size = cap_bytes;
    if (size < sizeof(struct arena))
        size = sizeof(struct arena);
    struct arena *arena = malloc(size);
    if (arena == NULL)
        return NULL;
    *arena = (struct arena){.cap = cap_bytes, .bytes = size, .first = {.size = size - sizeof(struct arena)}};
    arena->chunks = &arena->first;
    count_taken(size);
    ASAN_POISON_MEMORY_REGION(arena->first.data, arena->first.size);
    return arena;
}

void arena_reset(struct arena *arena)
{
    struct chunk *next;
    for (struct chunk *chunk = arena->chunks; chunk != NULL; chunk = next) {
        next = chunk->next;
        if (chunk == &arena->first)
            continue;
        ASAN_UNPOISON_MEMORY_REGION(chunk->data, chunk->size);
        free(chunk);
    }
    size_t kept = sizeof(struct arena) + arena->first.size;
    count_freed(arena->bytes - kept);
    arena->chunks = &arena->first;
    arena->first.next = NULL;
    arena->first.used = 0;
    arena->bytes = kept;
    ASAN_POISON_MEMORY_REGION(arena->first.data, arena->first.size);
}

void arena_free(struct arena *arena)
{
    if (arena == NULL)
        return;
    arena_reset(arena);
    count_freed(arena->bytes);
    ASAN_UNPOISON_MEMORY_REGION(arena->first.data, arena->first.size);
    free(arena);
}

/* Takes `size` bytes from the chunk; NULL when it is too full. */
static void *chunk_take(struct chunk *chunk, size_t size, size_t align)
{
    uintptr_t start = (uintptr_t)chunk->data + chunk->used + ARENA_GAP;
    size_t skip = ARENA_GAP + (size_t)(-start & (align - 1));
    size_t left = chunk->size - chunk->used;
    if (skip > left || size > left - skip)
        return NULL;
    char *block = chunk->data + chunk->used + skip;
    chunk->used += skip + size;
    ASAN_UNPOISON_MEMORY_REGION(block, size);
    memset(block, 0, size);
    return block;
}

/* Adds a chunk that has room for a block of this size and alignment; NULL past the cap and, unless `must` is set, past
   the limit of all arenas. */
static struct chunk *chunk_add(struct arena *arena, size_t size, size_t align, bool must)
{
    size_t least;
    if (__builtin_add_overflow(size, align + ARENA_GAP + sizeof(struct chunk), &least))
        return NULL;
    size_t left = arena_left(arena);
    if (least > left)
        return NULL;
    size_t total = arena->chunks->size < LARGEST_CHUNK / 2 ? arena->chunks->size * 2 : LARGEST_CHUNK;
    if (total < SECOND_CHUNK)
        total = SECOND_CHUNK;
    if (total > left)
        total = left;
    bool large = least > total;
    if (large)
        total = least;

    if (must)
        count_taken(total);
    else if (!try_count_taken(arena, total))
        return NULL;
    struct chunk *chunk = malloc(total);
    if (chunk == NULL) {
        count_freed(total);
        return NULL;
    }
    *chunk = (struct chunk){.size = total - sizeof(struct chunk)};
    ASAN_POISON_MEMORY_REGION(chunk->data, chunk->size);
    arena->bytes += total;
    assert(arena->bytes <= arena->cap);
    if (large) {
        /* The block will fill it, so the newest chunk stays in use. */
        chunk->next = arena->chunks->next;
        arena->chunks->next = chunk;
    } else {
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    return chunk;
}

/* Does a test want this allocation to fail? */
static bool must_fail(struct arena *arena)
{
    if (arena->fail_after == 0)
        return false;
    if (arena->fail_after == 1)
        return true;
    arena->fail_after--;
    return false;
}

static void *allocate(struct arena *arena, size_t size, size_t align, bool must)
{
    assert(align != 0 && (align & (align - 1)) == 0);
    if (must_fail(arena))
        return NULL;
    if (align < ARENA_LEAST_ALIGN)
        align = ARENA_LEAST_ALIGN;
    void *block = chunk_take(arena->chunks, size, align);
    if (block != NULL)
        return block;
    struct chunk *chunk = chunk_add(arena, size, align, must);
    return chunk != NULL ? chunk_take(chunk, size, align) : NULL;
}

void *arena_alloc(struct arena *arena, size_t size, size_t align)
{
    return allocate(arena, size, align, false);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size, size_t align)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    return arena_alloc(arena, total, align);
}

void *arena_must_alloc(struct arena *arena, size_t size, size_t align)
{
    void *block = allocate(arena, size, align, true);
    if (block == NULL)
        abort();
    return block;
}

struct arena *arena_must_new(size_t cap_bytes, size_t first_chunk)
{
    struct arena *arena = arena_new(cap_bytes, first_chunk);
    if (arena == NULL)
        abort();
    return arena;
}

void *arena_grow(struct arena *arena, void *block, size_t old_size, size_t new_size)
{
    assert(block != NULL || old_size == 0);
    if (block != NULL && new_size <= old_size)
        return block;
    struct chunk *chunk = arena->chunks;
    bool newest = block != NULL && (char *)block + old_size == chunk->data + chunk->used;
    if (newest && new_size - old_size <= chunk->size - chunk->used) {
        if (must_fail(arena))
            return NULL;
        ASAN_UNPOISON_MEMORY_REGION((char *)block, new_size);
        memset((char *)block + old_size, 0, new_size - old_size);
        chunk->used += new_size - old_size;
        return block;
    }
    void *moved = arena_alloc(arena, new_size, _Alignof(max_align_t));
    if (moved != NULL && block != NULL)
        memcpy(moved, block, old_size);
    return moved;
}

void *arena_reserve(struct arena *arena, void *items, size_t count, size_t *capacity, size_t item_size)
{
    enum { FIRST = 8 };
    assert(count <= *capacity && item_size > 0);
    if (count < *capacity)
        return items;
    size_t wanted, bytes;
    if (__builtin_mul_overflow(*capacity, 2, &wanted))
        return NULL;
    wanted = wanted > 0 ? wanted : FIRST;
    if (__builtin_mul_overflow(wanted, item_size, &bytes))
        return NULL;
    void *grown = arena_grow(arena, items, *capacity * item_size, bytes);
    if (grown != NULL)
        *capacity = wanted;
    return grown;
}

struct text arena_copy(struct arena *arena, struct text text)
{
    char *copy = text.size < SIZE_MAX ? arena_alloc(arena, text.size + 1, 1) : NULL;
    if (copy != NULL && text.size > 0)
        memcpy(copy, text.data, text.size);
    return (struct text){.data = copy, .size = text.size};
}

struct text arena_print(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct text text = arena_vprint(arena, format, arguments);
    va_end(arguments);
    return text;
}

struct text arena_vprint(struct arena *arena, const char *format, va_list arguments)
{
    va_list measured;
    va_copy(measured, arguments);
    int size = vsnprintf(NULL, 0, format, measured);
    va_end(measured);
    if (size < 0)
        return TEXT_NONE;
    char *text = arena_alloc(arena, (size_t)size + 1, 1);
    if (text == NULL)
        return TEXT_NONE;
    (void)vsnprintf(text, (size_t)size + 1, format, arguments);
    return (struct text){.data = text, .size = (size_t)size};
}

size_t arena_bytes(const struct arena *arena)
{
    return arena->bytes;
}

size_t arena_left(const struct arena *arena)
{
    return arena->cap > arena->bytes ? arena->cap - arena->bytes : 0;
}

void arena_fail_after(struct arena *arena, size_t allocations)
{
    arena->fail_after = allocations;
}
