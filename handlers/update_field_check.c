/* Checks for columns that update_field may not write, or not even read, although their table is in the whitelist. */
#include "erp/protected_columns.h"
#include "generated/update_field.h"

/* Checks the row that a foreign key may insert. Reports only the first fault. False when there is a fault. */
static bool check_created_row(struct decoder *decoder, const struct update_field_foreign_key_config *config)
{
    struct text table = config->reference_table;
    const struct json_value *given = &config->create_config;
    if (!config->allow_create || given->type != JSON_OBJECT)
        return true;
    bool good = true;
    for (size_t i = 0; i < given->object.count && good; i++)
        good =
            protected_column_check(decoder, "/foreign_key_config/create_config", table, given->object.members[i].key);
    return good && protected_column_check(decoder, "/foreign_key_config/lookup_field", table, config->lookup_field);
}

/* The number of rows that match a comparison would reveal a secret, bit by bit. */
static void check_reference(struct decoder *decoder, const struct update_field_foreign_key_config *config)
{
    if (secret_column(config->id_field))
        decode_reject(decoder, "/foreign_key_config/id_field", PUBLIC("invalid foreign_key_config.id_field: %.*s"),
                      TEXT_ARG(config->id_field));
    if (check_created_row(decoder, config) && secret_column(config->lookup_field))
        decode_reject(decoder, "/foreign_key_config/lookup_field",
                      PUBLIC("invalid foreign_key_config.lookup_field: %.*s"), TEXT_ARG(config->lookup_field));
}

void check_update_field(struct decoder *decoder, const struct update_field_config *config)
{
    protected_column_check(decoder, "/target_field", config->target_entity, config->target_field);
    if (config->has_foreign_key_config)
        check_reference(decoder, &config->foreign_key_config);
    for (size_t i = 0; i < config->conditions.count; i++)
        if (secret_column(config->conditions.items[i].field_name))
            decode_reject(decoder, "/conditions", PUBLIC("condition %zu: invalid field_name: %.*s"), i,
                          TEXT_ARG(config->conditions.items[i].field_name));
}
