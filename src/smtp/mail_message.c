#include "smtp/mail_message.h"

#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/limits.h"

/* RFC 2047: an encoded word has 75 characters at most, "=?utf-8?Q?" and "?=" among them. */
#define WORD_START "=?utf-8?Q?"
#define WORD_ROOM  63
/* A line of a header has 998 bytes at most, and as much of it is taken by its name and what stands beside a text. */
#define PLAIN_MOST 800

static bool is_breaking(struct text text)
{
    return text_find_byte(text, '\r') != SIZE_MAX || text_find_byte(text, '\n') != SIZE_MAX ||
           text_find_byte(text, '\0') != SIZE_MAX;
}

enum status mail_letter_check(const struct mail_letter *letter, struct error *error)
{
    static const char fault[] = "a line break or a NUL, which is not allowed there";
    for (size_t i = 0; i < letter->recipient_count; i++) {
        if (is_breaking(letter->recipients[i]))
            return error_set(error, STATUS_INVALID, TEXT_NONE, "recipient %zu has %s", i + 1, fault);
    }
    if (is_breaking(letter->subject))
        return error_set(error, STATUS_INVALID, TEXT_NONE, "the subject has %s", fault);
    return STATUS_OK;
}

/* Not a blank, a control character, or what separates addresses, names and comments in a header. */
static bool is_address_byte(char byte)
{
    return (unsigned char)byte > ' ' && byte != 0x7f && strchr("()<>[],;:\\\"", byte) == NULL;
}

static bool is_address(struct text text)
{
    size_t at = text_find_byte(text, '@');
    if (text.size > LIMIT_MAIL_ADDRESS || at == 0 || at == SIZE_MAX || at + 1 == text.size || !text_is_utf8(text))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (!is_address_byte(text.data[i]) || (text.data[i] == '@' && i != at))
            return false;
    }
    return true;
}

static struct text without_quotes(struct text text)
{
    text = text_trim(text);
    bool quoted = text.size >= 2 && text_starts(text, TEXT("\"")) && text_ends(text, TEXT("\""));
    return quoted ? text_slice(text, 1, text.size - 2) : text;
}

enum status mail_address_read(struct text text, struct mail_address *address, struct error *error)
{
    struct text trimmed = text_trim(text);
    *address = (struct mail_address){.address = trimmed};
    size_t bracket = text_find_byte(trimmed, '<');
    if (bracket != SIZE_MAX && text_ends(trimmed, TEXT(">"))) {
        address->name = without_quotes(text_slice(trimmed, 0, bracket));
        address->address = text_slice(trimmed, bracket + 1, trimmed.size - bracket - 2);
    }
    if (!is_breaking(text) && text_is_utf8(address->name) && is_address(address->address))
        return STATUS_OK;
    struct text found = text_cut_utf8(text, LIMIT_FAULT_VALUE);
    return error_set(error, STATUS_INVALID, TEXT_NONE, "expected an address like name@example.com, found \"%.*s\"",
                     TEXT_ARG(found));
}

static bool is_word_byte(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

/* As it may stand in an encoded word, wherever that stands: RFC 2047 part 5 (3). */
static void add_encoded_byte(struct buffer *line, char byte)
{
    if (is_word_byte(byte))
        buffer_add_byte(line, byte);
    else if (byte == ' ')
        buffer_add_byte(line, '_');
    else
        buffer_print(line, "=%02X", (unsigned char)byte);
}

/* Encoded words, one a line; no character is cut. */
static void add_encoded(struct buffer *line, struct text text)
{
    size_t room = 0;
    for (size_t at = 0; at < text.size;) {
        size_t size = text_utf8_size(text, at);
        size = size != 0 ? size : 1;
        size_t needed = size == 1 && (is_word_byte(text.data[at]) || text.data[at] == ' ') ? 1 : 3 * size;
        if (needed > room) {
            buffer_add(line, at == 0 ? TEXT(WORD_START) : TEXT("?=\r\n " WORD_START));
            room = WORD_ROOM;
        }
        room -= needed;
        for (size_t end = at + size; at < end; at++)
            add_encoded_byte(line, text.data[at]);
    }
    if (text.size > 0)
        buffer_add(line, TEXT("?="));
}

/* Can it stand in a header as it is? `special`: characters that have a meaning there. */
static bool is_plain(struct text text, const char *special)
{
    if (text.size > PLAIN_MOST || text_trim(text).size < text.size || text_find(text, TEXT("=?")) != SIZE_MAX)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < ' ' || text.data[i] > '~' || strchr(special, text.data[i]) != NULL)
            return false;
    }
    return true;
}

static void add_text(struct buffer *line, struct text text, const char *special)
{
    if (is_plain(text, special))
        buffer_add(line, text);
    else
        add_encoded(line, text);
}

static void add_address(struct buffer *line, const struct mail_address *address)
{
    if (address->name.size == 0) {
        buffer_add(line, address->address);
        return;
    }
    add_text(line, address->name, "()<>[]:;@\\,.\"");
    buffer_print(line, " <%.*s>", TEXT_ARG(address->address));
}

