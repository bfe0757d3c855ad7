/* JSON written piece by piece into a buffer; commas and quotes are added automatically. buffer->failed reports a
   failure. For complete values see json_write. Pure; any thread.

       struct json_writer json = {&buffer};
       json_begin_object(&json);
       json_member_text(&json, "workflow_id", id);
       json_key(&json, "runs");
       json_begin_array(&json);
       ... */
#ifndef BASE_JSON_WRITER_H
#define BASE_JSON_WRITER_H

#include "base/json.h"

struct json_writer {
    struct buffer *buffer;
    bool needs_comma; /* before the next key or item */
    unsigned depth;   /* objects and arrays that are open */
};

void json_begin_object(struct json_writer *json);
void json_end_object(struct json_writer *json);
void json_begin_array(struct json_writer *json);
void json_end_array(struct json_writer *json);

/* The key of the value that is written next: a literal that needs no escapes. */
void json_key(struct json_writer *json, const char *key);
/* A key that may need escapes. */
void json_key_text(struct json_writer *json, struct text key);

void json_put_text(struct json_writer *json, struct text text);
void json_put_integer(struct json_writer *json, int64_t integer);
void json_put_boolean(struct json_writer *json, bool boolean);
void json_put_value(struct json_writer *json, const struct json_value *value);
/* A value that is already JSON text: null, a number, a stored document. */
void json_put_raw(struct json_writer *json, struct text document);

/* A key and its value. */
void json_member_text(struct json_writer *json, const char *key, struct text text);
void json_member_text_or_null(struct json_writer *json, const char *key, struct text text); /* null when empty */
void json_member_string(struct json_writer *json, const char *key, const char *string);
void json_member_integer(struct json_writer *json, const char *key, int64_t integer);
void json_member_boolean(struct json_writer *json, const char *key, bool boolean);
void json_member_value(struct json_writer *json, const char *key, const struct json_value *value);
void json_member_raw(struct json_writer *json, const char *key, struct text document);

#endif
