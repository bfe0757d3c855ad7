/* The exact bytes of a message. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "smtp/mail_message.h"

static struct arena *arena;
static struct error error;

static void set_up(void)
{
    arena = arena_new(MIB(16), 0);
    error = ERROR_IN(arena);
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(mail_message, .init = set_up, .fini = tear_down);

static const struct mail_address sender = {.name = TEXT("Ichor"), .address = TEXT("erp@example.com")};

static enum status write(const char *recipient, struct text subject, struct mail_object *object)
{
    static struct text recipients[1];
    recipients[0] = text_from(recipient);
    struct mail_message message = {
        .recipients = recipients, .recipient_count = 1, .subject = subject, .body = TEXT("b\n")};
    cr_assert(uuid_parse(TEXT("6b1f7a52-9a0e-5d2f-8f0b-3c5f0e1d2a44"), &message.id));
    return mail_message_compose(arena, &message, &sender, 1770758311999999, object, &error);
}

#define ASSERT_TEXT(found_, wanted_) cr_assert(text_is((found_), (wanted_)), "found \"%.*s\"", TEXT_ARG(found_))

Test(mail_message, header_lines)
{
    struct mail_object object;
    cr_assert_eq(write("ann@example.com", TEXT("Order SO-1"), &object), STATUS_OK);
    ASSERT_TEXT(object.headers[0], "From: Ichor <erp@example.com>");
    ASSERT_TEXT(object.headers[1], "To: ann@example.com");
    ASSERT_TEXT(object.headers[2], "Subject: Order SO-1");
    ASSERT_TEXT(object.headers[3], "Date: Tue, 10 Feb 2026 21:18:31 +0000");
    ASSERT_TEXT(object.headers[4], "Message-ID: <6b1f7a52-9a0e-5d2f-8f0b-3c5f0e1d2a44@example.com>");
    ASSERT_TEXT(object.headers[5], "Auto-Submitted: auto-generated");
    ASSERT_TEXT(object.body, "b\r\n");
    ASSERT_TEXT(object.sender, "erp@example.com");
    ASSERT_TEXT(object.recipients[0], "ann@example.com");
}

static void subject(const char *text, const char *wanted)
{
    struct mail_object object;
    cr_assert_eq(write("ann@example.com", text_from(text), &object), STATUS_OK);
    ASSERT_TEXT(text_slice(object.headers[2], strlen("Subject: "), SIZE_MAX), wanted);
}

Test(mail_message, subjects)
{
    subject("", "");
    subject("100% <of> \"it\": a, b; c.", "100% <of> \"it\": a, b; c.");
    subject("Grüße", "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=");
    subject("a\tb", "=?utf-8?Q?a=09b?=");
    subject("=?utf-8?Q?no?=", "=?utf-8?Q?=3D=3Futf=2D8=3FQ=3Fno=3F=3D?=");
    subject(" led", "=?utf-8?Q?_led?=");
    subject("e\177", "=?utf-8?Q?e=7F?=");
    /* 63 bytes fit; a character that does not fit starts a new encoded word. */
    subject("\tsixty bytes of letters and blanks that fill one encoded wo",
            "=?utf-8?Q?=09sixty_bytes_of_letters_and_blanks_that_fill_one_encoded_wo?=");
    subject("\tsixty bytes of letters and blanks that fill one encoded wor€d",
            "=?utf-8?Q?=09sixty_bytes_of_letters_and_blanks_that_fill_one_encoded_wor?=\r\n =?utf-8?Q?=E2=82=ACd?=");
}

static struct text repeat(const char *piece, size_t times)
{
    struct buffer text = buffer_in(arena, MIB(8));
    for (size_t i = 0; i < times; i++)
        buffer_add(&text, text_from(piece));
    return buffer_text(&text);
}

static size_t longest_line(struct text text)
{
    size_t longest = 0;
    while (text.data != NULL) {
        struct text line = text_split(&text, '\n');
        longest = line.size > longest ? line.size : longest;
    }
    return longest;
}

Test(mail_message, long_lines_are_folded)
{
    struct mail_object object;
    cr_assert_eq(write("ann@example.com", repeat("x", 800), &object), STATUS_OK);
    cr_assert_eq(object.headers[2].size, strlen("Subject: ") + 800);
    cr_assert_eq(write("ann@example.com", repeat("x", 801), &object), STATUS_OK);
    cr_assert_leq(longest_line(object.headers[2]), 9 + 76);
    cr_assert_eq(write("ann@example.com", repeat("\360\237\230\200", 1000), &object), STATUS_OK);
    cr_assert_leq(longest_line(object.headers[2]), 9 + 76);
}

static void address(const char *text, const char *name, const char *wanted)
{
    struct mail_address found;
    cr_assert_eq(mail_address_read(text_from(text), &found, &error), STATUS_OK, "%s: %.*s", text,
                 TEXT_ARG(error.message));
    ASSERT_TEXT(found.name, name);
    ASSERT_TEXT(found.address, wanted);
}

Test(mail_message, addresses)
{
    address("a@b", "", "a@b");
    address("  first.last+tag@mail.example.com ", "", "first.last+tag@mail.example.com");
    address("jörg@exämple.com", "", "jörg@exämple.com");
    address("Ann <ann@example.com>", "Ann", "ann@example.com");
    address("\"Doe, Ann\" <ann@example.com>", "Doe, Ann", "ann@example.com");
    address("<ann@example.com>", "", "ann@example.com");
    struct text longest = arena_print(arena, "%.*s@b", TEXT_ARG(repeat("x", 252)));
    address(longest.data, "", longest.data);
}

