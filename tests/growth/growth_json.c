/* JSON: reading, looking up, comparing, writing. */
#include "growth/growth.h"

static struct text object_of(struct trial *trial, size_t size)
{
    struct buffer document = document_begin(trial, "{");
    for (size_t i = 0; i < size; i++)
        document_add(&document, i, "\"field_%06zu\":%zu.5", i * 7919 % size, i);
    return document_end(&document, "}");
}

static void read_object(struct trial *trial, size_t size)
{
    struct text document = object_of(trial, size);
    begin(trial);
    (void)read_document(trial, document);
    end(trial);
}

static void read_array(struct trial *trial, size_t size)
{
    struct buffer document = document_begin(trial, "[");
    for (size_t i = 0; i < size; i++)
        document_add(&document, i, "[%zu,\"text\",null]", i);
    struct text text = document_end(&document, "]");
    begin(trial);
    (void)read_document(trial, text);
    end(trial);
}

static void read_string(struct trial *trial, size_t size)
{
    struct buffer document = document_begin(trial, "\"");
    for (size_t i = 0; i < size; i += 10)
        buffer_add(&document, TEXT("abc\\n\xC3\xA4 d e"));
    struct text text = document_end(&document, "\"");
    begin(trial);
    (void)read_document(trial, text);
    end(trial);
}

static void look_up(struct trial *trial, size_t size)
{
    struct text document = object_of(trial, size);
    begin(trial);
    struct json_value object = read_document(trial, document);
    end(trial);
    for (size_t i = 0; i < size; i++) {
        struct text key = PRINT(trial, "field_%06zu", i);
        begin(trial);
        expect(json_get(&object, key) != NULL, "a field is not found");
        end(trial);
    }
}

static void compare(struct trial *trial, size_t size)
{
    struct text document = object_of(trial, size);
    struct json_value other;
    begin(trial);
    struct json_value object = read_document(trial, document);
    expect(json_copy(trial->arena, &object, &other) == STATUS_OK, "no copy");
    expect(json_equal(&object, &other), "the copy differs");
    end(trial);
}

static void write_object(struct trial *trial, size_t size)
{
    struct json_value object = read_document(trial, object_of(trial, size));
    struct buffer written = buffer_in(trial->arena, SIZE_MAX);
    begin(trial);
    json_write(&written, &object);
    json_write_sorted(&written, &object);
    end(trial);
    expect(!written.failed, "not written");
}

const struct growth_case json_cases[] = {
    {"json: fields read", 1000, 100000, read_object},
    {"json: items read", 1000, 100000, read_array},
    {"json: bytes of a text", 1000, 100000, read_string},
    {"json: fields looked up", 1000, 100000, look_up},
    {"json: fields compared", 1000, 100000, compare},
    {"json: fields written", 1000, 100000, write_object},
    {NULL, 0, 0, NULL},
};
