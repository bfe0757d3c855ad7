/* Records the statements that were run on a connection, so that the server prepares a repeated one. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "postgres/database_internal.h"

static bool is_same(const struct prepared *prepared, const struct command *command)
{
    assert(prepared->copy != NULL && prepared->text.data == prepared->copy);
    if (!text_equal(prepared->text, command->text) || prepared->count != command->count)
        return false;
    for (size_t i = 0; i < command->count; i++)
        if (prepared->types[i] != command->types[i])
            return false;
    return true;
}

/* The name is the same on every connection and in every process, so that it cannot mean another statement in a session
   that other clients use too. */
static struct uuid name_of(const struct command *command)
{
    static const struct uuid space = {
        {0x1d, 0x5c, 0x0a, 0x5e, 0x3f, 0x0b, 0x4c, 0x52, 0x9b, 0x1e, 0x3a, 0x8d, 0x64, 0x90, 0x27, 0xf3}};
    const struct text types = {.data = (const char *)command->types, .size = command->count * sizeof(unsigned)};
    return uuid_from_name(uuid_from_name(space, command->text), types);
}

static void forget(struct prepared *prepared)
{
    free(prepared->types);
    free(prepared->copy);
    *prepared = (struct prepared){0};
}

/* Returns a free entry, or the entry of the least recently used statement that the server has not prepared. NULL if
   there is none. */
static struct prepared *find_room(struct database_connection *connection)
{
    assert(connection->prepared != NULL);
    struct prepared *room = NULL;
    for (size_t i = 0; i < LIMIT_PREPARED_STATEMENTS; i++) {
        struct prepared *entry = &connection->prepared[i];
        if (entry->copy == NULL)
            return entry;
        if (entry->state == PREPARED_SEEN && (room == NULL || entry->last_use < room->last_use))
            room = entry;
    }
    return room;
}

static void remember(struct database_connection *connection, const struct command *command)
{
    struct prepared *entry = find_room(connection);
    if (entry == NULL)
        return;
    assert(entry->state == PREPARED_SEEN);
    if (entry->copy != NULL)
        forget(entry);
    char *copy = malloc(command->text.size);
    unsigned *types = calloc(command->count, sizeof(*types));
    if (copy == NULL || types == NULL) {
        free(copy);
        free(types);
        return;
    }
    (void)memcpy(copy, command->text.data, command->text.size);
    for (size_t i = 0; i < command->count; i++)
        types[i] = command->types[i];
    assert(entry->copy == NULL);
    *entry = (struct prepared){.copy = copy,
                               .text = {.data = copy, .size = command->text.size},
                               .types = types,
                               .count = command->count,
                               .last_use = connection->uses};
    uuid_format(name_of(command), entry->name);
}

struct prepared *database_prepared_find(struct database_connection *connection, const struct command *command)
{
    if (connection->is_pooled || (command->count == 0 && !command->is_fixed) || command->text.size == 0 ||
        command->text.size > LIMIT_PREPARED_BYTES)
        return NULL;
    if (connection->prepared == NULL)
        connection->prepared = calloc(LIMIT_PREPARED_STATEMENTS, sizeof(*connection->prepared));
    if (connection->prepared == NULL)
        return NULL;
    connection->uses++;
    for (size_t i = 0; i < LIMIT_PREPARED_STATEMENTS; i++) {
        struct prepared *entry = &connection->prepared[i];
        if (entry->copy == NULL || !is_same(entry, command))
            continue;
        assert(entry->last_use < connection->uses);
        entry->last_use = connection->uses;
        return entry->state != PREPARED_NEVER ? entry : NULL;
    }
    remember(connection, command);
    return NULL;
}

void database_prepared_free(struct database_connection *connection)
{
    for (size_t i = 0; connection->prepared != NULL && i < LIMIT_PREPARED_STATEMENTS; i++)
        forget(&connection->prepared[i]);
    free(connection->prepared);
}