Test(mail_message, invalid_addresses)
{
    static const char *const bad[] = {
        "",
        " ",
        "ann",
        "@b",
        "a@",
        "a@b@c",
        "a b@c",
        "a@b c",
        "a@b,c@d",
        "a,c@d",
        "a@b;",
        "<a@b",
        "a@b>",
        "Ann <a@b> x",
        "Ann <>",
        "Ann <a@b\n>",
        "a\r\n@b",
        "a@b\n",
        "\ra@b",
        "a\177@b",
        "a\001@b",
        "a\"b@c",
        "(a)@b",
        "a@b:25",
        "a@[1.2.3.4]",
        "\\a@b",
        "a\377@b",
        "\377 <a@b>",
        "<a@b> <c@d>",
        "Ann\n <a@b>",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct mail_address found;
        cr_assert_eq(mail_address_read(text_from(bad[i]), &found, &error), STATUS_INVALID, "%s", bad[i]);
        cr_assert(text_starts(error.message, TEXT("expected an address like name@example.com, found \"")));
    }
    struct mail_address found;
    struct text longer = arena_print(arena, "%.*s@b", TEXT_ARG(repeat("x", 253)));
    cr_assert_eq(mail_address_read(longer, &found, &error), STATUS_INVALID);
    cr_assert_eq(mail_address_read((struct text){.data = "a\0@b", .size = 4}, &found, &error), STATUS_INVALID);
}

static void to_line(const char *recipient, const char *wanted)
{
    struct mail_object object;
    cr_assert_eq(write(recipient, TEXT("s"), &object), STATUS_OK, "%.*s", TEXT_ARG(error.message));
    ASSERT_TEXT(object.headers[1], wanted);
}

Test(mail_message, display_names)
{
    to_line("Ann Lee <a@b>", "To: Ann Lee <a@b>");
    to_line("\"Doe, Ann\" <a@b>", "To: =?utf-8?Q?Doe=2C_Ann?= <a@b>");
    to_line("Dr. Ann <a@b>", "To: =?utf-8?Q?Dr=2E_Ann?= <a@b>");
    to_line("Jörg <a@b>", "To: =?utf-8?Q?J=C3=B6rg?= <a@b>");
    to_line("eve@x <a@b>", "To: =?utf-8?Q?eve=40x?= <a@b>");
}

/* Characters that the conversion of a domain maps to ASCII must not end the address or start another one. */
Test(mail_message, domains_that_convert_to_separators)
{
    static const char *const bad[] = {
        "a@b，eve",           "a@b＠eve", "a@b；eve", "a@b＜eve", "a@b＞eve",
        "a@b\342\200\257eve", "a@⑴b",     "a@b：25",  "a@b＼eve", "a@b＂eve",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct mail_object object;
        cr_assert_eq(write(bad[i], TEXT("s"), &object), STATUS_INVALID, "%s", bad[i]);
        cr_assert(text_starts(error.message, TEXT("recipient 1: expected a domain after the @, found \"")));
    }
    to_line("a@Ｅxample．com", "To: a@example.com");
}

Test(mail_message, encodings)
{
    struct text recipients[] = {TEXT("a@b")};
    struct mail_message message = {.recipients = recipients, .recipient_count = 1};
    struct mail_object object;
    cr_assert_eq(mail_message_compose(arena, &message, &sender, 0, &object, &error), STATUS_OK);
    cr_assert_str_eq(object.encoding, "quoted-printable");
    cr_assert_eq(object.body.size, 0);
    message.body = TEXT("Grüße an alle Welt");
    cr_assert_eq(mail_message_compose(arena, &message, &sender, 0, &object, &error), STATUS_OK);
    cr_assert_str_eq(object.encoding, "base64");
    message.body = TEXT("Viele herzliche Grüße an alle Welt");
    cr_assert_eq(mail_message_compose(arena, &message, &sender, 0, &object, &error), STATUS_OK);
    cr_assert_str_eq(object.encoding, "quoted-printable");
}

/* Each allocation fails once. */
Test(mail_message, out_of_memory)
{
    struct text recipients[] = {TEXT("Jörg <a@b>"), TEXT("c@d")};
    struct mail_message message = {
        .recipients = recipients, .recipient_count = 2, .subject = TEXT("é"), .body = TEXT("a\nb")};
    size_t failed = 0;
    for (enum status status = STATUS_BUDGET; status != STATUS_OK; failed++) {
        arena_reset(arena);
        struct mail_object object;
        struct error none = {0};
        arena_fail_after(arena, failed + 1);
        status = mail_message_compose(arena, &message, &sender, 0, &object, &none);
        cr_assert(status == STATUS_OK || status == STATUS_BUDGET);
    }
    cr_assert_gt(failed, 8);
}

Test(mail_message, a_message_beyond_the_limit)
{
    struct text recipients[] = {TEXT("a@b")};
    struct mail_message message = {.recipients = recipients, .recipient_count = 1};
    struct arena *large = arena_new(MIB(128), 0);
    char *body = arena_alloc(large, LIMIT_MAIL_BYTES + 1, 1);
    (void)memset(body, 'x', LIMIT_MAIL_BYTES + 1);
    struct mail_object object;
    message.body = (struct text){.data = body, .size = LIMIT_MAIL_BYTES};
    cr_assert_eq(mail_message_compose(large, &message, &sender, 0, &object, &error), STATUS_OK);
    message.body.size++;
    cr_assert_eq(mail_message_compose(large, &message, &sender, 0, &object, &error), STATUS_BUDGET);
    arena_free(large);
}
