/* What update_field.c and update_field_reference.c share. */
#ifndef HANDLERS_UPDATE_FIELD_PARTS_H
#define HANDLERS_UPDATE_FIELD_PARTS_H

#include "generated/update_field.h"
#include "service/sql.h"

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
    char entity_id[UUID_TEXT_SIZE + 1]; /* as text, where a condition refers to it */
};

/* Finds the row of another table that new_value names, or makes it, and sets `written` and `resolved` to its id
   (contract handlers 6.2). On a fault, job->doing says which step it was. */
enum database_outcome update_field_resolve(struct update_job *job, struct database_session *session,
                                           struct database_fault *fault) MUST_CHECK;

#endif
