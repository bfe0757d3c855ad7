/* Checks a config for faults that its schema cannot express. */
#include "erp/protected_columns.h"
#include "generated/lookup_entity.h"

void check_lookup_entity(struct decoder *decoder, const struct lookup_entity_config *config)
{
    for (size_t i = 0; i < config->filter.count; i++)
        if (secret_column(config->filter.items[i].key))
            decode_reject(decoder, "/filter", PUBLIC("invalid filter: %.*s"), TEXT_ARG(config->filter.items[i].key));
    for (size_t i = 0; i < config->fields.count; i++)
        if (secret_column(config->fields.items[i]))
            decode_reject(decoder, "/fields", PUBLIC("invalid fields: %.*s"), TEXT_ARG(config->fields.items[i]));
}
