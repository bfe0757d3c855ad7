/* Keeps the values of secrets in use, so that they can be hidden in what a server sends back. */
#include "secrets/secret_store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "action/secret_text.h"
#include "base/buffer.h"
#include "base/limits.h"
#include "secrets/secret_file.h"

struct secret {
    char name[LIMIT_SECRET_NAME + 1];
    char *value;
    size_t size;
    bool of_file; /* from a file, not from a line: it may be sent where its .hosts file says */
};

struct secret_store {
    struct action_mask mask; /* the first member, see mask_hide */
    char *folder;            /* NULL: none */
    pthread_mutex_t lock;    /* protects the members below */
    struct secret items[LIMIT_SECRETS];
    size_t count; /* items are sorted, longest value first, so that hiding one value leaves no part of another */
};

static struct text value_of(const struct secret *secret)
{
    return (struct text){.data = secret->value, .size = secret->size};
}

static void forget(struct secret *secret)
{
    if (secret->value != NULL)
        explicit_bzero(secret->value, secret->size);
    free(secret->value);
    secret->value = NULL;
}

static struct secret *find(struct secret_store *store, struct text name, bool of_file)
{
    for (size_t i = 0; i < store->count; i++)
        if (store->items[i].of_file == of_file && text_is(name, store->items[i].name))
            return &store->items[i];
    return NULL;
}

/* Keeps a value, which replaces an earlier value of the same name. False without memory. */
static bool keep(struct secret_store *store, struct text name, struct text value, bool of_file)
{
    struct secret kept = {.of_file = of_file, .size = value.size, .value = malloc(value.size)};
    if (kept.value == NULL)
        return false;
    memcpy(kept.value, value.data, value.size);
    memcpy(kept.name, name.data, name.size);
    struct secret *old = find(store, name, of_file);
    if (old != NULL) {
        forget(old);
        memmove(old, old + 1, (size_t)(&store->items[store->count] - (old + 1)) * sizeof *old);
        store->count--;
    }
    size_t at = 0;
    while (at < store->count && store->items[at].size >= kept.size)
        at++;
    memmove(&store->items[at + 1], &store->items[at], (store->count - at) * sizeof kept);
    store->items[at] = kept;
    store->count++;
    return true;
}

static enum status read_line(struct secret_store *store, struct text line, size_t number, struct error *error)
{
    struct text value = line, name = text_trim(text_split(&value, '='));
    value = text_trim(value);
    if (store->count == LIMIT_SECRET_LINES)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "line %zu: more than %d secrets", number,
                         LIMIT_SECRET_LINES);
    if (!secret_name_is(name) || !secret_value_is(value))
        return error_set(error, STATUS_INVALID, TEXT_NONE,
                         "line %zu: expected NAME=value, where the name has letters, digits and _, and the value %d to "
                         "%zu bytes without control characters",
                         number, LIMIT_SECRET_SHORTEST, LIMIT_SECRET);
    if (find(store, name, false) != NULL)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "line %zu: another secret has that name", number);
    return keep(store, name, value, false) ? STATUS_OK : error_budget(error);
}

static enum status read_lines(struct secret_store *store, struct text lines, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t number = 1; status == STATUS_OK && lines.data != NULL; number++) {
        struct text line = text_trim(text_split(&lines, '\n'));
        if (line.size > 0 && line.data[0] != '#')
            status = read_line(store, line, number, error);
    }
    return status == STATUS_OK ? STATUS_OK : error_prefix(error, "ICHOR_WEBHOOK_SECRETS");
}

static enum status open_folder(struct secret_store *store, struct text folder, struct error *error)
{
    struct stat about;
    if (folder.size == 0)
        return STATUS_OK;
    store->folder = strndup(folder.data, folder.size);
    if (store->folder == NULL)
        return error_budget(error);
    if (stat(store->folder, &about) != 0 || !S_ISDIR(about.st_mode))
        return error_set(error, STATUS_INVALID, TEXT_NONE, "ICHOR_SECRETS_DIR: expected a folder that can be read");
    return STATUS_OK;
}

static struct text mask_hide(const struct action_mask *mask, struct arena *arena, struct text text)
{
    _Static_assert(offsetof(struct secret_store, mask) == 0, "a mask is the beginning of its store");
    return secret_store_hide((struct secret_store *)(uintptr_t)mask, arena, text);
}

