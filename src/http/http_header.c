#include "http/http_header.h"

#include <string.h>

#include "base/date.h"
#include "base/limits.h"

#define SHOWN_NAME 80

static bool is_token(struct text name)
{
    for (size_t i = 0; i < name.size; i++) {
        char byte = name.data[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!letter && !(byte >= '0' && byte <= '9') && memchr("!#$%&'*+-.^_`|~", byte, 15) == NULL)
            return false;
    }
    return name.size > 0;
}

static bool belongs_to_connection(struct text name)
{
    static const char *const names[] = {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (text_equal_ignoring_case(name, text_from(names[i])))
            return true;
    }
    return text_equal_ignoring_case(text_slice(name, 0, 6), TEXT("Proxy-"));
}

enum status http_header_name_check(struct text name, struct error *error)
{
    if (!is_token(name))
        return error_set(error, STATUS_INVALID, TEXT_NONE, "header \"%.*s\": not a valid header name",
                         TEXT_ARG(text_cut_utf8(name, SHOWN_NAME)));
    if (belongs_to_connection(name))
        return error_set(error, STATUS_INVALID, TEXT_NONE, PUBLIC("header %.*s: may not be set"), TEXT_ARG(name));
    return STATUS_OK;
}

enum status http_header_value_check(struct text name, struct text value, struct error *error)
{
    name = text_cut_utf8(name, SHOWN_NAME);
    if (name.size + value.size > LIMIT_WEBHOOK_HEADER)
        return error_set(error, STATUS_INVALID, TEXT_NONE, PUBLIC("header %.*s: larger than %zu bytes"), TEXT_ARG(name),
                         LIMIT_WEBHOOK_HEADER);
    for (size_t i = 0; i < value.size; i++) {
        unsigned char byte = (unsigned char)value.data[i];
        if ((byte < ' ' && byte != '\t') || byte == 0x7f)
            return error_set(error, STATUS_INVALID, TEXT_NONE, PUBLIC("header %.*s: a line break or control character"),
                             TEXT_ARG(name));
    }
    return STATUS_OK;
}

const struct http_header *http_header_find(const struct http_header *headers, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal_ignoring_case(headers[i].name, text_from(name)))
            return &headers[i];
    }
    return NULL;
}

static bool is_number(struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    return text.size > 0;
}

/* Converts asctime's form, which has no time zone, to the form of RFC 1123: Sun Nov  6 08:49:37 1994. */
static struct text from_asctime(struct text text, char to[30])
{
    if (text.size != 24)
        return text;
    const char *from = text.data;
    (void)memcpy(to, "Sun, 06 Nov 1994 08:49:37 GMT", 30);
    (void)memcpy(to, from, 3);
    to[5] = from[8] == ' ' ? '0' : from[8];
    to[6] = from[9];
    (void)memcpy(to + 8, from + 4, 3);
    (void)memcpy(to + 12, from + 20, 4);
    (void)memcpy(to + 17, from + 11, 8);
    return (struct text){.data = to, .size = 29};
}

int64_t http_retry_after_ms(struct text value, int64_t now_us)
{
    const int64_t most_ms = LIMIT_WEBHOOK_RETRY_AFTER_S * 1000;
    char converted[30];
    int64_t seconds, left_ms;
    struct date date;
    value = text_trim(value);
    if (is_number(value)) {
        if (!text_to_int64(value, &seconds) || seconds > LIMIT_WEBHOOK_RETRY_AFTER_S)
            return most_ms;
        return seconds * 1000;
    }
    if (!date_read(from_asctime(value, converted), &date))
        return -1;
    left_ms = (date_to_us(&date) - now_us) / 1000;
    if (left_ms < 0)
        return 0;
    return left_ms < most_ms ? left_ms : most_ms;
}
