/* Composes mail objects. */
#include "smtp/mail_message.h"

#include <string.h>

#include "base/date.h"
#include "base/limits.h"
#include "smtp/mail_domain.h"

/* RFC 2047: an encoded word has at most 75 characters, including "=?utf-8?Q?" and "?=". */
#define WORD_START "=?utf-8?Q?"
#define WORD_ROOM  63
/* A header line has at most 998 bytes; the remaining bytes are for its name and for what surrounds the text. */
#define PLAIN_MAX 800

static bool is_breaking(struct text text)
{
    return text_find_byte(text, '\r') != SIZE_MAX || text_find_byte(text, '\n') != SIZE_MAX ||
           text_find_byte(text, '\0') != SIZE_MAX;
}

enum status mail_message_check(const struct mail_message *message, struct error *error)
{
    static const char fault[] = "a line break or a NUL, which is not allowed there";
    for (size_t i = 0; i < message->recipient_count; i++) {
        if (is_breaking(message->recipients[i]))
            return error_set(error, STATUS_INVALID, TEXT_NONE, PUBLIC("recipient %zu has %s"), i + 1, fault);
    }
    if (is_breaking(message->subject))
        return error_set(error, STATUS_INVALID, TEXT_NONE, PUBLIC("the subject has %s"), fault);
    return STATUS_OK;
}

/* Not a blank, a control character, or a separator of addresses, names and comments in a header. */
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

/* The conversion maps many characters to ASCII, such as a fullwidth comma or @, so its result is checked like the
   input. */
enum status mail_address_to_ascii(struct arena *arena, struct mail_address *address, struct error *error)
{
    size_t at = text_find_byte(address->address, '@');
    struct text domain = text_slice(address->address, at + 1, SIZE_MAX), ascii;
    enum status status = mail_domain_to_ascii(arena, domain, &ascii);
    struct text converted = TEXT_NONE;
    if (status == STATUS_OK) {
        converted = arena_print(arena, "%.*s%.*s", (int)(at + 1), address->address.data, TEXT_ARG(ascii));
        status = converted.data == NULL ? STATUS_BUDGET : is_address(converted) ? STATUS_OK : STATUS_INVALID;
    }
    if (status == STATUS_INVALID)
        return error_set(error, status, TEXT_NONE, "expected a domain after the @, found \"%.*s\"", TEXT_ARG(domain));
    if (status != STATUS_OK)
        return error_budget(error);
    address->address = converted;
    return STATUS_OK;
}

static bool is_word_byte(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

/* Encodes the byte in the form that is allowed anywhere in a header: RFC 2047 5 (3). */
static void add_encoded_byte(struct buffer *line, char byte)
{
    if (is_word_byte(byte))
        buffer_add_byte(line, byte);
    else if (byte == ' ')
        buffer_add_byte(line, '_');
    else
        buffer_print(line, "=%02X", (unsigned char)byte);
}

/* Adds encoded words, one on each line, without splitting a character. */
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

/* Returns whether the text needs no encoding in a header. `special`: the characters that have a meaning there. */
static bool is_plain(struct text text, const char *special)
{
    if (text.size > PLAIN_MAX || text_trim(text).size < text.size || text_find(text, TEXT("=?")) != SIZE_MAX)
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

/* Writes the To line and the recipients of the envelope. */
static enum status write_recipients(struct arena *arena, const struct mail_message *message, struct mail_object *object,
                                    struct error *error)
{
    struct buffer line = buffer_in(arena, LIMIT_MAIL_BYTES);
    object->recipients = ARENA_ARRAY(arena, message->recipient_count, struct text);
    if (object->recipients == NULL)
        return error_budget(error);
    object->recipient_count = message->recipient_count;
    buffer_add(&line, TEXT("To: "));
    for (size_t i = 0; i < message->recipient_count; i++) {
        struct mail_address address;
        enum status status = mail_address_read(message->recipients[i], &address, error);
        if (status == STATUS_OK)
            status = mail_address_to_ascii(arena, &address, error);
        if (status != STATUS_OK)
            return error_prefix(error, PUBLIC("recipient %zu"), i + 1);
        buffer_add(&line, i > 0 ? TEXT(",\r\n ") : TEXT(""));
        add_address(&line, &address);
        object->recipients[i] = address.address;
    }
    return finish(&line, &object->headers[1], error);
}

static enum status write_headers(struct arena *arena, const struct mail_message *message,
                                 const struct mail_address *from, int64_t now_us, struct mail_object *object,
                                 struct error *error)
{
    struct buffer sender = buffer_in(arena, LIMIT_MAIL_BYTES), subject = buffer_in(arena, LIMIT_MAIL_BYTES);
    buffer_add(&sender, TEXT("From: "));
    add_address(&sender, from);
    buffer_add(&subject, TEXT("Subject: "));
    add_text(&subject, message->subject, "");
    struct text date = date_text(arena, now_us, DATE_RFC5322), id = uuid_text(arena, message->id);
    struct text domain = text_slice(from->address, text_find_byte(from->address, '@'), SIZE_MAX);
    if (date.data == NULL || id.data == NULL)
        return error_budget(error);
    object->headers[3] = arena_print(arena, "Date: %.*s", TEXT_ARG(date));
    object->headers[4] = arena_print(arena, "Message-ID: <%.*s%.*s>", TEXT_ARG(id), TEXT_ARG(domain));
    /* RFC 3834: suppresses automatic replies such as vacation notices. */
    object->headers[5] = TEXT("Auto-Submitted: auto-generated");
    object->sender = arena_copy(arena, from->address);
    if (object->headers[3].data == NULL || object->headers[4].data == NULL || object->sender.data == NULL ||
        finish(&sender, &object->headers[0], error) != STATUS_OK)
        return error_budget(error);
    return finish(&subject, &object->headers[2], error);
}

/* In a mail, every line ends with CRLF, and neither byte may occur alone. */
static enum status write_body(struct arena *arena, struct text body, struct mail_object *object, struct error *error)
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
    /* Quoted-printable stays readable, but takes three bytes for each non-ASCII byte. */
    object->encoding = beyond_ascii > body.size / 6 ? "base64" : "quoted-printable";
    return finish(&lines, &object->body, error);
}

enum status mail_message_compose(struct arena *arena, const struct mail_message *message,
                                 const struct mail_address *from, int64_t now_us, struct mail_object *object,
                                 struct error *error)
{
    *object = (struct mail_object){0};
    if (message->recipient_count == 0)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "no recipient");
    enum status status = mail_message_check(message, error);
    if (status == STATUS_OK)
        status = write_recipients(arena, message, object, error);
    if (status == STATUS_OK)
        status = write_headers(arena, message, from, now_us, object, error);
    if (status == STATUS_OK)
        status = write_body(arena, message->body, object, error);
    return status;
}
