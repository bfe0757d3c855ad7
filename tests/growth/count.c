#include "growth/count.h"

#include <stddef.h>

static uint64_t steps;

uint64_t count_steps(void)
{
    return steps;
}

/* Called by the compiler's instrumentation at the beginning of each basic block. */
void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    steps++;
}

/* The linker redirects calls of NAME to __wrap_NAME (-Wl,--wrap=NAME), which counts and calls the real function. */
static void touch(size_t bytes)
{
    steps += 1 + bytes / 16;
}

void *__real_memcpy(void *to, const void *from, size_t size);
void *__wrap_memcpy(void *to, const void *from, size_t size);
void *__wrap_memcpy(void *to, const void *from, size_t size)
{
    touch(size);
    return __real_memcpy(to, from, size);
}

void *__real_memmove(void *to, const void *from, size_t size);
void *__wrap_memmove(void *to, const void *from, size_t size);
void *__wrap_memmove(void *to, const void *from, size_t size)
{
    touch(size);
    return __real_memmove(to, from, size);
}

void *__real_memset(void *to, int byte, size_t size);
void *__wrap_memset(void *to, int byte, size_t size);
void *__wrap_memset(void *to, int byte, size_t size)
{
    touch(size);
    return __real_memset(to, byte, size);
}

/* A search that ends after a few bytes counts only these bytes. */
void *__real_memchr(const void *in, int byte, size_t size);
void *__wrap_memchr(const void *in, int byte, size_t size);
void *__wrap_memchr(const void *in, int byte, size_t size)
{
    const char *found = __real_memchr(in, byte, size);
    touch(found != NULL ? (size_t)(found - (const char *)in) : size);
    return (void *)(uintptr_t)found;
}

void *__real_memmem(const void *in, size_t size, const void *part, size_t part_size);
void *__wrap_memmem(const void *in, size_t size, const void *part, size_t part_size);
void *__wrap_memmem(const void *in, size_t size, const void *part, size_t part_size)
{
    const char *found = __real_memmem(in, size, part, part_size);
    touch(found != NULL ? (size_t)(found - (const char *)in) : size);
    return (void *)(uintptr_t)found;
}

int __real_memcmp(const void *a, const void *b, size_t size);
int __wrap_memcmp(const void *a, const void *b, size_t size);
int __wrap_memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *left = a, *right = b;
    size_t same = 0;
    while (same < size && left[same] == right[same])
        same++;
    touch(same);
    return same < size ? (left[same] < right[same] ? -1 : 1) : 0;
}

size_t __real_strlen(const char *text);
size_t __wrap_strlen(const char *text);
size_t __wrap_strlen(const char *text)
{
    size_t size = __real_strlen(text);
    touch(size);
    return size;
}
