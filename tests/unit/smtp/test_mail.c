/* Mail against real SMTP servers: what arrives, the outcome of each reply, and servers that become unavailable. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "mail_server.h"
#include "smtp/mail.h"

#define SECOND     ((int64_t)1000000)
#define MESSAGE_ID "6b1f7a52-9a0e-5d2f-8f0b-3c5f0e1d2a44"

static struct arena *arena;
static struct mail *mail;
static struct failure why;
static const struct wait_limit no_limit = {0};

static struct mail *open_url(struct text url, unsigned connections)
{
    struct error error = ERROR_IN(arena);
    struct mail *opened = mail_new(
        &(struct mail_options){.url = url, .from = TEXT("Ichor ERP <erp@example.com>"), .connections = connections},
        &error);
    cr_assert_not_null(opened, "%.*s", TEXT_ARG(error.message));
    return opened;
}

static void set_up(void)
{
    arena = arena_new(MIB(64), 0);
    (void)mail_server_take(arena, "PLAIN");
    mail = open_url(mail_server_url(arena, "PLAIN", "smtp", ""), 0);
}

static void tear_down(void)
{
    mail_free(mail);
    arena_free(arena);
}

TestSuite(mail, .init = set_up, .fini = tear_down);

static struct mail_message message_to(const struct text *recipients, size_t count)
{
    struct mail_message message = {.recipients = recipients, .recipient_count = count};
    cr_assert(uuid_parse(TEXT(MESSAGE_ID), &message.id));
    message.subject = TEXT("Order SO-1");
    message.body = TEXT("Thank you.\n");
    return message;
}

static enum mail_outcome send_to(const char *recipient, const struct wait_limit *limit, bool retry)
{
    struct text recipients[] = {text_from(recipient)};
    struct mail_message message = message_to(recipients, 1);
    why = (struct failure){0};
    return mail_send(mail, arena, &message, limit, retry, &why);
}

#define ASSERT_CONTAINS(text_, part_)  cr_assert(text_find((text_), (part_)) != SIZE_MAX, "%.*s", TEXT_ARG(text_))
#define ASSERT_TEXT(found_, wanted_)   cr_assert(text_is((found_), (wanted_)), "found \"%.*s\"", TEXT_ARG(found_))
#define ASSERT_OUTCOME(call_, wanted_) cr_assert_eq((call_), (wanted_), "%.*s", TEXT_ARG(why.text))
#define ASSERT_SAYS(part_)             ASSERT_CONTAINS(why.text, TEXT(part_))

static struct text member(const struct json_value *message, const char *key)
{
    return json_get_text(message, text_from(key));
}

static int64_t number(const struct json_value *message, const char *key)
{
    int64_t value;
    cr_assert(text_to_int64(json_get(message, text_from(key))->number, &value), "%s", key);
    return value;
}

static bool truth(const struct json_value *message, const char *key)
{
    return json_get(message, text_from(key))->boolean;
}

Test(mail, arrives_as_sent)
{
    struct text recipients[] = {TEXT("ann@example.com"), TEXT("Jörg Müller <joerg@example.com>"),
                                TEXT(" bob@b.example ")};
    struct mail_message message = message_to(recipients, 3);
    message.subject = TEXT("Auftrag bestätigt: 注文を受け取りました, = ? _ \t<ok>");
    message.body = TEXT("Grüße,\n\nтест 😀 = done.\n.\n..dots\nend");
    cr_assert_eq(mail_send(mail, arena, &message, &no_limit, false, &why), MAIL_ACCEPTED, "%.*s", TEXT_ARG(why.text));
    struct json_value got = mail_server_take_one(arena, "PLAIN");
    ASSERT_TEXT(member(&got, "sender"), "erp@example.com");
    struct text envelope = json_to_text(arena, json_get(&got, TEXT("recipients")));
    ASSERT_TEXT(envelope, "[\"ann@example.com\",\"joerg@example.com\",\"bob@b.example\"]");
    ASSERT_TEXT(mail_server_header(&got, "from"), "Ichor ERP <erp@example.com>");
    ASSERT_TEXT(mail_server_header(&got, "to"), "ann@example.com, Jörg Müller <joerg@example.com>, bob@b.example");
    cr_assert(text_equal(mail_server_header(&got, "subject"), message.subject));
    ASSERT_TEXT(mail_server_header(&got, "message-id"), "<" MESSAGE_ID "@example.com>");
    ASSERT_TEXT(mail_server_header(&got, "mime-version"), "1.0");
    ASSERT_TEXT(mail_server_header(&got, "auto-submitted"), "auto-generated");
    cr_assert(text_ends(mail_server_header(&got, "date"), TEXT(" +0000")));
    ASSERT_TEXT(member(&got, "type"), "text/plain");
    ASSERT_TEXT(member(&got, "charset"), "utf-8");
    ASSERT_TEXT(member(&got, "text"), "Grüße,\r\n\r\nтест 😀 = done.\r\n.\r\n..dots\r\nend");
    cr_assert(truth(&got, "ascii"));
    cr_assert_eq(json_get(&got, TEXT("defects"))->array.count, 0);
    cr_assert_leq(number(&got, "longest_line"), 76);
    cr_assert_eq(number(&got, "bare_ends"), 0);
}

/* Sends the body and asserts that the received text is `wanted`. */
static void send_body(struct text body, struct text wanted)
{
    struct text recipients[] = {TEXT("ann@example.com")};
    struct mail_message message = message_to(recipients, 1);
    message.body = body;
    ASSERT_OUTCOME(mail_send(mail, arena, &message, &no_limit, false, &why), MAIL_ACCEPTED);
    struct json_value got = mail_server_take_one(arena, "PLAIN");
    struct text text = member(&got, "text");
    cr_assert(text_equal(text, wanted), "of %zu bytes arrived %zu of %zu: %.*s", body.size, text.size, wanted.size,
              TEXT_ARG(text_cut_utf8(text, 200)));
    cr_assert_leq(number(&got, "longest_line"), 76);
    cr_assert_eq(number(&got, "bare_ends"), 0);
}