enum status secret_store_new(const struct secret_options *options, struct secret_store **store, struct error *error)
{
    struct secret_store *made = calloc(1, sizeof *made);
    *store = NULL;
    if (made == NULL)
        return error_budget(error);
    pthread_mutex_init(&made->lock, NULL);
    made->mask.hide = mask_hide;
    enum status status = read_lines(made, options->lines, error);
    if (status == STATUS_OK)
        status = open_folder(made, options->folder, error);
    if (status == STATUS_OK)
        *store = made;
    else
        secret_store_free(made);
    return status;
}

void secret_store_free(struct secret_store *store)
{
    if (store == NULL)
        return;
    for (size_t i = 0; i < store->count; i++)
        forget(&store->items[i]);
    pthread_mutex_destroy(&store->lock);
    free(store->folder);
    free(store);
}

static enum secret_answer copy(struct arena *arena, struct text value, struct text *copied)
{
    *copied = arena_copy(arena, value);
    return copied->data != NULL ? SECRET_FOUND : SECRET_BUDGET;
}

static enum secret_answer find_file(struct secret_store *store, struct arena *arena, struct text name,
                                    struct text destination, struct text *value)
{
    char bytes[LIMIT_SECRET + 1];
    size_t size = 0;
    if (store->folder == NULL || !secret_name_is(name))
        return SECRET_UNKNOWN;
    enum secret_answer answer = secret_file_read(store->folder, name, bytes, &size);
    if (answer == SECRET_FOUND)
        answer = secret_file_allows(store->folder, name, destination);
    if (answer == SECRET_FOUND) {
        const struct text read = {.data = bytes, .size = size};
        pthread_mutex_lock(&store->lock);
        if (find(store, name, true) == NULL && store->count == LIMIT_SECRETS)
            answer = SECRET_TOO_MANY;
        else if (!keep(store, name, read, true))
            answer = SECRET_BUDGET;
        pthread_mutex_unlock(&store->lock);
        if (answer == SECRET_FOUND)
            answer = copy(arena, read, value);
    }
    explicit_bzero(bytes, sizeof bytes);
    return answer;
}

enum secret_answer secret_store_find(struct secret_store *store, struct arena *arena, struct text name,
                                     struct text destination, struct text *value)
{
    enum secret_answer answer = find_file(store, arena, name, destination, value);
    if (answer != SECRET_UNKNOWN)
        return answer;
    pthread_mutex_lock(&store->lock);
    const struct secret *line = find(store, name, false);
    if (line != NULL)
        answer = copy(arena, value_of(line), value);
    pthread_mutex_unlock(&store->lock);
    return answer;
}

static struct text hide(struct arena *arena, struct text text, struct text value)
{
    struct buffer hidden = buffer_in(arena, SIZE_MAX);
    size_t at;
    while ((at = text_find(text, value)) != SIZE_MAX) {
        buffer_add(&hidden, text_slice(text, 0, at));
        buffer_add(&hidden, TEXT("[secret]"));
        text = text_slice(text, at + value.size, SIZE_MAX);
    }
    buffer_add(&hidden, text);
    return buffer_text(&hidden);
}

struct text secret_store_hide(struct secret_store *store, struct arena *arena, struct text text)
{
    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < store->count && text.data != NULL; i++) {
        const struct text value = value_of(&store->items[i]);
        if (text_find(text, value) != SIZE_MAX)
            text = hide(arena, text, value);
    }
    pthread_mutex_unlock(&store->lock);
    return text;
}

struct text secret_store_trim(struct secret_store *store, struct text text)
{
    size_t most = 0;
    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < store->count; i++) {
        const struct text value = value_of(&store->items[i]);
        for (size_t size = value.size - 1; size > most; size--)
            if (text_ends(text, text_slice(value, 0, size)))
                most = size;
    }
    pthread_mutex_unlock(&store->lock);
    return text_slice(text, 0, text.size - most);
}

size_t secret_store_longest(struct secret_store *store)
{
    pthread_mutex_lock(&store->lock);
    const size_t longest = store->count > 0 ? store->items[0].size : 0;
    pthread_mutex_unlock(&store->lock);
    return longest;
}

const struct action_mask *secret_store_mask(const struct secret_store *store)
{
    return &store->mask;
}
