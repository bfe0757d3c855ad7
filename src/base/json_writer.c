/* Writes JSON piece by piece. */
#include "base/json_writer.h"

#include <assert.h>
#include <inttypes.h>

static void before_value(struct json_writer *json)
{
    if (json->needs_comma)
        buffer_add_byte(json->buffer, ',');
    json->needs_comma = true;
}

static void begin(struct json_writer *json, char bracket)
{
    before_value(json);
    buffer_add_byte(json->buffer, bracket);
    json->needs_comma = false;
    json->depth++;
}

static void end(struct json_writer *json, char bracket)
{
    assert(json->depth > 0);
    buffer_add_byte(json->buffer, bracket);
    json->needs_comma = true;
    json->depth--;
}

void json_begin_object(struct json_writer *json)
{
    begin(json, '{');
}

void json_end_object(struct json_writer *json)
{
    end(json, '}');
}

void json_begin_array(struct json_writer *json)
{
    begin(json, '[');
}

void json_end_array(struct json_writer *json)
{
    end(json, ']');
}

void json_key(struct json_writer *json, const char *key)
{
    assert(json->depth > 0);
    before_value(json);
    buffer_add_byte(json->buffer, '"');
    buffer_add(json->buffer, text_from(key));
    buffer_add(json->buffer, TEXT("\":"));
    json->needs_comma = false;
}

void json_key_text(struct json_writer *json, struct text key)
{
    assert(json->depth > 0);
    before_value(json);
    json_write_string(json->buffer, key);
    buffer_add_byte(json->buffer, ':');
    json->needs_comma = false;
}

void json_put_text(struct json_writer *json, struct text text)
{
    before_value(json);
    json_write_string(json->buffer, text);
}

void json_put_integer(struct json_writer *json, int64_t integer)
{
    before_value(json);
    buffer_print(json->buffer, "%" PRId64, integer);
}

void json_put_boolean(struct json_writer *json, bool boolean)
{
    json_put_raw(json, boolean ? TEXT("true") : TEXT("false"));
}

void json_put_value(struct json_writer *json, const struct json_value *value)
{
    before_value(json);
    json_write(json->buffer, value);
}

void json_put_raw(struct json_writer *json, struct text document)
{
    before_value(json);
    buffer_add(json->buffer, document);
}

void json_member_text(struct json_writer *json, const char *key, struct text text)
{
    json_key(json, key);
    json_put_text(json, text);
}

void json_member_text_or_null(struct json_writer *json, const char *key, struct text text)
{
    json_key(json, key);
    if (text.size > 0)
        json_put_text(json, text);
    else
        json_put_raw(json, TEXT("null"));
}

void json_member_string(struct json_writer *json, const char *key, const char *string)
{
    json_member_text(json, key, text_from(string));
}

void json_member_integer(struct json_writer *json, const char *key, int64_t integer)
{
    json_key(json, key);
    json_put_integer(json, integer);
}

void json_member_boolean(struct json_writer *json, const char *key, bool boolean)
{
    json_key(json, key);
    json_put_boolean(json, boolean);
}

void json_member_value(struct json_writer *json, const char *key, const struct json_value *value)
{
    json_key(json, key);
    json_put_value(json, value);
}

void json_member_raw(struct json_writer *json, const char *key, struct text document)
{
    json_key(json, key);
    json_put_raw(json, document);
}
