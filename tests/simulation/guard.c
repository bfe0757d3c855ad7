/* What a worker may send about a task: one answer, which may be tried again as long as it fails, and no heartbeat
   behind it. */
#include "tests/simulation/guard.h"

#include <string.h>

#include "temporal/channel.h"

#define BUCKETS 256

/* What one process has sent about one task. */
struct token {
    struct process *process;
    struct text text;
    unsigned answers, heartbeats;    /* under way */
    bool answered;                   /* and the server has said so */
    bool gone;                       /* the server has said that it does not wait for it */
    bool sent;                       /* an answer, at least once */
    int answer_code, heartbeat_code; /* of the newest one that ended */
    const char *method;
    struct token *next;
};

static struct token *tokens[BUCKETS];

void guard_begin(void)
{
    memset(tokens, 0, sizeof tokens);
}

/* Their first field is the token. */
static bool is_answer(const char *method)
{
    return strncmp(method, "Respond", 7) == 0;
}

static struct text token_of(struct text request)
{
    struct text token = {.data = request.data + 2};
    SIM_CHECK(request.size > 2 && request.data[0] == 0x0A && request.data[1] > 0, "a request without a task's token");
    token.size = (size_t)request.data[1];
    return token;
}

static struct token **place_of(const struct process *process, struct text text)
{
    unsigned hash = process != NULL ? process->number : 0;
    for (size_t i = 0; i < text.size; i++)
        hash = hash * 31 + (unsigned char)text.data[i];
    struct token **place = &tokens[hash % BUCKETS];
    for (; *place != NULL; place = &(*place)->next)
        if ((*place)->process == process && text_equal((*place)->text, text))
            break;
    return place;
}

static struct token *find_text(struct process *process, struct text text)
{
    struct token **place = place_of(process, text);
    if (*place != NULL)
        return *place;
    *place = SIM_NEW(struct token);
    **place = (struct token){.process = process, .text = sim_copy(text)};
    return *place;
}

static struct token *find(struct process *process, struct text request)
{
    return find_text(process, token_of(request));
}

void guard_swept(struct text token)
{
    (void)find_text(NULL, token);
}

/* Its heartbeats may be those of a sweep, of which the activity that is still at work here learns nothing. */
static bool is_swept(const struct token *token)
{
    return *place_of(NULL, token->text) != NULL;
}

static bool may_help(int code)
{
    return code == RPC_UNAVAILABLE || code == RPC_RESOURCE_EXHAUSTED || code == RPC_INTERNAL || code == RPC_UNKNOWN ||
           code == RPC_ABORTED || code == RPC_DEADLINE_EXCEEDED;
}

static void answer_sent(struct token *token, const char *method)
{
    SIM_CHECK(!token->answered, "%s of %.*s, whose answer the server has acknowledged", method, TEXT_ARG(token->text));
    SIM_CHECK(token->answers == 0, "two answers at once to %.*s", TEXT_ARG(token->text));
    SIM_CHECK(token->sent || !token->gone, "%s of %.*s, which the server no longer waits for", method,
              TEXT_ARG(token->text));
    SIM_CHECK(!token->sent || may_help(token->answer_code) || strcmp(method, token->method) != 0,
              "%s of %.*s again, which the server has refused", method, TEXT_ARG(token->text));
    token->sent = true;
    token->method = method;
    token->answers++;
}

/* One that failed may be on its way again when the answer goes out. */
static void heartbeat_sent(struct token *token)
{
    bool again = may_help(token->heartbeat_code);
    token->heartbeats++;
    if (is_swept(token))
        return;
    SIM_CHECK(!token->sent || again, "a heartbeat behind the answer to %.*s", TEXT_ARG(token->text));
    SIM_CHECK(!token->gone, "a heartbeat of %.*s, which the server no longer waits for", TEXT_ARG(token->text));
    SIM_CHECK(token->heartbeats == 1, "two heartbeats at once of %.*s", TEXT_ARG(token->text));
}

void guard_sent(struct process *process, const char *method, struct text request)
{
    if (is_answer(method))
        answer_sent(find(process, request), method);
    else if (strcmp(method, "RecordActivityTaskHeartbeat") == 0)
        heartbeat_sent(find(process, request));
}

void guard_ended(struct process *process, const char *method, struct text request, int code)
{
    if (is_answer(method)) {
        struct token *token = find(process, request);
        token->answers--;
        token->answer_code = code;
        token->answered = token->answered || code == RPC_OK;
    } else if (strcmp(method, "RecordActivityTaskHeartbeat") == 0) {
        struct token *token = find(process, request);
        token->heartbeats--;
        token->heartbeat_code = code;
        token->gone = token->gone || (code == RPC_NOT_FOUND && !is_swept(token));
    }
}
