/* A tree by run id, and a list by time of use. */
#include "worker/run_cache.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

TAILQ_HEAD(entry_list, run_entry);

struct run_cache {
    void *by_id;             /* tree of struct run_entry, of tsearch */
    struct entry_list order; /* least recently used first */
    struct entry_list due;   /* those with due_us, in that order */
    size_t budget, bytes, count;
};

/* Empty when out of memory. */
static struct text copy(struct text text)
{
    char *data = text.size > 0 ? malloc(text.size) : NULL;
    if (data == NULL)
        return TEXT_NONE;
    memcpy(data, text.data, text.size);
    return (struct text){.data = data, .size = text.size};
}

struct run_entry *run_entry_new(struct text workflow_id, struct text run_id, struct run *run)
{
    struct run_entry *entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        run_free(run);
        return NULL;
    }
    entry->run = run;
    entry->workflow_id = copy(workflow_id);
    entry->run_id = copy(run_id);
    if (entry->workflow_id.size == workflow_id.size && entry->run_id.size == run_id.size)
        return entry;
    run_entry_free(entry);
    return NULL;
}

void run_entry_set_trace(struct run_entry *entry, struct text trace)
{
    free((char *)entry->trace.data);
    entry->trace = copy(trace);
}

void run_entry_free(struct run_entry *entry)
{
    if (entry == NULL)
        return;
    run_free(entry->run);
    free((char *)entry->workflow_id.data);
    free((char *)entry->run_id.data);
    free((char *)entry->trace.data);
    free(entry);
}

static int compare_entries(const void *a, const void *b)
{
    const struct run_entry *left = a, *right = b;
    return text_compare(left->run_id, right->run_id);
}

static struct run_entry *find(const struct run_cache *cache, struct text run_id)
{
    struct run_entry key = {.run_id = run_id};
    struct run_entry *const *node = tfind(&key, &cache->by_id, compare_entries);
    return node != NULL ? *node : NULL;
}

static void forget_due(struct run_cache *cache, struct run_entry *entry)
{
    if (entry->due_us != 0)
        TAILQ_REMOVE(&cache->due, entry, due);
    entry->due_us = 0;
}

static void detach(struct run_cache *cache, struct run_entry *entry)
{
    assert(cache->count > 0 && cache->bytes >= entry->bytes);
    tdelete(entry, &cache->by_id, compare_entries);
    TAILQ_REMOVE(&cache->order, entry, link);
    forget_due(cache, entry);
    cache->bytes -= entry->bytes;
    cache->count--;
    assert((cache->count == 0) == TAILQ_EMPTY(&cache->order) && (cache->count > 0 || cache->bytes == 0));
}

struct run_cache *run_cache_new(size_t budget)
{
    struct run_cache *cache = calloc(1, sizeof(*cache));
    if (cache == NULL)
        return NULL;
    TAILQ_INIT(&cache->order);
    TAILQ_INIT(&cache->due);
    cache->budget = budget;
    return cache;
}

void run_cache_free(struct run_cache *cache)
{
    if (cache == NULL)
        return;
    while (!TAILQ_EMPTY(&cache->order)) {
        struct run_entry *entry = TAILQ_FIRST(&cache->order);
        detach(cache, entry);
        run_entry_free(entry);
    }
    free(cache);
}

struct run_entry *run_cache_take(struct run_cache *cache, struct text run_id)
{
    struct run_entry *entry = find(cache, run_id);
    if (entry != NULL)
        detach(cache, entry);
    return entry;
}

size_t run_cache_put(struct run_cache *cache, struct run_entry *entry)
{
    run_entry_free(run_cache_take(cache, entry->run_id));
    entry->bytes = sizeof(*entry) + entry->workflow_id.size + entry->run_id.size + run_bytes(entry->run);
    if (tsearch(entry, &cache->by_id, compare_entries) == NULL) {
        run_entry_free(entry);
        return 1;
    }
    TAILQ_INSERT_TAIL(&cache->order, entry, link);
    cache->bytes += entry->bytes;
    cache->count++;

    size_t evicted = 0;
    while (cache->bytes > cache->budget) {
        struct run_entry *oldest = TAILQ_FIRST(&cache->order);
        detach(cache, oldest);
        run_entry_free(oldest);
        evicted++;
    }
    return evicted;
}

const struct run_entry *run_cache_peek(const struct run_cache *cache, struct text run_id)
{
    return find(cache, run_id);
}

const struct run_entry *run_cache_oldest(const struct run_cache *cache)
{
    return TAILQ_FIRST(&cache->order);
}

void run_cache_note_due(struct run_cache *cache, struct text run_id, int64_t now_us)
{
    struct run_entry *entry = find(cache, run_id);
    if (entry == NULL || entry->due_us != 0)
        return;
    assert(now_us > 0);
    entry->due_us = now_us;
    TAILQ_INSERT_TAIL(&cache->due, entry, due);
}

int64_t run_cache_due_since(struct run_cache *cache, int64_t forget_us)
{
    struct run_entry *oldest;
    while ((oldest = TAILQ_FIRST(&cache->due)) != NULL && oldest->due_us < forget_us)
        forget_due(cache, oldest);
    return oldest != NULL ? oldest->due_us : INT64_MAX;
}

bool run_cache_is_crowded(const struct run_cache *cache, int64_t since_us)
{
    const struct run_entry *oldest = TAILQ_FIRST(&cache->order);
    return oldest != NULL && cache->bytes >= cache->budget - cache->budget / 16 && oldest->used_us > since_us;
}

size_t run_cache_count(const struct run_cache *cache)
{
    return cache->count;
}

size_t run_cache_bytes(const struct run_cache *cache)
{
    return cache->bytes;
}
