#include "action/decode.h"

#include "action/decode_internal.h"
#include "base/limits.h"

void decode_exhausted(struct decoder *decoder)
{
    decoder->faults->exhausted = true;
}

bool decode_counts(const struct decoder *decoder, const struct decode_rule *rule)
{
    return decoder->checking || !rule->check_only;
}

/* "conditions[0].field_name"; the document itself has no path. */
static void add_path(struct buffer *buffer, const struct decode_place *place)
{
    if (place->parent == NULL)
        return;
    add_path(buffer, place->parent);
    if (place->key == NULL) {
        buffer_print(buffer, "[%zu]", place->index);
        return;
    }
    if (place->parent->parent != NULL)
        buffer_add_byte(buffer, '.');
    buffer_add(buffer, text_from(place->key));
}

/* Keys hold no character that a pointer would have to escape. */
static void add_pointer(struct buffer *buffer, const struct decode_place *place)
{
    if (place->parent == NULL)
        return;
    add_pointer(buffer, place->parent);
    if (place->key == NULL)
        buffer_print(buffer, "/%zu", place->index);
    else
        buffer_print(buffer, "/%s", place->key);
}

static size_t innermost_index(const struct decode_place *place)
{
    while (place->parent != NULL && place->key != NULL)
        place = place->parent;
    return place->index;
}

/* The spec's own text of a fault. */
static void add_spec_text(struct buffer *buffer, const char *source, const struct decode_place *place,
                          struct text value)
{
    struct text rest = text_from(source);
    while (rest.size > 0) {
        if (text_starts(rest, TEXT("{i}"))) {
            buffer_print(buffer, "%zu", innermost_index(place));
            rest = text_slice(rest, 3, SIZE_MAX);
        } else if (text_starts(rest, TEXT("{value}"))) {
            buffer_add(buffer, value);
            rest = text_slice(rest, 7, SIZE_MAX);
        } else {
            buffer_add_byte(buffer, rest.data[0]);
            rest = text_slice(rest, 1, SIZE_MAX);
        }
    }
}

static bool make_room(struct decode_faults *faults)
{
    if (faults->count < faults->capacity)
        return true;
    if (faults->capacity == LIMIT_DECODE_FAULTS)
        return false;

    size_t capacity = faults->capacity == 0 ? 4 : faults->capacity * 2;
    if (capacity > LIMIT_DECODE_FAULTS)
        capacity = LIMIT_DECODE_FAULTS;
    struct decode_fault *items =
        arena_grow(faults->arena, faults->items, faults->capacity * sizeof *items, capacity * sizeof *items);
    if (items == NULL)
        return false;
    faults->items = items;
    faults->capacity = capacity;
    return true;
}

static void add_fault(struct decoder *decoder, const struct decode_place *place, struct text message, bool unreadable)
{
    struct decode_faults *faults = decoder->faults;
    struct buffer pointer = buffer_in(faults->arena, LIMIT_FAULT_TEXT);

    add_pointer(&pointer, place);
    const struct text at = buffer_text(&pointer);
    if (message.data == NULL || at.data == NULL || !make_room(faults)) {
        decode_exhausted(decoder);
        return;
    }
    faults->items[faults->count++] = (struct decode_fault){at, message, unreadable};
}

static struct buffer begin_message(struct decoder *decoder, const struct decode_place *place)
{
    struct buffer message = buffer_in(decoder->faults->arena, LIMIT_FAULT_TEXT);

    if (place->parent == NULL)
        buffer_add(&message, TEXT("config"));
    add_path(&message, place);
    return message;
}

void decode_unreadable(struct decoder *decoder, const struct decode_field *field, const char *expected,
                       struct text found)
{
    struct buffer message = begin_message(decoder, &field->place);

    buffer_print(&message, ": expected %s, found %.*s", expected, TEXT_ARG(decode_shown(decoder, found)));
    add_fault(decoder, &field->place, buffer_text(&message), true);
}

void decode_broken(struct decoder *decoder, const struct decode_field *field, struct text found, const char *format,
                   ...)
{
    if (!decode_counts(decoder, field->rule))
        return;

    struct buffer message;
    if (field->rule->invalid != NULL) {
        message = buffer_in(decoder->faults->arena, LIMIT_FAULT_TEXT);
        add_spec_text(&message, field->rule->invalid, &field->place, decode_shown(decoder, found));
    } else {
        va_list arguments;
        va_start(arguments, format);
        message = begin_message(decoder, &field->place);
        buffer_add(&message, TEXT(": "));
        buffer_add(&message, arena_vprint(decoder->faults->arena, format, arguments));
        va_end(arguments);
    }
    add_fault(decoder, &field->place, buffer_text(&message), false);
}

struct text decode_shown(struct decoder *decoder, struct text text)
{
    if (text.size <= LIMIT_FAULT_VALUE)
        return text;
    return arena_print(decoder->faults->arena, "%.*s...", TEXT_ARG(text_cut_utf8(text, LIMIT_FAULT_VALUE)));
}

static void report_missing(struct decoder *decoder, const struct decode_field *field)
{
    const char *own = field->rule->missing;
    struct buffer message;
    if (own != NULL) {
        message = buffer_in(decoder->faults->arena, LIMIT_FAULT_TEXT);
        add_spec_text(&message, own, &field->place, TEXT_NONE);
    } else {
        message = begin_message(decoder, &field->place);
        buffer_add(&message, TEXT(" is required"));
    }
    add_fault(decoder, &field->place, buffer_text(&message), false);
}

