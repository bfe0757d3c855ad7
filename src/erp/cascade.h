/* How the ERP learns of a change, so that other rules may follow from it: a row in workflow.cascade_outbox, written by
   the statement or transaction that made the change. Where there is such a table (erp_features.h), the ERP's relay
   takes the rows; it starts a row's rules once, however often it finds a row of the same id. Any thread. */
#ifndef ERP_CASCADE_H
#define ERP_CASCADE_H

#include "action/action.h"
#include "postgres/database.h"

/* The events of one statement: CASCADE_INTO, then a CASCADE_ROW with its FROM and WHERE, or several with UNION ALL
   between, and CASCADE_ONCE. The events of one INSERT reach the ERP in the order of their rows. */
#define CASCADE_INTO                                                                                                   \
    "INSERT INTO workflow.cascade_outbox (id, domain, action, event_type, entity_name, payload, lineage)"
/* SELECT of one event for each row selected. All are SQL: id_ a uuid; domain_ and entity_ text, what the ERP calls the
   bus and the bare table; params_ text, JSON as cascade_params gives it; lineage_ jsonb. change_ is create or
   update. */
#define CASCADE_ROW(id_, domain_, change_, entity_, params_, lineage_)                                                 \
    " SELECT " id_ ", " domain_ ", '" change_ "d', 'on_" change_ "', " entity_                                         \
    ", jsonb_build_object('Domain', " domain_ ", 'Action', '" change_ "d', 'RawParams',"                               \
    " translate(encode(convert_to(" params_ ", 'UTF8'), 'base64'), E'\\n', '')), " lineage_
#define CASCADE_INSERT(id_, domain_, change_, entity_, params_, lineage_)                                              \
    CASCADE_INTO CASCADE_ROW(id_, domain_, change_, entity_, params_, lineage_)
#define CASCADE_ONCE " ON CONFLICT DO NOTHING"

/* {"entityID":...,"userID":...,"entity":{...}}. Ids may be nil. .data NULL past the budget. */
struct text cascade_params(struct arena *arena, struct uuid entity_id, struct uuid user_id,
                           const struct json_value *entity) MUST_CHECK;
/* Likewise of an update, with `beforeEntity`: what the entity was before; NULL leaves it out. */
struct text cascade_update_params(struct arena *arena, struct uuid entity_id, struct uuid user_id,
                                  const struct json_value *entity, const struct json_value *before) MUST_CHECK;

/* The rules and entities that led to this action, as the ERP passes them; NULL where it passes none. .text.data NULL
   past the budget. */
struct database_parameter cascade_lineage(const struct action_call *call) MUST_CHECK;

#endif
