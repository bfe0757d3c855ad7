/* Any message is composed or refused: no text of it adds a header or a recipient, no line is longer than SMTP
   allows, the subject is read back unchanged. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "smtp/mail_domain.h"
#include "smtp/mail_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RECIPIENTS_MAX 8
#define LINE_MAX_SMTP  998
#define FIELD_END      '\x1f' /* between the parts of an input */

static void check(bool condition)
{
    if (!condition)
        abort();
}

/* A header may have line breaks only as folds, no NUL, and only lines that are short enough. */
static void expect_one_header(struct text header)
{
    size_t line = 0;
    for (size_t i = 0; i < header.size; i++) {
        if (text_starts(text_slice(header, i, SIZE_MAX), TEXT("\r\n "))) {
            i++;
            line = 0;
            continue;
        }
        check(header.data[i] != '\r' && header.data[i] != '\n' && header.data[i] != '\0');
        check(++line <= LINE_MAX_SMTP);
    }
}

/* The text of a header: the encoded words decoded, the blanks between them dropped. */
static struct text decoded(struct arena *arena, struct text header)
{
    struct buffer text = buffer_in(arena, MIB(16));
    while (header.size > 0) {
        if (!text_starts(header, TEXT("=?utf-8?Q?"))) {
            buffer_add_byte(&text, header.data[0]);
            header = text_slice(header, 1, SIZE_MAX);
            continue;
        }
        size_t size = text_find(text_slice(header, 10, SIZE_MAX), TEXT("?=")), end = 10 + size;
        check(size != SIZE_MAX && end + 2 <= 75);
        for (size_t i = 10; i < end; i++) {
            if (header.data[i] == '=') {
                check(i + 2 < end);
                buffer_add_byte(&text,
                                (char)(text_hex_digit(header.data[i + 1]) * 16 + text_hex_digit(header.data[i + 2])));
                i += 2;
            } else {
                buffer_add_byte(&text, header.data[i] == '_' ? ' ' : header.data[i]);
            }
        }
        header = text_slice(header, end + 2, SIZE_MAX);
        if (text_starts(header, TEXT("\r\n =?")))
            header = text_slice(header, 3, SIZE_MAX);
    }
    return buffer_text(&text);
}

static void expect_lines(struct text body)
{
    for (size_t i = 0; i < body.size; i++) {
        bool pair = body.data[i] == '\r' && i + 1 < body.size && body.data[i + 1] == '\n';
        check(pair || (body.data[i] != '\r' && body.data[i] != '\n'));
        i += pair;
    }
}

static void expect_address(struct text address)
{
    check(address.size > 0 && text_find_byte(address, '@') != SIZE_MAX && text_is_utf8(address));
    for (size_t i = 0; i < address.size; i++)
        check((unsigned char)address.data[i] > ' ' && strchr("<>,;\"", address.data[i]) == NULL);
}

static void check_object(struct arena *arena, const struct mail_message *message, const struct mail_object *object)
{
    for (size_t i = 0; i < MAIL_HEADER_COUNT; i++)
        expect_one_header(object->headers[i]);
    check(text_starts(object->headers[0], TEXT("From: ")) && text_starts(object->headers[1], TEXT("To: ")));
    check(text_starts(object->headers[2], TEXT("Subject: ")));
    check(text_equal(decoded(arena, text_slice(object->headers[2], 9, SIZE_MAX)), message->subject));
    check(object->recipient_count == message->recipient_count);
    for (size_t i = 0; i < object->recipient_count; i++)
        expect_address(object->recipients[i]);
    expect_address(object->sender);
    expect_lines(object->body);
}

static void compose(struct arena *arena, const struct mail_message *message, struct text sender)
{
    struct mail_address from;
    struct mail_object object;
    struct error error = ERROR_IN(arena);
    if (mail_address_read(sender, &from, &error) != STATUS_OK ||
        mail_address_to_ascii(arena, &from, &error) != STATUS_OK) {
        check(error.message.size > 0);
        return;
    }
    enum status status = mail_message_compose(arena, message, &from, 0, &object, &error);
    if (status == STATUS_OK)
        check_object(arena, message, &object);
    else
        check((status == STATUS_INVALID || status == STATUS_BUDGET) && error.message.size > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(MIB(64), 0);
    struct text rest = {.data = (const char *)data, .size = size}, recipients[RECIPIENTS_MAX];
    struct text from = text_split(&rest, FIELD_END), subject = text_split(&rest, FIELD_END);
    struct mail_message message = {.recipients = recipients, .subject = subject, .body = text_split(&rest, FIELD_END)};
    while (rest.data != NULL && message.recipient_count < RECIPIENTS_MAX)
        recipients[message.recipient_count++] = text_split(&rest, FIELD_END);
    compose(arena, &message, from);

    struct error error = ERROR_IN(arena);
    struct text password = TEXT("hunter2-hunter2");
    struct text url = arena_print(arena, "smtp://user:%s@%.*s", password.data, TEXT_ARG(subject));
    if (mail_url_check(url, &error) != STATUS_OK)
        check(error.message.size > 0 && text_find(error.message, password) == SIZE_MAX);
    arena_free(arena);
    return 0;
}
