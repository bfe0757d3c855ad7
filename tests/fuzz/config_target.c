#include "fuzz/config_target.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

typedef void check_config(struct arena *arena, const struct json_value *config, struct decode_faults *faults);
typedef bool read_config(struct decoder *decoder, const struct json_value *json);

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void expect_told_well(const struct decode_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        const struct decode_fault *fault = &faults->items[i];
        expect(fault->message.size > 0 && text_is_utf8(fault->message));
        expect(fault->pointer.size == 0 || fault->pointer.data[0] == '/');
    }
}

static bool read_into(struct arena *arena, read_config *read, const struct json_value *config,
                      struct decode_faults *faults)
{
    struct decoder decoder = {.arena = arena, .faults = faults};
    *faults = (struct decode_faults){.arena = arena};
    const bool good = read(&decoder, config);
    expect(good == (faults->count == 0 && !faults->exhausted));
    expect_told_well(faults);
    return good;
}

static void judge(struct arena *arena, const struct json_value *config, bool templates, check_config *check,
                  read_config *read)
{
    struct decode_faults faults = {.arena = arena}, again = {.arena = arena};
    check(arena, config, &faults);
    check(arena, config, &again);
    expect_told_well(&faults);
    expect(text_equal(decode_faults_text(&faults, arena), decode_faults_text(&again, arena)));

    const bool checked = faults.count == 0 && !faults.exhausted;
    const bool good = read_into(arena, read, config, &faults);
    expect(good || !checked || templates);
}

/* Lets each of the first allocations, and then allocations at doubling distances, be the first to fail. */
static void starve(const struct json_value *config, read_config *read)
{
    struct arena *arena = arena_new(MIB(64), 0);
    struct decode_faults faults;
    for (size_t n = 1; n < 4096; n += n < 16 ? 1 : n) {
        arena_fail_after(arena, n);
        read_into(arena, read, config, &faults);
        arena_fail_after(arena, 0);
        arena_reset(arena);
    }
    arena_free(arena);
}

void config_target(const uint8_t *data, size_t size, check_config *check, read_config *read)
{
    struct arena *arena = arena_new(MIB(64), 0);
    const struct text text = {.data = (const char *)data, .size = size};
    struct json_value config;
    if (json_read(arena, text, &config, NULL) == STATUS_OK) {
        const bool templates = memmem(data, size, "{{", 2) != NULL || memmem(data, size, "\\u", 2) != NULL;
        judge(arena, &config, templates, check, read);
        starve(&config, read);
    }
    arena_free(arena);
}
