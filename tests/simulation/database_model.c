/* PostgreSQL's rules: who waits for whom, what is applied, and when a session ends. */
#include "tests/simulation/database_model.h"

#include <assert.h>
#include <string.h>

/* How often a server looks for clients that have gone while it executes a statement. */
#define CHECK_CLIENT_US S

struct model_write {
    sim_function *function;
    void *userdata;
    struct model_write *next;
};

static struct session *sessions;
static struct session *holders[MODEL_LOCKS];

void model_begin(void)
{
    sessions = NULL;
    memset(holders, 0, sizeof holders);
}

struct session *model_connect(struct process *process, int64_t statement_timeout_us, int64_t idle_timeout_us)
{
    struct session *session = SIM_NEW(struct session);
    *session = (struct session){.process = process,
                                .statement_timeout_us = statement_timeout_us,
                                .idle_timeout_us = idle_timeout_us,
                                .next = sessions};
    session->writes_end = &session->writes;
    return sessions = session;
}

/* ---- transactions ---- */

static void retry(void *userdata);

/* Each that waits looks again. */
static void release_locks(struct session *session)
{
    for (size_t i = 0; i < MODEL_LOCKS; i++)
        if (holders[i] == session)
            holders[i] = NULL;
    for (struct session *other = sessions; other != NULL; other = other->next)
        if (other->waits_for == session)
            (void)sim_after(NULL, sim_between(0, 100), retry, other);
}

static void end_transaction(struct session *session, bool commit)
{
    struct model_write *write = session->writes;
    session->writes = NULL;
    session->writes_end = &session->writes;
    session->in_block = session->failed = false;
    for (; commit && write != NULL; write = write->next)
        write->function(write->userdata);
    release_locks(session);
}

void model_on_commit(struct session *session, sim_function *function, void *userdata)
{
    struct model_write *write = SIM_NEW(struct model_write);
    *write = (struct model_write){.function = function, .userdata = userdata};
    *session->writes_end = write;
    session->writes_end = &write->next;
}

enum model_lock model_lock(struct session *session, unsigned number)
{
    assert(number < MODEL_LOCKS);
    struct session *holder = holders[number];
    if (holder == NULL || holder == session) {
        holders[number] = session;
        return LOCK_TAKEN;
    }
    for (const struct session *other = holder; other != NULL; other = other->waits_for)
        if (other == session)
            return LOCK_DEADLOCK;
    session->waits_for = holder;
    return LOCK_WAITS;
}

/* ---- the answer ---- */

static void deliver(void *userdata)
{
    struct model_request *request = userdata;
    request->answered = true;
    if (request->waiting != NULL)
        fiber_resume(request->waiting);
}

static void answer(struct model_request *request)
{
    struct session *session = request->session;
    session->request = NULL;
    request->in_block = session->in_block;
    request->failed = session->failed;
    if (request->unanswered)
        sim_note("the answer of the database is lost");
    else
        (void)sim_after(session->process, sim_between(20, MS), deliver, request);
}

static void kill_session(struct session *session, const char *sqlstate)
{
    if (session->killed != NULL)
        return;
    sim_cancel(session->timer);
    session->killed = sqlstate;
    session->waits_for = NULL;
    end_transaction(session, false);
    struct model_request *request = session->request;
    if (request == NULL)
        return;
    request->fatal = true;
    request->answer->sqlstate = sqlstate;
    answer(request);
}

static void is_idle(void *userdata)
{
    struct session *session = userdata;
    sim_note("the database ends an idle transaction of worker %u", session->process->number);
    kill_session(session, "25P03");
}

/* ---- statements ---- */

static void run_commands(struct model_request *request);

static void statement_timeout(void *userdata)
{
    struct session *session = userdata;
    sim_note("the database ends a statement of worker %u that waits", session->process->number);
    session->waits_for = NULL;
    session->request->answer->sqlstate = "57014";
    run_commands(session->request);
}

static void retry(void *userdata)
{
    struct session *session = userdata;
    if (session->waits_for == NULL || session->killed != NULL)
        return;
    session->waits_for = NULL;
    run_commands(session->request);
}

