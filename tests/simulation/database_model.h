/* A model of PostgreSQL, written from its documents: sessions with transactions, locks that others wait for, timeouts.
   Its tables and statements are those of erp_model.c; what is lost is lost on the way (fake_database.c). */
#ifndef TESTS_SIMULATION_DATABASE_MODEL_H
#define TESTS_SIMULATION_DATABASE_MODEL_H

#include "tests/simulation/fiber.h"

#define MODEL_COLUMNS 8

/* On the server, of one connection. Lives until the seed ends. */
struct session {
    struct process *process;
    const char *killed; /* the SQLSTATE that the server ended it with; NULL: it lives */
    bool client_gone;   /* and the server has noticed */
    bool in_block, failed;
    struct model_write *writes, **writes_end;
    struct session *waits_for; /* the holder of a lock */
    struct model_request *request;
    int64_t statement_timeout_us, idle_timeout_us;
    int64_t arrival_us; /* of the newest message */
    struct sim_event *timer;
    struct session *next;
};

struct model_command {
    struct text text;
    const struct text *values; /* .data NULL: NULL */
    size_t count;
};

struct model_answer {
    const char *sqlstate; /* NULL: no error */
    bool rolled_back;     /* COMMIT of a transaction that had failed */
    size_t row_count, column_count;
    struct text cells[MODEL_COLUMNS];
    int64_t affected;
};

/* Commands that are sent together. Lives until the seed ends. */
struct model_request {
    struct session *session;
    struct model_command *commands;
    size_t count, at;
    size_t refuse_at; /* this command fails with refuse_with */
    const char *refuse_with;
    size_t crash_at;             /* before this one the server process dies; SIZE_MAX: it does not */
    struct model_answer *answer; /* of the one that failed, or of the last one with rows */
    bool fatal;                  /* the answer is the session's end */
    bool in_block, failed;       /* of the session after the commands, which the client learns with the answer */
    bool answered, unanswered;   /* unanswered: the answer is lost */
    struct fiber *waiting;
};

void model_begin(void); /* of each seed */
struct session *model_connect(struct process *process, int64_t statement_timeout_us, int64_t idle_timeout_us);
void model_send(struct model_request *request, int64_t delay_us);
/* The client has closed its connection; the server sees it after that time. */
void model_close(struct session *session, int64_t delay_us);
/* The process has died: as model_close of all its sessions, now and then much later, as when a host is lost. */
void model_process_gone(const struct process *process);
/* The server restarts: every session ends. */
void model_restart(void);

/* For the statements. */
enum model_lock { LOCK_TAKEN, LOCK_WAITS, LOCK_DEADLOCK };
/* A lock that the transaction holds to its end. LOCK_WAITS: the statement is executed again when it is free. */
enum model_lock model_lock(struct session *session, unsigned number);
#define MODEL_LOCKS 4096
/* function runs when the transaction commits. */
void model_on_commit(struct session *session, sim_function *function, void *userdata);
/* By erp_model.c: executes a statement. False: it waits for a lock. */
bool erp_statement(struct session *session, const struct model_command *command, struct model_answer *answer);

#endif