Test(mail, bodies_of_every_shape)
{
    static const char *const same[] = {"",
                                       " ",
                                       ".",
                                       "..",
                                       ".\r\n.\r\n",
                                       "\r\n",
                                       "\r\n.\r\n",
                                       "From here\r\n",
                                       "trailing \r\nblanks\t\r\n ",
                                       "=41 =\r\n",
                                       "tab\tbell\a escape\033[31m",
                                       "--\r\n"};
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        send_body(text_from(same[i]), text_from(same[i]));
    send_body(TEXT("a\nb\rc\r\nd\r\n\ne\n\r"), TEXT("a\r\nb\r\nc\r\nd\r\n\r\ne\r\n\r\n"));
}

static struct text repeat(const char *piece, size_t size)
{
    struct buffer text = buffer_in(arena, size + 64);
    while (text.size < size)
        buffer_add(&text, text_from(piece));
    return buffer_text(&text);
}

Test(mail, large_bodies, .timeout = 120)
{
    struct text dots = repeat(".\r\n..\r\n.x = y\r\n", MIB(1)), words = repeat("Лес и поле. ", MIB(1));
    send_body(dots, dots);
    send_body(words, words);
}

/* A buffer of libcurl may end between the end of a line and a dot. */
Test(mail, dots_at_every_place_of_a_buffer, .timeout = 120)
{
    struct text dots = repeat(".\r\n", 200000);
    for (int shift = 0; shift < 3; shift++) {
        struct text body = arena_print(arena, "%.*s\r\n%.*s", shift, "xx", TEXT_ARG(dots));
        send_body(body, body);
    }
}

Test(mail, one_connection_sends_several_messages)
{
    for (int i = 0; i < 3; i++)
        ASSERT_OUTCOME(send_to("ann@example.com", &no_limit, false), MAIL_ACCEPTED);
    struct json_value messages = mail_server_take(arena, "PLAIN");
    cr_assert_eq(messages.array.count, 3);
    for (size_t i = 1; i < 3; i++)
        cr_assert_eq(number(&messages.array.items[i], "connection"), number(&messages.array.items[0], "connection"));
}

Test(mail, the_outcome_of_each_reply)
{
    ASSERT_OUTCOME(send_to("nobody@example.com", &no_limit, false), MAIL_REFUSED);
    ASSERT_TEXT(why.text, "550 5.1.1 no such user 5.1.1 ask the postmaster");
    ASSERT_OUTCOME(send_to("full@example.com", &no_limit, false), MAIL_REFUSED);
    ASSERT_TEXT(why.text, "552 5.2.2 mailbox full");
    ASSERT_OUTCOME(send_to("later@example.com", &no_limit, false), MAIL_DEFERRED);
    ASSERT_TEXT(why.text, "451 4.7.1 come back later");
    ASSERT_OUTCOME(send_to("cut@example.com", &no_limit, false), MAIL_UNAVAILABLE);
    cr_assert_gt(why.text.size, 0);
    cr_assert_eq(mail_server_take(arena, "PLAIN").array.count, 0);
    ASSERT_OUTCOME(send_to("ann@example.com", &no_limit, false), MAIL_ACCEPTED);
}

