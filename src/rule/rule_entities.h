/* The known types of the records whose events start rules. Pure; any thread. */
#ifndef RULE_RULE_ENTITIES_H
#define RULE_RULE_ENTITIES_H

#include "action/registry.h"

/* Generated from spec/entities.yaml. */
extern const struct entity_type rule_entities[];
extern const size_t rule_entity_count;

/* The entity with that name, "orders" or "sales.orders"; NULL when it is not known. */
const struct entity_type *rule_entity_find(const struct entity_type *entities, size_t count, struct text name);

#endif
