/* Finds the members of a document and reports faults. */
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

/* The text of a fault. Keys of maps are data: the log may show the text before and after them. */
struct message {
    struct decoder *decoder;
    struct buffer text;
    size_t head, path_end; /* where the data begins, SIZE_MAX: no data; where the path ends */
};

/* "conditions[0].field_name"; the document itself has no path. */
static void add_path(struct message *message, const struct decode_path *path)
{
    struct buffer *buffer = &message->text;
    if (path->parent == NULL)
        return;
    add_path(message, path->parent);
    if (path->key == NULL && path->entry.data == NULL) {
        buffer_print(buffer, "[%zu]", path->index);
        return;
    }
    if (path->parent->parent != NULL)
        buffer_add_byte(buffer, '.');
    if (path->key == NULL && message->head == SIZE_MAX)
        message->head = buffer->size;
    buffer_add(buffer, path->key != NULL ? text_from(path->key) : decode_shown(message->decoder, path->entry));
}

/* The text with its public parts. tail: everything after the path is public. */
static struct failure end_message(struct message *message, bool tail)
{
    const struct text text = buffer_text(&message->text);
    if (message->head == SIZE_MAX)
        return failure_public(text);
    return (struct failure){.text = text, .head = message->head, .tail = tail ? text.size - message->path_end : 0};
}

/* Only keys of maps can contain characters that a pointer must escape; keys of fields do not. */
static void add_escaped(struct buffer *buffer, struct text key)
{
    for (size_t i = 0; i < key.size; i++)
        if (key.data[i] == '~')
            buffer_add(buffer, TEXT("~0"));
        else if (key.data[i] == '/')
            buffer_add(buffer, TEXT("~1"));
        else
            buffer_add_byte(buffer, key.data[i]);
}

/* False when the pointer ends early, at a map with a key that is too long to be shown. */
static bool add_pointer(struct buffer *buffer, const struct decode_path *path)
{
    if (path->parent == NULL)
        return true;
    if (!add_pointer(buffer, path->parent) || path->entry.size > LIMIT_FAULT_VALUE)
        return false;
    if (path->key != NULL) {
        buffer_print(buffer, "/%s", path->key);
    } else if (path->entry.data != NULL) {
        buffer_add_byte(buffer, '/');
        add_escaped(buffer, path->entry);
    } else {
        buffer_print(buffer, "/%zu", path->index);
    }
    return true;
}

static size_t innermost_index(const struct decode_path *path)
{
    while (path->parent != NULL && (path->key != NULL || path->entry.data != NULL))
        path = path->parent;
    return path->index;
}

static struct text innermost_key(const struct decode_path *path)
{
    while (path->parent != NULL && path->entry.data == NULL)
        path = path->parent;
    return path->entry;
}

/* The text that the spec gives for a fault; public unless it shows a value or key. */
static struct failure spec_text(struct decoder *decoder, const char *source, const struct decode_path *path,
                                struct text value)
{
    struct buffer buffer = buffer_in(decoder->faults->arena, LIMIT_FAULT_TEXT);
    struct text rest = text_from(source);
    bool data = false;
    while (rest.size > 0) {
        size_t taken = 1;
        if (text_starts(rest, TEXT("{i}"))) {
            buffer_print(&buffer, "%zu", innermost_index(path));
            taken = 3;
        } else if (text_starts(rest, TEXT("{key}"))) {
            buffer_add(&buffer, decode_shown(decoder, innermost_key(path)));
            taken = 5, data = true;
        } else if (text_starts(rest, TEXT("{value}"))) {
            buffer_add(&buffer, decode_shown(decoder, value));
            taken = 7, data = true;
        } else if (text_starts(rest, TEXT("{why}"))) {
            buffer_add(&buffer, value);
            taken = 5, data = true;
        } else {
            buffer_add_byte(&buffer, rest.data[0]);
        }
        rest = text_slice(rest, taken, SIZE_MAX);
    }
    const struct text text = buffer_text(&buffer);
    return data ? (struct failure){.text = text} : failure_public(text);
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

static void add_fault_at(struct decoder *decoder, struct text pointer, struct failure message, bool unreadable)
{
    struct decode_faults *faults = decoder->faults;

    if (message.text.data == NULL || pointer.data == NULL || !make_room(faults)) {
        decode_exhausted(decoder);
        return;
    }
    faults->items[faults->count++] = (struct decode_fault){.pointer = pointer,
                                                           .message = message.text,
                                                           .head = message.head,
                                                           .tail = message.tail,
                                                           .unreadable = unreadable};
}

static void add_fault(struct decoder *decoder, const struct decode_path *path, struct failure message, bool unreadable)
{
    struct buffer pointer = buffer_in(decoder->faults->arena, LIMIT_FAULT_TEXT);

    (void)add_pointer(&pointer, path);
    add_fault_at(decoder, buffer_text(&pointer), message, unreadable);
}

void decode_reject(struct decoder *decoder, const char *pointer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const struct failure message = failure_vprint(decoder->faults->arena, format, arguments);
    va_end(arguments);
    add_fault_at(decoder, text_from(pointer), message, false);
}

static struct message begin_message(struct decoder *decoder, const struct decode_path *path)
{
    struct message message = {
        .decoder = decoder, .text = buffer_in(decoder->faults->arena, LIMIT_FAULT_TEXT), .head = SIZE_MAX};