Test(mail, all_recipients_or_none)
{
    struct text recipients[] = {TEXT("ann@example.com"), TEXT("later@example.com"), TEXT("bob@example.com")};
    struct mail_message message = message_to(recipients, 3);
    ASSERT_OUTCOME(mail_send(mail, arena, &message, &no_limit, false, &why), MAIL_DEFERRED);
    cr_assert_eq(mail_server_take(arena, "PLAIN").array.count, 0);
}

Test(mail, a_connection_lost_during_acceptance_is_not_retried)
{
    struct wait_limit limit = {.deadline_us = clock_monotonic_us() + 60 * SECOND};
    ASSERT_OUTCOME(send_to("lost@example.com", &limit, true), MAIL_UNKNOWN);
    (void)mail_server_take_one(arena, "PLAIN");
}

static void open_hasty(void)
{
    struct error error = ERROR_IN(arena);
    mail_free(mail);
    mail = mail_new(&(struct mail_options){.url = mail_server_url(arena, "PLAIN", "smtp", ""),
                                           .from = TEXT("erp@example.com"),
                                           .transfer_timeout_ms = 2000},
                    &error);
    cr_assert_not_null(mail, "%.*s", TEXT_ARG(error.message));
}

Test(mail, a_silent_server)
{
    open_hasty();
    ASSERT_OUTCOME(send_to("silent@example.com", &no_limit, false), MAIL_UNAVAILABLE);
    ASSERT_OUTCOME(send_to("mute@example.com", &no_limit, false), MAIL_UNKNOWN);
    (void)mail_server_take_one(arena, "PLAIN");
    ASSERT_OUTCOME(send_to("ann@example.com", &no_limit, false), MAIL_ACCEPTED);
}

struct asked {
    int times, cancel_at, start_at;
};

/* The number of calls shows how long the action has waited. */
static bool be_asked(void *userdata)
{
    struct asked *asked = userdata;
    asked->times++;
    if (asked->times == asked->start_at)
        mail_server_start("PLAIN");
    return asked->cancel_at != 0 && asked->times >= asked->cancel_at;
}

Test(mail, waits_for_an_unavailable_server)
{
    ASSERT_OUTCOME(send_to("ann@example.com", &no_limit, false), MAIL_ACCEPTED);
    mail_server_stop("PLAIN");
    struct asked asked = {.start_at = 8};
    struct wait_limit limit = {
        .deadline_us = clock_monotonic_us() + 60 * SECOND, .is_canceled = be_asked, .userdata = &asked};
    ASSERT_OUTCOME(send_to("bob@example.com", &limit, true), MAIL_ACCEPTED);
    cr_assert_geq(asked.times, 8);
    cr_assert_eq(mail_server_take(arena, "PLAIN").array.count, 2);
}

Test(mail, a_connection_lost_while_idle)
{
    ASSERT_OUTCOME(send_to("ann@example.com", &no_limit, false), MAIL_ACCEPTED);
    mail_server_stop("PLAIN");
    mail_server_start("PLAIN");
    struct wait_limit limit = {.deadline_us = clock_monotonic_us() + 60 * SECOND};
    ASSERT_OUTCOME(send_to("bob@example.com", &limit, true), MAIL_ACCEPTED);
    cr_assert_eq(mail_server_take(arena, "PLAIN").array.count, 2);
}

Test(mail, stops_waiting_at_the_deadline)
{
    mail_server_stop("PLAIN");
    ASSERT_OUTCOME(send_to("ann@example.com", &no_limit, false), MAIL_UNAVAILABLE);
    struct wait_limit limit = {.deadline_us = clock_monotonic_us() + SECOND / 2};
    ASSERT_OUTCOME(send_to("ann@example.com", &limit, true), MAIL_UNAVAILABLE);
    ASSERT_SAYS("connect");
    ASSERT_OUTCOME(send_to("ann@example.com", &(struct wait_limit){.deadline_us = 1}, true), MAIL_UNAVAILABLE);
    struct asked asked = {.cancel_at = 6};
    limit = (struct wait_limit){
        .deadline_us = clock_monotonic_us() + 60 * SECOND, .is_canceled = be_asked, .userdata = &asked};
    ASSERT_OUTCOME(send_to("ann@example.com", &limit, true), MAIL_UNAVAILABLE);
    cr_assert_lt(asked.times, 9);
    mail_server_start("PLAIN");
    cr_assert_eq(mail_server_take(arena, "PLAIN").array.count, 0);
}

static off_t logged(int file)
{
    return lseek(file, 0, SEEK_END);
}

