/* What update_field may not write although its table is in the whitelist. */
#include "erp/protected_columns.h"
#include "generated/update_field.h"

/* The row that a foreign key may insert: no fault beyond the first. */
static void check_created_row(struct decoder *decoder, const struct update_field_foreign_key_config *config)
{
    struct text table = config->reference_table;
    const struct json_value *given = &config->create_config;
    if (!config->allow_create || given->type != JSON_OBJECT)
        return;
    bool good = true;
    for (size_t i = 0; i < given->object.count && good; i++)
        good =
            protected_column_check(decoder, "/foreign_key_config/create_config", table, given->object.members[i].key);
    if (good)
        protected_column_check(decoder, "/foreign_key_config/lookup_field", table, config->lookup_field);
}

void check_update_field(struct decoder *decoder, const struct update_field_config *config)
{
    protected_column_check(decoder, "/target_field", config->target_entity, config->target_field);
    if (config->has_foreign_key_config)
        check_created_row(decoder, &config->foreign_key_config);
}