    if (path->parent == NULL)
        buffer_add(&message.text, TEXT("config"));
    add_path(&message, path);
    message.path_end = message.text.size;
    return message;
}

void decode_wrong_type(struct decoder *decoder, const struct decode_field *field, const char *expected)
{
    struct message message = begin_message(decoder, &field->path);

    buffer_print(&message.text, ": expected %s, found %s", expected, json_type_name(field->value->type));
    add_fault(decoder, &field->path, end_message(&message, true), true);
}

void decode_unreadable(struct decoder *decoder, const struct decode_field *field, const char *expected,
                       struct text found)
{
    struct message message = begin_message(decoder, &field->path);

    buffer_print(&message.text, ": expected %s, found ", expected);
    if (message.head == SIZE_MAX)
        message.head = message.text.size;
    buffer_add(&message.text, decode_shown(decoder, found));
    add_fault(decoder, &field->path, end_message(&message, false), true);
}

/* The usual text of a fault: the path, a public text, and the reason. */
static struct failure path_failure(struct decoder *decoder, const struct decode_path *path, const char *ours,
                                   struct failure why)
{
    struct message message = begin_message(decoder, path);
    buffer_add(&message.text, text_from(ours));
    const struct failure at = end_message(&message, true);
    return at.text.data != NULL && why.text.data != NULL ? failure_join(decoder->faults->arena, at, why)
                                                         : (struct failure){0};
}

void decode_broken(struct decoder *decoder, const struct decode_field *field, struct text found, const char *format,
                   ...)
{
    if (!decode_counts(decoder, field->rule))
        return;

    struct failure message;
    if (field->rule->invalid != NULL) {
        message = spec_text(decoder, field->rule->invalid, &field->path, found);
    } else {
        va_list arguments;
        va_start(arguments, format);
        message = failure_vprint(decoder->faults->arena, format, arguments);
        va_end(arguments);
        message = path_failure(decoder, &field->path, ": ", message);
    }
    add_fault(decoder, &field->path, message, false);
}

void decode_fault_at(struct decoder *decoder, const struct decode_path *path, const char *own, const char *format, ...)
{
    struct failure message;
    if (own != NULL) {
        message = spec_text(decoder, own, path, TEXT_NONE);
    } else {
        va_list arguments;
        va_start(arguments, format);
        message = failure_vprint(decoder->faults->arena, format, arguments);
        va_end(arguments);
        message = path_failure(decoder, path, "", message);
    }
    add_fault(decoder, path, message, false);
}

void decode_broken_key(struct decoder *decoder, const struct decode_field *entry)
{
    if (!decode_counts(decoder, entry->rule))
        return;

    struct failure message;
    if (entry->rule->invalid_key != NULL) {
        message = spec_text(decoder, entry->rule->invalid_key, &entry->path, TEXT_NONE);
    } else {
        message = failure_print(decoder->faults->arena, PUBLIC("keys must match %s") ", found \"%.*s\"",
                                entry->rule->pattern, TEXT_ARG(decode_shown(decoder, entry->path.entry)));
        message = path_failure(decoder, entry->path.parent, ": ", message);
    }
    add_fault(decoder, &entry->path, message, false);
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
    add_fault(decoder, &field->path,
              own != NULL ? spec_text(decoder, own, &field->path, TEXT_NONE)
                          : path_failure(decoder, &field->path, " is required", FAILURE_TEXT("")),
              false);
}

bool decode_document(struct decoder *decoder, const struct json_value *document)
{
    if (document->type == JSON_OBJECT || document->type == JSON_NULL)
        return true;
    const struct decode_field whole = {.value = document};
    decode_wrong_type(decoder, &whole, "object");
    return false;
}

static bool is_absent(const struct decode_rule *rule, const struct json_value *value)
{
    if (value == NULL || value->type == JSON_NULL)
        return true;
    struct uuid id;
    if (rule->nil_is_absent && value->type == JSON_STRING && uuid_parse(value->string, &id) && uuid_is_nil(id))
        return true;
    if (value->type != rule->empty_is_absent)
        return false;
    return (value->type == JSON_STRING && value->string.size == 0) ||
           (value->type == JSON_ARRAY && value->array.count == 0) ||
           (value->type == JSON_OBJECT && value->object.count == 0);
}

const struct json_value *decode_find(const struct json_value *object, const struct decode_rule *rule)
{
    const struct json_value *value = json_get_lenient(object, text_from(rule->key));
    for (const char *const *alias = rule->aliases; is_absent(rule, value) && alias != NULL && *alias != NULL; alias++)
        value = json_get_lenient(object, text_from(*alias));
    return is_absent(rule, value) ? NULL : value;
}

bool decode_member(struct decoder *decoder, const struct decode_path *path, const struct json_value *object,
                   const struct decode_rule *rule, struct decode_field *field)
{
    const struct json_value *value = decode_find(object, rule);

    *field = (struct decode_field){.path = {.parent = path, .key = rule->key}, .rule = rule, .value = value};
    if (value != NULL)
        return true;
    if (rule->required && decode_counts(decoder, rule))
        report_missing(decoder, field);
    return false;
}

struct decode_field decode_element(const struct decode_field *list, size_t index, const struct decode_rule *rule)
{
    return (struct decode_field){
        .path = {.parent = &list->path, .index = index},
        .rule = rule,
        .value = &list->value->array.items[index],
    };
}

struct decode_field decode_entry(struct decoder *decoder, const struct decode_field *map, size_t index,
                                 const struct decode_rule *rule, struct text *key)
{
    const struct json_member *member = &map->value->object.members[index];
    *key = member->key.data != NULL ? member->key : TEXT("");
    struct decode_field entry = {
        .path = {.parent = &map->path, .entry = *key}, .rule = map->rule, .value = &member->value};

    if (map->rule->piece_count > 0 && !decode_matches(map->rule, *key))
        decode_broken_key(decoder, &entry);
    entry.rule = rule;
    return entry;
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
    decode_wrong_type(decoder, field, "object");
    return false;
}

bool decode_size_fits(struct decoder *decoder, const struct decode_field *field, size_t size, struct text found,
                      const char *unit)
{
    const struct decode_rule *rule = field->rule;
    if (size < rule->min_size) {
        decode_broken(decoder, field, found, PUBLIC("must have at least %zu %s, found %zu"), rule->min_size, unit,
                      size);
        return false;
    }
    if (rule->max_size > 0 && size > rule->max_size) {
        decode_broken(decoder, field, found, PUBLIC("must have at most %zu %s, found %zu"), rule->max_size, unit, size);
        return false;
    }
    return true;
}

/* Memory for the elements of a list or map. */
static void *make_items(struct decoder *decoder, const struct decode_field *field, const char *what, size_t count,
                        size_t size, size_t align)
{
    decode_size_fits(decoder, field, count, text_from(what), "items");
    void *items = arena_alloc_array(decoder->arena, count, size, align);
    if (items == NULL)
        decode_exhausted(decoder);
    return items;
}

void *decode_list(struct decoder *decoder, const struct decode_field *field, size_t size, size_t align, size_t *count)
{
    if (field->value->type != JSON_ARRAY) {
        decode_wrong_type(decoder, field, "array");
        return NULL;
    }
    *count = field->value->array.count;
    return make_items(decoder, field, "list", *count, size, align);
}

void *decode_map(struct decoder *decoder, const struct decode_field *field, size_t size, size_t align, size_t *count)
{
    if (field->value->type != JSON_OBJECT) {
        decode_wrong_type(decoder, field, "object");
        return NULL;
    }
    *count = field->value->object.count;
    return make_items(decoder, field, "map", *count, size, align);
}

struct failure decode_faults_failure(const struct decode_faults *faults, struct arena *arena)
{
    struct buffer joined = buffer_in(arena, (LIMIT_DECODE_FAULTS + 1) * LIMIT_FAULT_TEXT);
    struct failure failure = {0};
    bool all_public = true;

