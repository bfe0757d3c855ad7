/* json_read: the scan checks a copy of the document and counts its items; then the values are made here. Their texts
   lie in the copy. */
#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "base/json_keys.h"
#include "base/limits.h"

struct reader {
    struct json_scan scan;
    struct arena *arena;
    char *at;          /* in the copy */
    char *number_end;  /* where the NUL of the last number goes once the byte there is read; NULL when it is written */
    size_t next_count; /* index in the notes of the scan */
    struct arena *sorting; /* for the keys of large objects; NULL until the first one */
};

static bool read_value(struct reader *reader, struct json_value *value);

static bool out_of_budget(struct reader *reader)
{
    reader->scan.status = error_budget(reader->scan.error);
    return false;
}

static void skip_blanks(struct reader *reader)
{
    while (*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\t' || *reader->at == '\r')
        reader->at++;
}

/* Takes the next byte that is not blank. */
static char take_mark(struct reader *reader)
{
    skip_blanks(reader);
    char mark = *reader->at++;
    if (reader->number_end != NULL)
        *reader->number_end = '\0';
    reader->number_end = NULL;
    return mark;
}

/* ---- texts ---- */

static unsigned hex4(const char *digits)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++)
        value = value * 16 + (unsigned)text_hex_digit(digits[i]);
    return value;
}

/* Takes the character of a \u escape, or of two that form a surrogate pair. *from is after the first \u. */
static unsigned take_character(char **from)
{
    unsigned unit = hex4(*from);
    *from += 4;
    if (unit < 0xD800 || unit > 0xDBFF)
        return unit;
    unsigned low = hex4(*from + 2);
    *from += 6;
    return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

/* Writes at most as many bytes as the escape has. Returns the end. */
static char *put_utf8(char *to, unsigned character)
{
    if (character < 0x80) {
        *to++ = (char)character;
    } else if (character < 0x800) {
        *to++ = (char)(0xC0 | character >> 6);
        *to++ = (char)(0x80 | (character & 0x3F));
    } else if (character < 0x10000) {
        *to++ = (char)(0xE0 | character >> 12);
        *to++ = (char)(0x80 | (character >> 6 & 0x3F));
        *to++ = (char)(0x80 | (character & 0x3F));
    } else {
        *to++ = (char)(0xF0 | character >> 18);
        *to++ = (char)(0x80 | (character >> 12 & 0x3F));
        *to++ = (char)(0x80 | (character >> 6 & 0x3F));
        *to++ = (char)(0x80 | (character & 0x3F));
    }
    return to;
}

/* *from is after the backslash. */
static char *unescape(char *to, char **from)
{
    static const char letters[] = "bfnrt", bytes[] = "\b\f\n\r\t";
    char letter = *(*from)++;
    if (letter == 'u')
        return put_utf8(to, take_character(from));
    const char *known = strchr(letters, letter);
    *to++ = known != NULL ? bytes[known - letters] : letter;
    return to;
}

/* reader->at is at the opening quote. The text replaces its written form in the copy, since it is never longer. */
static struct text read_string(struct reader *reader)
{
    char *start = reader->at + 1, *from = start, *to;
    while (*from != '"' && *from != '\\')
        from++;
    for (to = from; *from != '"';) {
        if (*from == '\\') {
            from++;
            to = unescape(to, &from);
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
    reader->at = from + 1;
    return (struct text){.data = start, .size = (size_t)(to - start)};
}

static struct text read_number(struct reader *reader)
{
    char *start = reader->at;
    while ((*reader->at >= '0' && *reader->at <= '9') || *reader->at == '.' || *reader->at == '-' ||
           *reader->at == '+' || (*reader->at | 0x20) == 'e')
        reader->at++;
    reader->number_end = reader->at;
    return (struct text){.data = start, .size = (size_t)(reader->at - start)};
}

/* ---- arrays and objects ---- */

static bool read_array(struct reader *reader, struct json_value *value)
{
    size_t count = reader->scan.notes[reader->next_count++];
    struct json_value *items = ARENA_ARRAY(reader->arena, count, struct json_value);
    if (items == NULL)
        return out_of_budget(reader);
    reader->at++;
    for (size_t i = 0; i < count; i++) {
        if (!read_value(reader, &items[i]))
            return false;
        if (i + 1 < count)
            (void)take_mark(reader); /* the comma */
    }
    (void)take_mark(reader); /* the bracket */
    *value = json_array(items, count);
    return true;
}

static struct json_key *space_for_keys(struct reader *reader, size_t count)
{
    if (reader->sorting == NULL)
        reader->sorting = arena_new(arena_left(reader->arena), count * sizeof(struct json_key));
    return reader->sorting != NULL ? ARENA_ARRAY(reader->sorting, count, struct json_key) : NULL;
}

static bool check_keys(struct reader *reader, struct json_value *object)
{
    const struct json_member *members = object->object.members;
    size_t count = object->object.count;
    struct json_key few[JSON_KEYS_FEW];
    struct json_key *keys = count <= JSON_KEYS_FEW ? few : space_for_keys(reader, count);
    if (keys == NULL)
        return out_of_budget(reader);
    for (size_t i = 0; i < count; i++) {
        ptrdiff_t quote = members[i].key.data - 1 - reader->scan.copy;
        keys[i] = (struct json_key){.key = members[i].key, .position = (uint32_t)i, .place = (uint32_t)quote};
    }
    return json_keys_index(&reader->scan, keys, object);
}

static bool read_object(struct reader *reader, struct json_value *value)
{
    size_t count = reader->scan.notes[reader->next_count++];
    struct json_member *members = json_keys_members(reader->arena, count);
    if (members == NULL)
        return out_of_budget(reader);
    reader->at++;
    for (size_t i = 0; i < count; i++) {
        skip_blanks(reader);
        members[i].key = read_string(reader);
        (void)take_mark(reader); /* the colon */
        if (!read_value(reader, &members[i].value))
            return false;
        if (i + 1 < count)
            (void)take_mark(reader); /* the comma */
    }
    (void)take_mark(reader); /* the brace */
    *value = json_object(members, count);
    return check_keys(reader, value);
}

/* The scan has checked the grammar and limited the depth of this recursion. */
static bool read_value(struct reader *reader, struct json_value *value)
{
    skip_blanks(reader);
    switch (*reader->at) {
    case '{': return read_object(reader, value);
    case '[': return read_array(reader, value);
    case '"': *value = json_string(read_string(reader)); return true;
    case 't':
    case 'n':
        *value = *reader->at == 't' ? json_boolean(true) : json_null();
        reader->at += 4;
        return true;
    case 'f':
        *value = json_boolean(false);
        reader->at += 5;
        return true;
    default: *value = json_number(read_number(reader)); return true;
    }
}

enum status json_read(struct arena *arena, struct text document, struct json_value *value, struct error *error)
{
    if (document.size > LIMIT_JSON_BYTES)
        return error_set(error, STATUS_INVALID, TEXT("1:1"), PUBLIC("the document has %zu bytes, more than %zu"),
                         document.size, LIMIT_JSON_BYTES);
    struct reader reader = {.arena = arena};
    enum status status = json_scan(&reader.scan, JSON_SCAN_COUNTS, arena, document, error);
    if (status != STATUS_OK)
        return status;
    reader.at = reader.scan.copy;
    struct json_value read;
    bool good = read_value(&reader, &read);
    if (good && reader.number_end != NULL)
        *reader.number_end = '\0';
    arena_free(reader.sorting);
    if (!good)
        return reader.scan.status;
    assert(reader.next_count == reader.scan.note_count);
    *value = read;
    return STATUS_OK;
}
