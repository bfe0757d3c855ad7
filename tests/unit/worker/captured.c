/* What a test's worker logs. */
#include <criterion/criterion.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "tests/unit/worker/server.h"

static int log_file;

void log_capture(void)
{
    log_file = memfd_create("log", MFD_CLOEXEC);
    cr_assert_geq(log_file, 0);
    log_set_output(log_file);
}

struct text log_captured(void)
{
    off_t size = lseek(log_file, 0, SEEK_END);
    char *data = arena_alloc(server.arena, (size_t)size + 1, 1);
    cr_assert_not_null(data);
    cr_assert_eq(pread(log_file, data, (size_t)size, 0), size);
    return (struct text){.data = data, .size = (size_t)size};
}

unsigned log_times(struct text log, const char *part)
{
    unsigned times = 0;
    struct text wanted = text_from(part);
    for (size_t at = text_find(log, wanted); at != SIZE_MAX; at = text_find(log, wanted)) {
        log = text_slice(log, at + wanted.size, SIZE_MAX);
        times++;
    }
    return times;
}