static bool is_control(const struct model_command *command, const char *word)
{
    return text_is(command->text, word);
}

static void commit(struct session *session, struct model_answer *answer)
{
    if (session->failed)
        *answer = (struct model_answer){.rolled_back = true};
    end_transaction(session, !session->failed);
}

/* False: it waits. */
static bool execute(struct model_request *request)
{
    struct session *session = request->session;
    const struct model_command *command = &request->commands[request->at];
    if (request->refuse_with != NULL && request->at == request->refuse_at) {
        sim_note("the database refuses a statement of worker %u: %s", session->process->number, request->refuse_with);
        request->answer->sqlstate = request->refuse_with;
        return true;
    }
    if (is_control(command, "ROLLBACK")) {
        end_transaction(session, false);
    } else if (is_control(command, "COMMIT")) {
        commit(session, request->answer);
    } else if (session->failed) {
        request->answer->sqlstate = "25P02";
    } else if (is_control(command, "BEGIN")) {
        session->in_block = true;
    } else {
        return erp_statement(session, command, request->answer);
    }
    return true;
}

/* What follows a command that fails is skipped. Outside a block the commands are one transaction. */
static void commands_end(struct model_request *request)
{
    struct session *session = request->session;
    bool failed = request->answer->sqlstate != NULL;
    session->failed = session->in_block && (session->failed || failed);
    if (failed && is_control(&request->commands[request->at - 1], "COMMIT"))
        session->in_block = false;
    if (!session->in_block)
        end_transaction(session, !failed);
    sim_cancel(session->timer);
    session->timer = session->in_block ? sim_after(NULL, session->idle_timeout_us, is_idle, session) : NULL;
    answer(request);
    if (session->client_gone)
        kill_session(session, "08006");
}

static void run_commands(struct model_request *request)
{
    struct session *session = request->session;
    sim_cancel(session->timer);
    for (; request->at < request->count && request->answer->sqlstate == NULL; request->at++) {
        if (request->at == request->crash_at) {
            sim_note("a process of the database dies before statement %zu of worker %u", request->at,
                     session->process->number);
            kill_session(session, "57P02");
            return;
        }
        if (!execute(request)) {
            session->timer = sim_after(NULL, session->statement_timeout_us, statement_timeout, session);
            return;
        }
    }
    commands_end(request);
}

/* ---- messages ---- */

static void arrive(void *userdata)
{
    struct model_request *request = userdata;
    struct session *session = request->session;
    if (session->client_gone)
        return;
    assert(session->request == NULL);
    session->request = request;
    if (session->killed == NULL) {
        run_commands(request);
        return;
    }
    request->fatal = true;
    request->answer->sqlstate = session->killed;
    answer(request);
}

/* In the order sent. */
static int64_t arrival(struct session *session, int64_t delay_us)
{
    int64_t at_us = sim.now_us + delay_us;
    session->arrival_us = at_us > session->arrival_us ? at_us : session->arrival_us;
    return session->arrival_us - sim.now_us;
}

void model_send(struct model_request *request, int64_t delay_us)
{
    (void)sim_after(NULL, arrival(request->session, delay_us), arrive, request);
}

static void client_checked(void *userdata)
{
    kill_session(userdata, "08006");
}

static void closed(void *userdata)
{
    struct session *session = userdata;
    session->client_gone = true;
    if (session->request == NULL)
        kill_session(session, "08006");
    else if (sim_chance(80)) /* not every system can check */
        (void)sim_after(NULL, sim_between(0, CHECK_CLIENT_US), client_checked, session);
}

void model_close(struct session *session, int64_t delay_us)
{
    (void)sim_after(NULL, arrival(session, delay_us), closed, session);
}

void model_process_gone(const struct process *process)
{
    bool host_lost = sim_chance(15);
    for (struct session *session = sessions; session != NULL; session = session->next)
        if (session->process == process && session->killed == NULL && !session->client_gone)
            model_close(session, host_lost ? sim_between(S, 60 * S) : sim_between(20, 5 * MS));
}

void model_restart(void)
{
    for (struct session *session = sessions; session != NULL; session = session->next)
        kill_session(session, "57P01");
}
