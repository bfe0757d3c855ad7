/* The lines of secrets, where a text names one, what is hidden, and signatures. */
#include <criterion/criterion.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "http/http_secrets.h"

static struct arena *arena;
static struct http_secrets *secrets;

static void set_up(void)
{
    arena = arena_new(MIB(2), 0);
}

static void tear_down(void)
{
    http_secrets_free(secrets);
    arena_free(arena);
}

TestSuite(http_secrets, .init = set_up, .fini = tear_down);

static struct text read_fault(const char *lines)
{
    struct error error = ERROR_IN(arena);
    secrets = NULL;
    return http_secrets_read(text_from(lines), &secrets, &error) == STATUS_OK ? TEXT("") : error.message;
}

#define ASSERT_TEXT(found_, wanted_) cr_assert(text_is((found_), (wanted_)), "%.*s", TEXT_ARG(found_))

static struct text secret(const char *name)
{
    struct text value = TEXT_NONE;
    (void)http_secrets_find(secrets, text_from(name), &value);
    return value;
}

Test(http_secrets, lines)
{
    ASSERT_TEXT(read_fault("# of the shop\nSHOP=tok=en/9876\r\n\n  Bank_2 =  Bearer abc def  \n_x=12345678"), "");
    ASSERT_TEXT(secret("SHOP"), "tok=en/9876");
    ASSERT_TEXT(secret("Bank_2"), "Bearer abc def");
    ASSERT_TEXT(secret("_x"), "12345678");
    cr_expect_null(secret("shop").data);
    cr_expect_null(secret("").data);
    cr_expect_eq(http_secrets_longest(secrets), sizeof "Bearer abc def" - 1);
}

Test(http_secrets, without_any)
{
    ASSERT_TEXT(read_fault(""), "");
    cr_expect_eq(http_secrets_longest(secrets), 0);
    ASSERT_TEXT(http_secrets_hide(secrets, arena, TEXT("text")), "text");
}

#define EXPECTED                                                                                                       \
    ": expected NAME=value, where the name has letters, digits and _, and the value 8 to 4096 bytes without control "  \
    "characters"

/* Never with what the line holds. */
Test(http_secrets, faults_name_the_line)
{
    ASSERT_TEXT(read_fault("A=12345678\nhunter2hunter2"), "line 2" EXPECTED);
    ASSERT_TEXT(read_fault("A=1234567"), "line 1" EXPECTED);
    ASSERT_TEXT(read_fault("=12345678"), "line 1" EXPECTED);
    ASSERT_TEXT(read_fault("A-B=12345678"), "line 1" EXPECTED);
    ASSERT_TEXT(read_fault("1A=12345678"), "line 1" EXPECTED);
    ASSERT_TEXT(read_fault("A=1234\t5678"), "line 1" EXPECTED);
    ASSERT_TEXT(read_fault("A=12345678\n\nA=87654321"), "line 3: there is another secret of that name");
    struct buffer lines = buffer_in(arena, MIB(1));
    for (int i = 0; i <= 100; i++)
        buffer_print(&lines, "N%d=12345678\n", i);
    ASSERT_TEXT(read_fault(buffer_text(&lines).data), "line 101: more than 100 secrets");
}

Test(http_secrets, where_a_text_names_one)
{
    static const struct {
        const char *text, *before, *name, *behind;
    } rows[] = {
        {"{{secret.A}}", "", "A", ""},
        {"Bearer {{ secret.TOKEN }}!", "Bearer ", "TOKEN", "!"},
        {"{{a}}{{secret.B}}{{secret.C}}", "{{a}}", "B", "{{secret.C}}"},
        {"{{x | default:{{secret.A}}", "{{x | default:", "A", ""},
        {"{{secret.}}", "", "", ""},
        {"{{secret.A | uppercase}}", "", "A | uppercase", ""}, /* no such secret */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text text = text_from(rows[i].text), name;
        size_t begin, end;
        cr_assert(http_secret_next(text, &begin, &end, &name), "%s", rows[i].text);
        ASSERT_TEXT(text_slice(text, 0, begin), rows[i].before);
        ASSERT_TEXT(name, rows[i].name);
        ASSERT_TEXT(text_slice(text, end, SIZE_MAX), rows[i].behind);
    }
    static const char *const none[] = {"", "secret.A", "{{secret.A}", "{{ secretA }}", "{secret.A}}", "{{a.secret.b}}"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        size_t begin, end;
        struct text name;
        cr_expect_not(http_secret_next(text_from(none[i]), &begin, &end, &name), "%s", none[i]);
    }
}

Test(http_secrets, hidden_wherever_they_are)
{
    ASSERT_TEXT(read_fault("A=12345678\nB=abcdefgh"), "");
    ASSERT_TEXT(http_secrets_hide(secrets, arena, TEXT("12345678 of abcdefgh12345678, 1234567")),
                "[secret] of [secret][secret], 1234567");
    ASSERT_TEXT(http_secrets_hide(secrets, arena, TEXT("")), "");
    arena_fail_after(arena, 1);
    cr_expect_null(http_secrets_hide(secrets, arena, TEXT("12345678")).data);
}

Test(http_secrets, a_text_that_was_cut_within_one)
{
    ASSERT_TEXT(read_fault("A=12345678\nB=45678901"), "");
    ASSERT_TEXT(http_secrets_trim(secrets, TEXT("text 1234")), "text ");
    ASSERT_TEXT(http_secrets_trim(secrets, TEXT("text 1234567")), "text ");
    ASSERT_TEXT(http_secrets_trim(secrets, TEXT("text 5678")), "text 5678");
    ASSERT_TEXT(http_secrets_trim(secrets, TEXT("4567890")), "");
    ASSERT_TEXT(http_secrets_trim(secrets, TEXT("")), "");
}

/* As `printf '%s' '1700000000.{"a":1}' | openssl dgst -sha256 -hmac 'secret-of-partner'` prints it. */
Test(http_secrets, signature)
{
    char signature[HTTP_SIGNATURE_TEXT];
    cr_assert(http_secret_sign(TEXT("secret-of-partner"), 1700000000, TEXT("{\"a\":1}"), signature));
    cr_expect_str_eq(signature, "e2ba7cf93f6f415e93ab22af40399ab26806dafc6d7220cdf4ace8570398fb5e");
    cr_assert(http_secret_sign(TEXT("secret-of-partner"), 1700000000, TEXT_NONE, signature));
    cr_expect_str_eq(signature, "b70437a08fbbacf3c2673e9ff1042a859808559b1b543cc07c493d3ff91bb2d8");
}
