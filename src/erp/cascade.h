/* How the ERP learns of a change, so that the change can start other rules: a row in workflow.cascade_outbox, written
   by the statement or transaction that makes the change. Where the table exists (erp_features.h), the ERP's relay takes
   the rows. It starts the rules of a row once, even when it finds the same id again. Any thread. */
#ifndef ERP_CASCADE_H
#define ERP_CASCADE_H

#include "action/action.h"
#include "postgres/database.h"

/* The events of one statement: CASCADE_INTO, then one CASCADE_ROW with its FROM and WHERE, or several joined by UNION
   ALL, and then CASCADE_ONCE. The events of one INSERT reach the ERP in the order of their rows. */
#define CASCADE_INTO                                                                                                   \
    "INSERT INTO workflow.cascade_outbox (id, domain, action, event_type, entity_name, payload, lineage)"
/* SELECT of one event for each selected row. All parameters but change_ are SQL: id_ is a uuid; domain_ and entity_ are
   texts, the ERP's name for the bus and the table name without its schema; params_ is a text, the JSON of
   cascade_params; lineage_ is jsonb. change_ is create or update. */
#define CASCADE_ROW(id_, domain_, change_, entity_, params_, lineage_)                                                 \
    " SELECT " id_ ", " domain_ ", '" change_ "d', 'on_" change_ "', " entity_                                         \
    ", jsonb_build_object('Domain', " domain_ ", 'Action', '" change_ "d', 'RawParams',"                               \
    " translate(encode(convert_to(" params_ ", 'UTF8'), 'base64'), E'\\n', '')), " lineage_
#define CASCADE_INSERT(id_, domain_, change_, entity_, params_, lineage_)                                              \
    CASCADE_INTO CASCADE_ROW(id_, domain_, change_, entity_, params_, lineage_)
#define CASCADE_ONCE " ON CONFLICT DO NOTHING"

/* {"entityID":...,"userID":...,"entity":{...}}. Ids may be nil. .data is NULL when the memory budget is exceeded. */
struct text cascade_params(struct arena *arena, struct uuid entity_id, struct uuid user_id,
                           const struct json_value *entity) MUST_CHECK;
/* The same for an update, with `beforeEntity`, the entity before the change; NULL leaves it out. */
struct text cascade_update_params(struct arena *arena, struct uuid entity_id, struct uuid user_id,
                                  const struct json_value *entity, const struct json_value *before) MUST_CHECK;

/* The rules and entities that led to this action, as the ERP passes them; SQL NULL when it passes none. .text.data is
   NULL without is_null when the memory budget is exceeded. */
struct database_parameter cascade_lineage(const struct action_call *call) MUST_CHECK;

#endif