/* A message that was never sent says nothing about the server. */
Test(mail, an_expired_message_does_not_mark_the_server_unavailable)
{
    int file = memfd_create("log", MFD_CLOEXEC);
    log_set_output(file);
    ASSERT_OUTCOME(send_to("ann@example.com", &(struct wait_limit){.deadline_us = 1}, true), MAIL_UNAVAILABLE);
    ASSERT_SAYS("no time left");
    cr_assert_eq(logged(file), 0);
    mail_server_stop("PLAIN");
    ASSERT_OUTCOME(send_to("ann@example.com", &no_limit, false), MAIL_UNAVAILABLE);
    off_t size = logged(file);
    cr_assert_gt(size, 0);
    mail_server_start("PLAIN");
    ASSERT_OUTCOME(send_to("ann@example.com", &no_limit, false), MAIL_ACCEPTED);
    cr_assert_gt(logged(file), size);
    (void)close(file);
}

Test(mail, an_unknown_host)
{
    mail_free(mail);
    mail = open_url(TEXT("smtp://nobody.invalid:2525"), 0);
    ASSERT_OUTCOME(send_to("ann@example.com", &no_limit, false), MAIL_UNAVAILABLE);
    ASSERT_SAYS("nobody.invalid");
}

/* More threads than connections. */
static void *send_some(void *argument)
{
    (void)argument;
    struct arena *own = arena_new(MIB(1), 0);
    struct wait_limit limit = {.deadline_us = clock_monotonic_us() + 60 * SECOND};
    for (int i = 0; i < 5; i++) {
        struct text recipients[] = {TEXT("ann@example.com")};
        struct failure fault = {0};
        struct mail_message message = message_to(recipients, 1);
        message.id = uuid_random();
        cr_assert_eq(mail_send(mail, own, &message, &limit, true, &fault), MAIL_ACCEPTED, "%.*s", TEXT_ARG(fault.text));
    }
    arena_free(own);
    return NULL;
}

Test(mail, connections_are_bounded)
{
    mail_free(mail);
    mail = open_url(mail_server_url(arena, "PLAIN", "smtp", ""), 2);
    pthread_t threads[12];
    for (size_t i = 0; i < 12; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, send_some, NULL), 0);
    for (size_t i = 0; i < 12; i++)
        (void)pthread_join(threads[i], NULL);
    struct json_value messages = mail_server_take(arena, "PLAIN");
    cr_assert_eq(messages.array.count, 60);
    int64_t least = INT64_MAX, most = 0;
    for (size_t i = 0; i < 60; i++) {
        int64_t connection = number(&messages.array.items[i], "connection");
        least = connection < least ? connection : least;
        most = connection > most ? connection : most;
        for (size_t j = 0; j < i; j++)
            cr_assert(!text_equal(mail_server_header(&messages.array.items[i], "message-id"),
                                  mail_server_header(&messages.array.items[j], "message-id")));
    }
    cr_assert_leq(most - least, 1);
}

Test(mail, a_message_to_an_address_beyond_ascii)
{
    ASSERT_OUTCOME(send_to("jörg@example.com", &no_limit, false), MAIL_ACCEPTED);
    struct json_value got = mail_server_take_one(arena, "PLAIN");
    ASSERT_TEXT(json_get(&got, TEXT("recipients"))->array.items[0].string, "jörg@example.com");
    ASSERT_TEXT(mail_server_header(&got, "to"), "jörg@example.com");
}

Test(mail, invalid_messages_are_not_sent)
{
    ASSERT_OUTCOME(send_to("ann@example.com\r\nRCPT TO:<eve@example.com>", &no_limit, false), MAIL_REFUSED);
    ASSERT_TEXT(why.text, "recipient 1 has a line break or a NUL, which is not allowed there");
    ASSERT_OUTCOME(send_to("ann", &no_limit, false), MAIL_REFUSED);
    ASSERT_TEXT(why.text, "recipient 1: expected an address like name@example.com, found \"ann\"");
    struct text recipients[] = {TEXT("ann@example.com")};
    struct mail_message message = message_to(recipients, 1);
    message.subject = TEXT("Hello\r\nBcc: eve@example.com");
    ASSERT_OUTCOME(mail_send(mail, arena, &message, &no_limit, false, &why), MAIL_REFUSED);
    ASSERT_TEXT(why.text, "the subject has a line break or a NUL, which is not allowed there");
    message = message_to(recipients, 0);
    ASSERT_OUTCOME(mail_send(mail, arena, &message, &no_limit, false, &why), MAIL_REFUSED);
    ASSERT_TEXT(why.text, "no recipient");
    cr_assert_eq(mail_server_take(arena, "PLAIN").array.count, 0);
}
