/* What update_field.c, update_field_event.c and update_field_reference.c share. */
#ifndef HANDLERS_UPDATE_FIELD_INTERNAL_H
#define HANDLERS_UPDATE_FIELD_INTERNAL_H

#include "generated/update_field.h"
#include "postgres/sql.h"

/* One update on its way. Done again from the start when a transaction was lost. */
struct update_job {
    struct action_call *call;
    const struct update_field_config *config;
    struct update_field_conditions conditions; /* of the config, or the one that stands for none */
    const char *doing;                         /* what a fault is a fault of */
    struct json_value written;                 /* goes into target_field */
    bool has_resolved;
    struct uuid resolved; /* what a foreign key was resolved to */
    int64_t affected;
    struct text domain;                 /* the bus of the table; empty: no event is written */
    char entity_id[UUID_TEXT_SIZE + 1]; /* as text, where a condition refers to it */
};

/* Finds the row of another table that new_value names, or makes it, and sets `written` and `resolved` to its id. On a
   fault, job->doing says which step it was. */
enum database_outcome update_field_resolve(struct update_job *job, struct database_session *session,
                                           struct database_fault *fault) MUST_CHECK;

/* What the ERP calls the bus of a table; empty where it has none. */
struct text update_field_domain(struct text table);

/* Fills in the first UPDATE_FIELD_EVENT_PARAMETERS: id, domain, bare table, params and lineage of the event, when
   `written` is known. False past the budget. */
enum { UPDATE_FIELD_EVENT_PARAMETERS = 5 };
bool update_field_write_event(const struct update_job *job, struct database_parameter *parameters) MUST_CHECK;

#endif
