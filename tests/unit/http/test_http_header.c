/* Names and values of headers, and Retry-After. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "http/http_header.h"

static struct arena *arena;
static struct error error;

static void set_up(void)
{
    arena = arena_new(MIB(1), 0);
    error = ERROR_IN(arena);
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(http_header, .init = set_up, .fini = tear_down);

#define ASSERT_ERROR(wanted_) cr_assert(text_is(error.message, (wanted_)), "%.*s", TEXT_ARG(error.message))

Test(http_header, names)
{
    static const char *const good[] = {"Accept", "X-Api-Key", "x", "a!#$%&'*+-.^_`|~9", "Proxy", "Hosts", "proxyx-a"};
    static const char *const bad[] = {"", " ", "A B", "A:", "A\n", "Größe", "a(b)", "a,b", "a/b", "{x}", "\"a\""};
    static const char *const kept[] = {"Host",       "host",    "CONTENT-LENGTH",      "Transfer-Encoding",
                                       "connection", "Upgrade", "Proxy-Authorization", "proxy-"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_expect_eq(http_header_name_check(text_from(good[i]), &error), STATUS_OK, "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect_eq(http_header_name_check(text_from(bad[i]), &error), STATUS_INVALID, "%s", bad[i]);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        cr_expect_eq(http_header_name_check(text_from(kept[i]), &error), STATUS_INVALID, "%s", kept[i]);
    ASSERT_ERROR("header proxy-: may not be set");
}

Test(http_header, values_cannot_begin_another_header)
{
    static const char *const bad[] = {"a\r\nB: c", "a\nb", "a\rb", "\x01", "a\x7f", "a\x1b[1m"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(http_header_value_check(TEXT("X-A"), text_from(bad[i]), &error), STATUS_INVALID);
        ASSERT_ERROR("header X-A: a line break or control character");
    }
    cr_expect_eq(http_header_value_check(TEXT("X-A"), (struct text){.data = "a\0b", .size = 3}, &error),
                 STATUS_INVALID);
    cr_expect_eq(http_header_value_check(TEXT("X-A"), TEXT("tab\tand Größe €"), &error), STATUS_OK);
    cr_expect_eq(http_header_value_check(TEXT("X-A"), TEXT(""), &error), STATUS_OK);
}

Test(http_header, size)
{
    char *bytes = arena_alloc(arena, KIB(9), 1);
    memset(bytes, 'x', KIB(9));
    cr_expect_eq(http_header_value_check(TEXT("X"), (struct text){bytes, KIB(8) - 1}, &error), STATUS_OK);
    cr_expect_eq(http_header_value_check(TEXT("X"), (struct text){bytes, KIB(8)}, &error), STATUS_INVALID);
    ASSERT_ERROR("header X: larger than 8192 bytes");
}

Test(http_header, found_by_name)
{
    const struct http_header headers[] = {{TEXT("A"), TEXT("1")}, {TEXT("content-type"), TEXT("2")}};
    cr_expect_eq(http_header_find(headers, 2, "Content-Type"), &headers[1]);
    cr_expect_null(http_header_find(headers, 1, "Content-Type"));
    cr_expect_null(http_header_find(NULL, 0, "A"));
}

Test(http_header, retry_after)
{
    /* Sun, 06 Nov 1994 08:49:37 GMT */
    const int64_t date_us = INT64_C(784111777000000);
    static const struct {
        const char *value;
        int64_t seconds_before, wanted_ms;
    } rows[] = {
        {"0", 0, 0},
        {"120", 0, 120000},
        {" 7 ", 0, 7000},
        {"3600", 0, 3600000},
        {"3601", 0, 3600000},
        {"99999999999999999999999", 0, 3600000},
        {"20261130", 0, 3600000}, /* no date */
        {"Sun, 06 Nov 1994 08:49:37 GMT", 90, 90000},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 90, 90000},
        {"Sun Nov  6 08:49:37 1994", 90, 90000},
        {"Sun, 06 Nov 1994 08:49:37 GMT", -1, 0},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 86400, 3600000},
        {"", 0, -1},
        {"soon", 0, -1},
        {"-1", 0, -1},
        {"1.5", 0, -1},
        {"Sun, 06 Nov", 0, -1},
        {"abcdefghijklmnopqrstuvwx", 0, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(http_retry_after_ms(text_from(rows[i].value), date_us - rows[i].seconds_before * 1000000),
                     rows[i].wanted_ms, "%s", rows[i].value);
}
