/* For tests of the effect ledger: a database with the worker's tables and a counter, actions that add to the counter,
   and what they log. */
#ifndef TEST_EFFECTS_H
#define TEST_EFFECTS_H

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>

#include "erp/effect_ledger.h"
#include "postgres.h"

/* What a performance does in its transaction. */
struct deed {
    const char *first, *second; /* statements; may be NULL */
    void (*between)(void);      /* runs between them, on the first call only; may be NULL */
    bool ignores_failures;      /* of the statements */
    enum action_outcome end;    /* when the statements succeed; REFUSED and RETRY with the failure "unwanted" */
    struct json_value result;
    atomic_uint *calls; /* of the body so far */
};

/* One performance of an action. */
struct performance {
    pthread_t thread;
    struct arena *arena;
    struct database *database;
    struct action_call call;
    struct deed deed;
    atomic_uint calls;
    struct json_value result;
    enum action_outcome outcome;
};

#define ADD_ONE "UPDATE counter SET value = value + 1 WHERE id = 1"
#define ADD_TWO "UPDATE counter SET value = value + 1 WHERE id = 2"

/* Makes the tables anew: no effect, counters 1 and 2 at zero, an empty table `thing` with a primary key. */
void effects_open(void);
/* postgres_do with a statement of at most 1000 bytes. */
void effects_do(const char *format, ...) PRINTF_LIKE(1, 2);
/* Of the first counter. */
long effects_value(void);
long effects_rows(void); /* of the ledger */

struct database *effects_database(struct text host, int64_t statement_timeout_ms); /* "": the server itself */
/* The n-th action, an activity in its first attempt, which executes the statement and results in {"n":1}. */
void effects_prepare(struct performance *performance, struct database *database, const char *statement, unsigned n);
void effects_release(struct performance *performance); /* its arena */
void effects_perform(struct performance *performance);
void effects_start(struct performance *performance); /* on its own thread */
void effects_join(struct performance *performance);
struct text effects_result(struct performance *performance); /* as text */
void effects_expect(struct performance *performance, enum action_outcome outcome, const char *failure);
/* Reads a document. */
struct json_value effects_json(struct performance *performance, const char *document);

/* How many lines have been logged that contain the text. */
unsigned effects_logged(const char *text);
#define REPEATED      "Action already took effect; using its stored result"
#define NOT_RECORDED  "Effects are not recorded and may be repeated"
#define WAITING_LOCKS "SELECT count(*) FROM pg_locks WHERE NOT granted"

#endif