static enum status finish(struct buffer *buffer, struct text *text, struct error *error)
{
    *text = buffer_text(buffer);
    return text->data != NULL ? STATUS_OK : error_budget(error);
}

/* The To line and the envelope's recipients. */
static enum status write_recipients(struct arena *arena, const struct mail_letter *letter, struct mail_message *message,
                                    struct error *error)
{
    struct buffer line = buffer_in(arena, LIMIT_MAIL_BYTES);
    message->recipients = ARENA_ARRAY(arena, letter->recipient_count, struct text);
    if (message->recipients == NULL)
        return error_budget(error);
    message->recipient_count = letter->recipient_count;
    buffer_add(&line, TEXT("To: "));
    for (size_t i = 0; i < letter->recipient_count; i++) {
        struct mail_address address;
        if (mail_address_read(letter->recipients[i], &address, error) != STATUS_OK)
            return error_prefix(error, "recipient %zu", i + 1);
        buffer_add(&line, i > 0 ? TEXT(",\r\n ") : TEXT(""));
        add_address(&line, &address);
        message->recipients[i] = arena_copy(arena, address.address);
        if (message->recipients[i].data == NULL)
            return error_budget(error);
    }
    return finish(&line, &message->headers[1], error);
}

/* RFC 5322 3.3, in UTC. The C locale has the names that it asks for. */
static struct text date_line(struct arena *arena, int64_t now_us)
{
    char date[sizeof "Tue, 10 Feb 2026 21:18:31 +0000"];
    time_t seconds = (time_t)(now_us / 1000000);
    struct tm now;
    if (gmtime_r(&seconds, &now) == NULL || strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &now) == 0)
        return TEXT("Date: Thu, 01 Jan 1970 00:00:00 +0000");
    return arena_print(arena, "Date: %s", date);
}

static enum status write_headers(struct arena *arena, const struct mail_letter *letter, const struct mail_address *from,
                                 int64_t now_us, struct mail_message *message, struct error *error)
{
    struct buffer sender = buffer_in(arena, LIMIT_MAIL_BYTES), subject = buffer_in(arena, LIMIT_MAIL_BYTES);
    buffer_add(&sender, TEXT("From: "));
    add_address(&sender, from);
    buffer_add(&subject, TEXT("Subject: "));
    add_text(&subject, letter->subject, "");
    char id[UUID_TEXT_SIZE + 1];
    uuid_format(letter->id, id);
    size_t at = text_find_byte(from->address, '@');
    message->headers[3] = date_line(arena, now_us);
    message->headers[4] =
        arena_print(arena, "Message-ID: <%s%.*s>", id, TEXT_ARG(text_slice(from->address, at, SIZE_MAX)));
    /* RFC 3834: so that nobody's machine answers "I am on holiday" to this machine. */
    message->headers[5] = TEXT("Auto-Submitted: auto-generated");
    message->sender = arena_copy(arena, from->address);
    if (message->headers[3].data == NULL || message->headers[4].data == NULL || message->sender.data == NULL ||
        finish(&sender, &message->headers[0], error) != STATUS_OK)
        return error_budget(error);
    return finish(&subject, &message->headers[2], error);
}

/* Lines of a mail end with CRLF; a CR or LF by itself is none. */
static enum status write_body(struct arena *arena, struct text body, struct mail_message *message, struct error *error)
{
    struct buffer lines = buffer_in(arena, LIMIT_MAIL_BYTES);
    size_t start = 0, beyond_ascii = 0;
    for (size_t i = 0; i < body.size; i++) {
        beyond_ascii += (unsigned char)body.data[i] >= 0x80;
        if (body.data[i] != '\r' && body.data[i] != '\n')
            continue;
        buffer_add(&lines, text_slice(body, start, i - start));
        buffer_add(&lines, TEXT("\r\n"));
        i += body.data[i] == '\r' && i + 1 < body.size && body.data[i + 1] == '\n';
        start = i + 1;
    }
    buffer_add(&lines, text_slice(body, start, SIZE_MAX));
    /* Quoted-printable stays readable, but takes three bytes for each one beyond ASCII. */
    message->encoding = beyond_ascii > body.size / 6 ? "base64" : "quoted-printable";
    return finish(&lines, &message->body, error);
}

enum status mail_message_write(struct arena *arena, const struct mail_letter *letter, const struct mail_address *from,
                               int64_t now_us, struct mail_message *message, struct error *error)
{
    *message = (struct mail_message){0};
    if (letter->recipient_count == 0)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "no recipient");
    enum status status = mail_letter_check(letter, error);
    if (status == STATUS_OK)
        status = write_recipients(arena, letter, message, error);
    if (status == STATUS_OK)
        status = write_headers(arena, letter, from, now_us, message, error);
    if (status == STATUS_OK)
        status = write_body(arena, letter->body, message, error);
    return status;
}
