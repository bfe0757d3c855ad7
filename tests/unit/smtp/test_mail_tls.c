/* Mail with TLS and a login: what is required, what is refused, and where a password is sent. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/limits.h"
#include "mail_server.h"
#include "smtp/mail.h"

static struct arena *arena;
static struct failure why;

static void set_up(void)
{
    arena = arena_new(MIB(4), 0);
    static const char *const all[] = {"STARTTLS", "SMTPS", "LOGIN", "OPEN", "PLAIN"};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        (void)mail_server_take(arena, all[i]);
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(mail_tls, .init = set_up, .fini = tear_down);

static enum mail_outcome send_by(struct text url, bool trusts)
{
    struct error error = ERROR_IN(arena);
    struct mail *mail =
        mail_new(&(struct mail_options){.url = url,
                                        .from = TEXT("erp@example.com"),
                                        .ca_file = text_from(trusts ? mail_server_certificate() : NULL)},
                 &error);
    cr_assert_not_null(mail, "%.*s", TEXT_ARG(error.message));
    struct text recipients[] = {TEXT("ann@example.com")};
    struct mail_message message = {
        .id = uuid_random(), .recipients = recipients, .recipient_count = 1, .subject = TEXT("s"), .body = TEXT("b")};
    why = (struct failure){0};
    enum mail_outcome outcome = mail_send(mail, arena, &message, &(struct wait_limit){0}, false, &why);
    mail_free(mail);
    return outcome;
}

#define ASSERT_OUTCOME(call_, wanted_) cr_assert_eq((call_), (wanted_), "%.*s", TEXT_ARG(why.text))
#define SAYS(part_)                    (text_find(why.text, TEXT(part_)) != SIZE_MAX)

static bool came_by_tls(const char *which)
{
    struct json_value message = mail_server_take_one(arena, which);
    return json_get(&message, TEXT("tls"))->boolean;
}

Test(mail_tls, is_used_when_offered)
{
    ASSERT_OUTCOME(send_by(mail_server_url(arena, "STARTTLS", "smtp", ""), true), MAIL_ACCEPTED);
    cr_assert(came_by_tls("STARTTLS"));
    ASSERT_OUTCOME(send_by(mail_server_url(arena, "PLAIN", "smtp", ""), false), MAIL_ACCEPTED);
    cr_assert(!came_by_tls("PLAIN"));
}

Test(mail_tls, is_required_by_a_certificate_to_trust)
{
    ASSERT_OUTCOME(send_by(mail_server_url(arena, "PLAIN", "smtp", ""), true), MAIL_DEFERRED);
    cr_assert(SAYS("the mail server offers no TLS, which a password or a CA file requires"), "%.*s",
              TEXT_ARG(why.text));
    cr_assert_eq(mail_server_take(arena, "PLAIN").array.count, 0);
}

Test(mail_tls, from_the_first_byte)
{
    ASSERT_OUTCOME(send_by(mail_server_url(arena, "SMTPS", "smtps", ""), true), MAIL_ACCEPTED);
    cr_assert(came_by_tls("SMTPS"));
}

Test(mail_tls, an_untrusted_certificate)
{
    ASSERT_OUTCOME(send_by(mail_server_url(arena, "STARTTLS", "smtp", ""), false), MAIL_DEFERRED);
    cr_assert(SAYS("the mail server's certificate is not trusted: "), "%.*s", TEXT_ARG(why.text));
    ASSERT_OUTCOME(send_by(mail_server_url(arena, "SMTPS", "smtps", ""), false), MAIL_DEFERRED);
    cr_assert_eq(mail_server_take(arena, "STARTTLS").array.count, 0);
    cr_assert_eq(mail_server_take(arena, "SMTPS").array.count, 0);
}

Test(mail_tls, a_certificate_of_another_host)
{
    struct text url = arena_print(arena, "smtp://0.0.0.0:%s", mail_server_port("STARTTLS"));
    ASSERT_OUTCOME(send_by(url, true), MAIL_DEFERRED);
    cr_assert(SAYS("the mail server's certificate is not trusted: "), "%.*s", TEXT_ARG(why.text));
}

#define GOOD_LOGIN "ann%40example.com:s3cret%2Fword@"

Test(mail_tls, a_login)
{
    ASSERT_OUTCOME(send_by(mail_server_url(arena, "LOGIN", "smtp", GOOD_LOGIN), true), MAIL_ACCEPTED);
    struct json_value message = mail_server_take_one(arena, "LOGIN");
    cr_assert(json_get(&message, TEXT("tls"))->boolean);
    cr_assert(text_is(json_get_text(&message, TEXT("login")), "ann@example.com"));
}

Test(mail_tls, a_wrong_password)
{
    struct text url = mail_server_url(arena, "LOGIN", "smtp", "ann%40example.com:guessed-word@");
    ASSERT_OUTCOME(send_by(url, true), MAIL_DEFERRED);
    cr_assert(text_starts(why.text, TEXT("535 ")), "%.*s", TEXT_ARG(why.text));
    cr_assert(!SAYS("guessed-word"));
    cr_assert_eq(mail_server_take(arena, "LOGIN").array.count, 0);
}

Test(mail_tls, a_missing_login)
{
    ASSERT_OUTCOME(send_by(mail_server_url(arena, "LOGIN", "smtp", ""), true), MAIL_DEFERRED);
    cr_assert(text_starts(why.text, TEXT("530 ")), "%.*s", TEXT_ARG(why.text));
}

/* Without TLS a password is sent only to this machine; 0.0.0.0 does not count as this machine. */
Test(mail_tls, no_password_without_tls)
{
    ASSERT_OUTCOME(send_by(mail_server_url(arena, "OPEN", "smtp", GOOD_LOGIN), false), MAIL_ACCEPTED);
    cr_assert(!came_by_tls("OPEN"));
    struct text url = arena_print(arena, "smtp://%s0.0.0.0:%s", GOOD_LOGIN, mail_server_port("OPEN"));
    ASSERT_OUTCOME(send_by(url, false), MAIL_DEFERRED);
    cr_assert(SAYS("the mail server offers no TLS"), "%.*s", TEXT_ARG(why.text));
    cr_assert_eq(mail_server_take(arena, "OPEN").array.count, 0);
}

