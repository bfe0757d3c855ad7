/* send_email: with a mail server what arrives there and how each of its answers ends the action, without one noted and
   counted as sent. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/limits.h"
#include "generated/send_email.h"
#include "mail_server.h"
#include "trial.h"

static struct trial trial;

static void set_up(void)
{
    trial_open(&trial, "send_email");
}

static void open_mail(void)
{
    struct error error = ERROR_IN(trial.arena);
    (void)mail_server_take(trial.arena, "PLAIN");
    trial.services.mail = mail_new(&(struct mail_options){.url = mail_server_url(trial.arena, "PLAIN", "smtp", ""),
                                                          .from = TEXT("Ichor <erp@example.com>")},
                                   &error);
    cr_assert_not_null(trial.services.mail, "%.*s", TEXT_ARG(error.message));
}

static void set_up_mail(void)
{
    set_up();
    open_mail();
}

static void tear_down(void)
{
    mail_free(trial.services.mail);
    trial_close(&trial);
}

TestSuite(send_email, .init = set_up, .fini = tear_down);
TestSuite(send_email_smtp, .init = set_up_mail, .fini = tear_down);

#define TO(address_) "{\"recipients\": [\"" address_ "\"], \"subject\": \"s\", \"body\": \"b\"}"

Test(send_email, counts_as_sent)
{
    const char *config = "{\"recipients\": [\"a@example.com\", \"b@example.com\"], \"subject\": \"For {{customer}}\","
                         " \"body\": \"x\", \"cc\": [1]}";
    trial_done(&trial, config);
    cr_assert_eq(trial.report.result.object.count, 6);
    ASSERT_TEXT(trial_result(&trial, "status"), "sent");
    ASSERT_TEXT(trial_result(&trial, "recipients"), "[\"a@example.com\",\"b@example.com\"]");
    ASSERT_TEXT(trial_result(&trial, "subject"), "For O'Hara \"x\"; --");
    ASSERT_TEXT(trial_result(&trial, "output"), "success");
    cr_assert_eq(strlen(trial_result(&trial, "sent_at")), strlen("2026-02-10T21:18:31Z"));
    const char *id = trial_result(&trial, "email_id");
    cr_assert_eq(strlen(id), UUID_TEXT_SIZE);
    trial.environment.attempt = 2;
    trial_done(&trial, config);
    ASSERT_TEXT(trial_result(&trial, "email_id"), id);
}

Test(send_email, fails_when_told_to)
{
    cr_assert_eq(trial_run(&trial, "{\"simulate_failure\": true, \"failure_message\": \"50% x %s\"}"),
                 ACTION_OUTCOME_RETRY);
    ASSERT_TEXT(trial.failure, "50% x %s");
    cr_assert_eq(trial_run(&trial, "{\"simulate_failure\": true}"), ACTION_OUTCOME_RETRY);
    ASSERT_TEXT(trial.failure, "simulated email delivery failure");
}

Test(send_email, every_text_of_validation)
{
    ASSERT_TEXT(trial_check(&trial, "{\"recipients\": [\"a\"], \"subject\": \"s\"}"), "");
    ASSERT_TEXT(trial_check(&trial, "{\"simulate_failure\": true}"), "");
    ASSERT_TEXT(trial_check(&trial, "{\"recipients\": [], \"subject\": \"s\"}"),
                "email recipients list is required and must not be empty");
    ASSERT_TEXT(trial_check(&trial, "{\"recipients\": [\"a\"]}"), "email subject is required");
    cr_assert_eq(
        strncmp(trial_check(&trial, "{\"recipients\": [\"a\"], \"subject\": 5}"), "invalid configuration format: ", 30),
        0);
    trial_refused(&trial, "{\"recipients\": []}",
                  "email recipients list is required and must not be empty; email subject is required");
}

/* Also where nothing is sent: such a rule is to be found out before there is a mail server. */
Test(send_email, no_header_of_its_own)
{
    trial_refused(&trial, "{\"recipients\": [\"a@b\"], \"subject\": \"s\\r\\nBcc: eve@example.com\"}",
                  "send email: the subject has a line break or a NUL, which is not allowed there");
    trial_context(&trial, "{\"email\": \"a@b\\nX: y\"}");
    trial_refused(&trial, TO("{{email}}"),
                  "send email: recipient 1 has a line break or a NUL, which is not allowed there");
}

static const char *text_of(const struct json_value *message, const char *key)
{
    return arena_copy(trial.arena, json_get_text(message, text_from(key))).data;
}

static const char *header_of(const struct json_value *message, const char *name)
{
    return arena_copy(trial.arena, mail_server_header(message, name)).data;
}

Test(send_email_smtp, arrives_as_sent)
{
    trial_context(&trial, "{\"customer\": \"Zoë Łukasiewicz\", \"email\": \"zoe@example.com\", \"total\": 1500000}");
    trial_done(&trial,
               "{\"recipients\": [\"{{email}}\", \"Büro <office@example.com>\"],"
               " \"subject\": \"Zahlung von {{customer}}\","
               " \"body\": \"{{total | currency:EUR}}\\n<b>100%s</b>\\n\", \"is_html\": true, \"bcc\": [\"c@d\"]}");
    struct json_value message = mail_server_take_one(trial.arena, "PLAIN");
    ASSERT_TEXT(header_of(&message, "from"), "Ichor <erp@example.com>");
    ASSERT_TEXT(header_of(&message, "to"), "zoe@example.com, Büro <office@example.com>");
    ASSERT_TEXT(header_of(&message, "subject"), "Zahlung von Zoë Łukasiewicz");
    ASSERT_TEXT(text_of(&message, "type"), "text/plain");
    ASSERT_TEXT(text_of(&message, "text"), "€1,500,000.00\r\n<b>100%s</b>\r\n");
    struct text envelope = json_to_text(trial.arena, json_get(&message, TEXT("recipients")));
    ASSERT_TEXT(envelope.data, "[\"zoe@example.com\",\"office@example.com\"]");
    const char *id = trial_result(&trial, "email_id");
    ASSERT_TEXT(header_of(&message, "message-id"), arena_print(trial.arena, "<%s@example.com>", id).data);
    ASSERT_TEXT(trial_result(&trial, "status"), "sent");
    ASSERT_TEXT(trial_result(&trial, "subject"), "Zahlung von Zoë Łukasiewicz");
    ASSERT_TEXT(trial_result(&trial, "recipients"), "[\"zoe@example.com\",\"Büro <office@example.com>\"]");
    ASSERT_TEXT(trial_result(&trial, "output"), "success");
}