    for (size_t i = 0; i < faults->count; i++) {
        const struct decode_fault *fault = &faults->items[i];
        if (i > 0)
            buffer_add(&joined, TEXT("; "));
        if (all_public)
            failure.head = joined.size + fault->head;
        all_public = all_public && fault->head + fault->tail >= fault->message.size;
        failure.tail = fault->tail;
        buffer_add(&joined, fault->message);
    }
    if (faults->exhausted)
        buffer_add(&joined, faults->count == 0 ? TEXT("out of the memory budget of this task") : TEXT("; and more"));
    failure.text = buffer_text(&joined);
    if (all_public)
        failure.head = failure.text.size;
    else if (faults->exhausted)
        failure.tail = 0;
    return failure;
}

struct text decode_faults_text(const struct decode_faults *faults, struct arena *arena)
{
    return decode_faults_failure(faults, arena).text;
}

void decode_faults_prefix(struct decode_faults *faults, const char *prefix)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct decode_fault *fault = &faults->items[i];
        if (!fault->unreadable)
            continue;
        const struct text message = arena_print(faults->arena, "%s: %.*s", prefix, TEXT_ARG(fault->message));
        if (message.data == NULL) {
            faults->exhausted = true;
            continue;
        }
        fault->head += message.size - fault->message.size;
        fault->message = message;
    }
}

enum action_outcome decode_refuse(struct action_call *call, const struct decode_faults *faults, const char *unreadable)
{
    struct failure all = decode_faults_failure(faults, call->arena);
    bool any_unreadable = false;
    for (size_t i = 0; i < faults->count; i++)
        any_unreadable = any_unreadable || faults->items[i].unreadable;
    if (any_unreadable && all.text.data != NULL)
        all = failure_join(call->arena, failure_print(call->arena, PUBLIC("%s: "), unreadable), all);
    return action_refuse_with(call, all);
}
