/* What a run is about: its rule and the record that has started it. Single-threaded. */
#ifndef RUNS_RUN_SUBJECT_H
#define RUNS_RUN_SUBJECT_H

#include "base/json_writer.h"
#include "runs/blocking_client.h"
#include "temporal/client_runs.h"

struct run_subject {
    struct text rule;   /* its name; empty when unknown */
    struct text entity; /* such as "orders" */
    struct text number; /* of the record, such as "SO-2026-1042"; empty when it has no number */
    struct text entity_id;
};

/* From the WorkflowInput of a run, copied into the arena. False: it is no input, or the arena is full. */
bool run_subject_of_input(struct arena *arena, struct text input, struct run_subject *subject) MUST_CHECK;
/* From the memo and the search attributes of a run; borrowed. False: they do not say. */
bool run_subject_of_info(struct arena *arena, const struct run_info *info, struct run_subject *subject) MUST_CHECK;

/* Its members of an object about the run: execution_id, rule, entity, number and entity_id; null where unknown. */
void run_subject_write_json(struct json_writer *json, struct text workflow_id, const struct run_subject *subject);

/* The subjects of runs, into the client's arena: from what the server lists of a run, else from its first event, which
   is read. A subject stays empty when that fails; *unread: of how many. False: out of memory. */
bool run_subjects_read(struct blocking_client *temporal, const struct run_info *runs, size_t count,
                       struct run_subject *subjects, size_t *unread) MUST_CHECK;

/* What people call the record: "orders SO-2026-1042". In the arena. */
struct text run_subject_record(struct arena *arena, const struct run_subject *subject) MUST_CHECK;

/* The execution id in a workflow id of the ERP's form, workflow-{rule}-{entity}-{execution}: the UUID at its end. Empty
   when there is none. */
struct text run_execution_in(struct text workflow_id);

#endif