bool decode_document(struct decoder *decoder, const struct json_value *document)
{
    if (document->type == JSON_OBJECT || document->type == JSON_NULL)
        return true;
    const struct decode_field whole = {.value = document};
    decode_unreadable(decoder, &whole, "object", text_from(json_type_name(document->type)));
    return false;
}

static bool is_absent(const struct decode_rule *rule, const struct json_value *value)
{
    if (value == NULL || value->type == JSON_NULL)
        return true;
    if (value->type != rule->empty_is_absent)
        return false;
    return (value->type == JSON_STRING && value->string.size == 0) ||
           (value->type == JSON_ARRAY && value->array.count == 0);
}

bool decode_member(struct decoder *decoder, const struct decode_place *place, const struct json_value *object,
                   const struct decode_rule *rule, struct decode_field *field)
{
    const struct json_value *value = json_get_lenient(object, text_from(rule->key));
    for (const char *const *alias = rule->aliases; is_absent(rule, value) && alias != NULL && *alias != NULL; alias++)
        value = json_get_lenient(object, text_from(*alias));

    *field = (struct decode_field){.place = {.parent = place, .key = rule->key}, .rule = rule, .value = value};
    if (!is_absent(rule, value))
        return true;
    if (rule->required && decode_counts(decoder, rule))
        report_missing(decoder, field);
    return false;
}

struct decode_field decode_element(const struct decode_field *list, size_t index, const struct decode_rule *rule)
{
    return (struct decode_field){
        .place = {.parent = &list->place, .index = index},
        .rule = rule,
        .value = &list->value->array.items[index],
    };
}

static bool holds_some(const struct decode_rule *rule, const struct json_value *object)
{
    if (rule->some_of == NULL)
        return true;
    for (const char *const *name = rule->some_of; *name != NULL; name++) {
        const struct json_value *list = json_get_lenient(object, text_from(*name));
        if (list != NULL && list->type != JSON_NULL && !(list->type == JSON_ARRAY && list->array.count == 0))
            return true;
    }
    return false;
}

bool decode_object(struct decoder *decoder, const struct decode_field *field)
{
    if (field->value->type == JSON_OBJECT) {
        if (decode_counts(decoder, field->rule) && !holds_some(field->rule, field->value))
            report_missing(decoder, field);
        return true;
    }
    decode_unreadable(decoder, field, "object", text_from(json_type_name(field->value->type)));
    return false;
}

bool decode_size_fits(struct decoder *decoder, const struct decode_field *field, size_t size, struct text found,
                      const char *unit)
{
    const struct decode_rule *rule = field->rule;
    if (size < rule->min_size) {
        decode_broken(decoder, field, found, "must have at least %zu %s, found %zu", rule->min_size, unit, size);
        return false;
    }
    if (rule->max_size > 0 && size > rule->max_size) {
        decode_broken(decoder, field, found, "must have at most %zu %s, found %zu", rule->max_size, unit, size);
        return false;
    }
    return true;
}

void *decode_list(struct decoder *decoder, const struct decode_field *field, size_t size, size_t align, size_t *count)
{
    const struct json_value *value = field->value;
    if (value->type != JSON_ARRAY) {
        decode_unreadable(decoder, field, "array", text_from(json_type_name(value->type)));
        return NULL;
    }
    decode_size_fits(decoder, field, value->array.count, TEXT("list"), "items");
    void *items = arena_alloc_array(decoder->arena, value->array.count, size, align);
    if (items == NULL)
        decode_exhausted(decoder);
    *count = value->array.count;
    return items;
}

struct text decode_faults_text(const struct decode_faults *faults, struct arena *arena)
{
    struct buffer joined = buffer_in(arena, (LIMIT_DECODE_FAULTS + 1) * LIMIT_FAULT_TEXT);

    for (size_t i = 0; i < faults->count; i++) {
        if (i > 0)
            buffer_add(&joined, TEXT("; "));
        buffer_add(&joined, faults->items[i].message);
    }
    if (faults->exhausted)
        buffer_add(&joined, faults->count == 0 ? TEXT("out of the memory budget of this task") : TEXT("; and more"));
    return buffer_text(&joined);
}

void decode_faults_prefix(struct decode_faults *faults, const char *prefix)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct decode_fault *fault = &faults->items[i];
        if (!fault->unreadable)
            continue;
        const struct text message = arena_print(faults->arena, "%s: %.*s", prefix, TEXT_ARG(fault->message));
        if (message.data == NULL)
            faults->exhausted = true;
        else
            fault->message = message;
    }
}

enum action_outcome decode_refuse(struct action_call *call, const struct decode_faults *faults, const char *unreadable)
{
    const struct text all = decode_faults_text(faults, call->arena);
    if (all.data == NULL)
        return action_refuse(call, "out of the memory budget of this task");
    for (size_t i = 0; i < faults->count; i++) {
        if (faults->items[i].unreadable)
            return action_refuse(call, "%s: %.*s", unreadable, TEXT_ARG(all));
    }
    return action_refuse(call, "%.*s", TEXT_ARG(all));
}