/* A relay recognizes a duplicate by its Message-ID: the same on each attempt of one action, and no other's. */
Test(send_email_smtp, every_attempt_sends_the_same_letter)
{
    cr_assert_eq(trial_run(&trial, TO("lost@example.com")), ACTION_OUTCOME_RETRY);
    trial.environment.attempt = 2;
    trial_done(&trial, TO("ann@example.com"));
    trial.request.action_id = TEXT(OTHER_ACTION);
    trial_done(&trial, TO("ann@example.com"));
    struct json_value messages = mail_server_take(trial.arena, "PLAIN");
    cr_assert_eq(messages.array.count, 3);
    const char *first = header_of(&messages.array.items[0], "message-id");
    ASSERT_TEXT(header_of(&messages.array.items[1], "message-id"), first);
    cr_assert_str_neq(header_of(&messages.array.items[2], "message-id"), first);
}

Test(send_email_smtp, an_answer_4xx_is_tried_again)
{
    cr_assert_eq(trial_run(&trial, TO("greylisted@example.com")), ACTION_OUTCOME_RETRY);
    ASSERT_TEXT(trial.failure, "send email: 451 4.7.1 come back later");
    trial.environment.attempt = 2;
    trial_done(&trial, TO("greylisted@example.com"));
    (void)mail_server_take_one(trial.arena, "PLAIN");
}

Test(send_email_smtp, an_answer_5xx_is_final)
{
    trial_refused(&trial, TO("nobody@example.com"), "send email: 550 5.1.1 no such user 5.1.1 ask the postmaster");
    trial_refused(&trial, TO("full@example.com"), "send email: 552 5.2.2 mailbox full");
    trial_refused(&trial, "{\"recipients\": [\"ann@example.com\", \"nobody@example.com\"], \"subject\": \"s\"}",
                  "send email: 550 5.1.1 no such user 5.1.1 ask the postmaster");
    cr_assert_eq(mail_server_take(trial.arena, "PLAIN").array.count, 0);
}

Test(send_email_smtp, what_is_no_address_is_refused)
{
    trial_refused(&trial, TO("ann"),
                  "send email: recipient 1: expected an address like name@example.com, found \"ann\"");
    trial_refused(&trial, "{\"recipients\": [\"a@b\", \"{{missing}}\"], \"subject\": \"s\"}",
                  "send email: recipient 2: expected an address like name@example.com, found \"\"");
    cr_assert_eq(mail_server_take(trial.arena, "PLAIN").array.count, 0);
}

struct asked {
    int times, start_at, cancel_at;
};

/* That it is asked whether to give up shows how far the waiting is. */
static bool be_asked(void *userdata)
{
    struct asked *asked = userdata;
    asked->times++;
    if (asked->times == asked->start_at)
        mail_server_start("PLAIN");
    return asked->cancel_at != 0 && asked->times >= asked->cancel_at;
}

Test(send_email_smtp, a_server_that_is_away_is_waited_for)
{
    struct asked asked = {.start_at = 8};
    trial.environment.limit.is_canceled = be_asked;
    trial.environment.limit.userdata = &asked;
    mail_server_stop("PLAIN");
    trial_done(&trial, TO("ann@example.com"));
    cr_assert_geq(asked.times, 8);
    (void)mail_server_take_one(trial.arena, "PLAIN");
}

Test(send_email_smtp, waiting_ends_when_it_is_canceled)
{
    struct asked asked = {.cancel_at = 4};
    trial.environment.limit.is_canceled = be_asked;
    trial.environment.limit.userdata = &asked;
    mail_server_stop("PLAIN");
    cr_assert_eq(trial_run(&trial, TO("ann@example.com")), ACTION_OUTCOME_RETRY);
    cr_assert_eq(strncmp(trial.failure, "send email: ", 12), 0, "%s", trial.failure);
    mail_server_start("PLAIN");
}

Test(send_email_smtp, a_large_body)
{
    struct buffer config = buffer_in(trial.arena, MIB(2));
    buffer_add(&config, TEXT("{\"recipients\": [\"ann@example.com\"], \"subject\": \"s\", \"body\": \""));
    size_t before = config.size;
    while (config.size < before + MIB(1) - 16)
        buffer_add(&config, TEXT("..line\\r\\n"));
    size_t lines = (config.size - before) / strlen("..line\\r\\n");
    buffer_add(&config, TEXT("\"}"));
    trial_done(&trial, buffer_text(&config).data);
    struct json_value message = mail_server_take_one(trial.arena, "PLAIN");
    struct text body = json_get_text(&message, TEXT("text"));
    cr_assert_eq(body.size, lines * strlen("..line\r\n"));
    for (size_t at = 0; at < body.size; at += strlen("..line\r\n"))
        cr_assert(text_starts(text_slice(body, at, SIZE_MAX), TEXT("..line\r\n")));
}
