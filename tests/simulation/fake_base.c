/* The clocks, the randomness and the log of a simulation. The linker leads the calls here (--wrap in meson.build). */
#include "base/clock.h"
#include "base/log.h"
#include "tests/simulation/sim.h"

#define UTC_US (INT64_C(1780000000) * S)

int64_t __wrap_clock_monotonic_us(void);
int64_t __wrap_clock_utc_us(void);
int64_t __wrap_clock_utc_seconds_us(void);
void __wrap_random_bytes(void *bytes, size_t size);
void __wrap_log_write(enum log_level level, const char *file, int line, const char *message,
                      const struct log_field *fields);

int64_t __wrap_clock_monotonic_us(void)
{
    return sim.now_us;
}

int64_t __wrap_clock_utc_us(void)
{
    return UTC_US + sim.now_us;
}

int64_t __wrap_clock_utc_seconds_us(void)
{
    return UTC_US + sim.now_us / S * S;
}

void __wrap_random_bytes(void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ((unsigned char *)bytes)[i] = (unsigned char)random_next(&sim.random);
}

void __wrap_log_write(enum log_level level, const char *file, int line, const char *message,
                      const struct log_field *fields)
{
    (void)level;
    (void)file;
    (void)line;
    struct text more = TEXT_NONE;
    for (; fields != NULL && fields->key != NULL; fields++)
        if (fields->kind != LOG_FIELD_INTEGER && fields->kind != LOG_FIELD_BOOLEAN)
            more = fields->text;
    sim_note("log: %s (%.*s)", message, TEXT_ARG(text_slice(more, 0, 120)));
}
