/* Finds entities by name. */
#include "rule/rule_entities.h"

const struct entity_type *rule_entity_find(const struct entity_type *entities, size_t count, struct text name)
{
    for (size_t i = 0; i < count && name.size > 0; i++) {
        struct text table = text_from(entities[i].name);
        size_t dot = text_find_byte(table, '.');
        if (text_equal(name, table) || (dot != SIZE_MAX && text_equal(name, text_slice(table, dot + 1, table.size))))
            return &entities[i];
    }
    return NULL;
}