static enum status check_by(const char *which, const char *before)
{
    bool has_tls = strcmp(which, "PLAIN") != 0 && strcmp(which, "OPEN") != 0;
    struct text ca_file = text_from(has_tls ? mail_server_certificate() : NULL);
    struct error error = ERROR_IN(arena);
    struct mail *mail = mail_new(&(struct mail_options){.url = mail_server_url(arena, which, "smtp", before),
                                                        .from = TEXT("Ichor <erp@example.com>"),
                                                        .ca_file = ca_file},
                                 &error);
    cr_assert_not_null(mail, "%.*s", TEXT_ARG(error.message));
    error = ERROR_IN(arena);
    enum status status = mail_check(mail, 60000, &error);
    why.text = error.message;
    mail_free(mail);
    return status;
}

Test(mail_tls, a_check_sends_nothing)
{
    ASSERT_OUTCOME(check_by("PLAIN", ""), STATUS_OK);
    ASSERT_OUTCOME(check_by("STARTTLS", ""), STATUS_OK);
    ASSERT_OUTCOME(check_by("LOGIN", GOOD_LOGIN), STATUS_OK);
    cr_assert_eq(mail_server_take(arena, "PLAIN").array.count, 0);
    cr_assert_eq(mail_server_take(arena, "LOGIN").array.count, 0);
}

Test(mail_tls, a_check_reports_the_fault_a_message_would_meet)
{
    ASSERT_OUTCOME(check_by("LOGIN", "ann%40example.com:guessed-word@"), STATUS_UNAVAILABLE);
    cr_assert(text_starts(why.text, TEXT("535 ")) && !SAYS("guessed-word"), "%.*s", TEXT_ARG(why.text));
    ASSERT_OUTCOME(check_by("LOGIN", ""), STATUS_UNAVAILABLE);
    cr_assert(text_starts(why.text, TEXT("530 ")), "%.*s", TEXT_ARG(why.text));
    mail_server_stop("PLAIN");
    ASSERT_OUTCOME(check_by("PLAIN", ""), STATUS_UNAVAILABLE);
    cr_assert(SAYS("onnect"), "%.*s", TEXT_ARG(why.text));
    mail_server_start("PLAIN");
}

static void refused(const char *url, const char *from, const char *wanted)
{
    struct error error = ERROR_IN(arena);
    struct mail *mail = mail_new(&(struct mail_options){.url = text_from(url), .from = text_from(from)}, &error);
    cr_assert_null(mail, "%s", url);
    cr_assert(text_find(error.message, text_from(wanted)) != SIZE_MAX, "%.*s", TEXT_ARG(error.message));
    cr_assert(text_find(error.message, TEXT("secret")) == SIZE_MAX, "%.*s", TEXT_ARG(error.message));
}

Test(mail_tls, invalid_options)
{
    static const char *const urls[] = {"",          "mail.example.com",   "http://ann:secret@mail.example.com",
                                       "smtp://",   "smtp://ann:secret@", "smtp://mail.example.com:99999",
                                       "smtp://a b"};
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
        refused(urls[i], "erp@example.com", "the mail server: expected smtp://");
    refused("smtp://ann:secret@mail.example.com", "", "the sender of mail: expected an address");
    refused("smtp://ann:secret@mail.example.com", "erp@example.com\r\nBcc: eve@example.com", "the sender of mail: ");
}
