/* Sends messages with libcurl. */
#include "smtp/mail_transfer.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buffer.h"
#include "base/limits.h"

/* An idle connection is not used again after this time; relays close idle connections after five minutes or less. */
#define IDLE_MAX_S 60L
/* The reply to DATA: from here on, the relay may accept the message. */
#define GO_AHEAD 354
/* The reply to QUIT, which follows the reply that matters. */
#define GOODBYE 221

/* The command that the relay answers. Its replies before MAIL are about the relay or the client, not about the
   message. */
enum stage { STAGE_GREETING, STAGE_HELLO, STAGE_TLS, STAGE_LOGIN, STAGE_MESSAGE };

/* The relay's last reply: the code, and its lines joined. */
struct answer {
    struct buffer text;
    int code;  /* 0 before the first */
    bool open; /* more lines follow */
};

/* One attempt. */
struct attempt {
    CURL *handle;
    const struct wait_limit *limit;
    struct answer answer;
    enum stage stage;
    bool logged_in; /* a login was tried */
    struct curl_slist *headers, *recipients;
    curl_mime *body;
    char fault[CURL_ERROR_SIZE];
};

static int code_of(struct text line)
{
    int code = 0;
    for (size_t i = 0; i < 3; i++) {
        if (i == line.size || line.data[i] < '0' || line.data[i] > '9')
            return 0;
        code = code * 10 + line.data[i] - '0';
    }
    return code;
}

/* Adds the relay's text, for logs and failure texts: one line of valid UTF-8, cut to the free space of the buffer. */
static void add_readable(struct buffer *buffer, struct text text)
{
    text = text_cut_utf8(text, buffer->limit - buffer->size);
    for (size_t at = 0; at < text.size;) {
        size_t size = text_utf8_size(text, at);
        bool readable = size > 1 || (size == 1 && text.data[at] >= ' ' && text.data[at] != 0x7f);
        buffer_add(buffer, readable ? text_slice(text, at, size) : TEXT("?"));
        at += size > 0 ? size : 1;
    }
}

/* libcurl calls this with each line of each reply. */
static size_t read_answer(char *data, size_t size, size_t count, void *userdata)
{
    struct answer *answer = userdata;
    struct text line = {.data = data, .size = size * count};
    int code = code_of(line);
    if (code == 0 || code == GOODBYE)
        return line.size;
    if (!answer->open)
        answer->text.size = 0;
    answer->code = code;
    answer->open = line.size > 3 && line.data[3] == '-';
    struct text rest = text_trim(text_slice(line, 4, SIZE_MAX));
    if (rest.size > 0 && answer->text.size < answer->text.limit)
        buffer_add_byte(&answer->text, ' ');
    add_readable(&answer->text, rest);
    return line.size;
}

/* libcurl calls this with each command. A line of a login other than AUTH matches none of the commands. */
static int read_command(CURL *handle, curl_infotype type, char *data, size_t size, void *userdata)
{
    (void)handle;
    struct attempt *attempt = userdata;
    struct text line = {.data = data, .size = size};
    if (type != CURLINFO_HEADER_OUT)
        return 0;
    if (text_starts(line, TEXT("EHLO ")) || text_starts(line, TEXT("HELO ")))
        attempt->stage = STAGE_HELLO;
    else if (text_starts(line, TEXT("STARTTLS\r\n")) && attempt->stage == STAGE_HELLO)
        attempt->stage = STAGE_TLS;
    else if (text_starts(line, TEXT("AUTH ")))
        attempt->stage = STAGE_LOGIN;
    else if (text_starts(line, TEXT("MAIL FROM:")))
        attempt->stage = STAGE_MESSAGE;
    attempt->logged_in = attempt->logged_in || attempt->stage == STAGE_LOGIN;
    return 0;
}

/* A message that the relay is accepting is not canceled, because the outcome would be unknown. */
static int is_over(void *userdata, curl_off_t down_size, curl_off_t down, curl_off_t up_size, curl_off_t up)
{
    (void)down_size, (void)down, (void)up_size, (void)up;
    const struct attempt *attempt = userdata;
    return attempt->answer.code != GO_AHEAD && wait_limit_is_canceled(attempt->limit);
}

/* Sets the options that all messages share. */
static bool set_up(CURL *handle, const struct mail_relay *relay, bool any_login)
{
    CURLcode code = curl_easy_setopt(handle, CURLOPT_URL, relay->url);
    code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_PROXY, "");
    code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, is_over);
    code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, read_answer);
    code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN, IDLE_MAX_S);
    long tls = relay->requires_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY;
    code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_USE_SSL, tls);
    code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_VERBOSE, 1L);
    code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, read_command);
    /* libcurl prefers mechanisms that need more than a password, such as GSSAPI, and tries only one mechanism. */
    if (!relay->names_login)
        code = code != CURLE_OK
                   ? code
                   : curl_easy_setopt(handle, CURLOPT_LOGIN_OPTIONS, any_login ? "AUTH=*" : "AUTH=PLAIN;AUTH=LOGIN");
    if (relay->ca_file != NULL) {
        code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_CAINFO, relay->ca_file);
        /* libcurl's default folder would add the system's list. */
        code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_CAPATH, NULL);
    }
    return code == CURLE_OK;
}

static bool open_handle(struct mail_transfer *transfer, const struct mail_relay *relay)
{
    if (transfer->handle == NULL)
        transfer->handle = curl_easy_init();
    return transfer->handle != NULL && set_up(transfer->handle, relay, transfer->any_login);
}

static void close_handle(struct mail_transfer *transfer)
{
    if (transfer->handle == NULL)
        return;
    /* libcurl sends QUIT and would wait two minutes for the reply of a relay that hangs. */
    curl_socket_t connection;
    if (curl_easy_getinfo(transfer->handle, CURLINFO_ACTIVESOCKET, &connection) == CURLE_OK &&
        connection != CURL_SOCKET_BAD)
        (void)shutdown(connection, SHUT_RD);
    curl_easy_cleanup(transfer->handle);
    transfer->handle = NULL;
}

struct mail_transfer *mail_transfer_new(void)
{
    return calloc(1, sizeof(struct mail_transfer));
}

void mail_transfer_free(struct mail_transfer *transfer)
{
    if (transfer == NULL)
        return;
    close_handle(transfer);
    free(transfer);
}

static bool append(struct curl_slist **list, struct text text)
{
    assert(text.data != NULL && text.data[text.size] == '\0');
    struct curl_slist *longer = curl_slist_append(*list, text.data);
    if (longer == NULL)
        return false;
    *list = longer;
    return true;
}

static bool set_envelope(struct attempt *attempt, const struct mail_object *object)
{
    for (size_t i = 0; i < object->recipient_count; i++) {
        if (!append(&attempt->recipients, object->recipients[i]))
            return false;
    }
    return curl_easy_setopt(attempt->handle, CURLOPT_MAIL_FROM, object->sender.data) == CURLE_OK &&
           curl_easy_setopt(attempt->handle, CURLOPT_MAIL_RCPT, attempt->recipients) == CURLE_OK;
}

static bool set_content(struct attempt *attempt, const struct mail_object *object)
{
    for (size_t i = 0; i < MAIL_HEADER_COUNT; i++) {
        if (!append(&attempt->headers, object->headers[i]))
            return false;
    }
    attempt->body = curl_mime_init(attempt->handle);
    curl_mimepart *part = attempt->body != NULL ? curl_mime_addpart(attempt->body) : NULL;
    return part != NULL && curl_mime_data(part, object->body.data, object->body.size) == CURLE_OK &&
           curl_mime_type(part, "text/plain; charset=utf-8") == CURLE_OK &&
           curl_mime_encoder(part, object->encoding) == CURLE_OK &&
           curl_easy_setopt(attempt->handle, CURLOPT_HTTPHEADER, attempt->headers) == CURLE_OK &&
           curl_easy_setopt(attempt->handle, CURLOPT_MIMEPOST, attempt->body) == CURLE_OK;
}

static bool set_limits(struct attempt *attempt, const struct mail_relay *relay, int64_t left_ms)
{
    int64_t timeout_ms = left_ms < relay->transfer_timeout_ms ? left_ms : relay->transfer_timeout_ms;
    long whole = timeout_ms > 0 ? (long)timeout_ms : 1; /* 0 would mean no limit */
    long connect = (long)relay->connect_timeout_ms;
    return curl_easy_setopt(attempt->handle, CURLOPT_TIMEOUT_MS, whole) == CURLE_OK &&
           curl_easy_setopt(attempt->handle, CURLOPT_CONNECTTIMEOUT_MS, connect) == CURLE_OK &&
           /* seconds; for the reply to QUIT, which CURLOPT_TIMEOUT_MS does not cover */
           curl_easy_setopt(attempt->handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, whole / 1000 + 1) == CURLE_OK &&
           curl_easy_setopt(attempt->handle, CURLOPT_ERRORBUFFER, attempt->fault) == CURLE_OK &&
           curl_easy_setopt(attempt->handle, CURLOPT_HEADERDATA, &attempt->answer) == CURLE_OK &&
           curl_easy_setopt(attempt->handle, CURLOPT_DEBUGDATA, attempt) == CURLE_OK &&
           curl_easy_setopt(attempt->handle, CURLOPT_XFERINFODATA, attempt) == CURLE_OK;
}

/* The handle outlives the attempt and must not keep pointers into it. */
static void take_down(struct attempt *attempt)
{
    assert(attempt->handle != NULL);
    (void)curl_easy_setopt(attempt->handle, CURLOPT_MIMEPOST, NULL);
    (void)curl_easy_setopt(attempt->handle, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(attempt->handle, CURLOPT_MAIL_RCPT, NULL);
    (void)curl_easy_setopt(attempt->handle, CURLOPT_ERRORBUFFER, NULL);
    (void)curl_easy_setopt(attempt->handle, CURLOPT_HEADERDATA, NULL);
    (void)curl_easy_setopt(attempt->handle, CURLOPT_DEBUGDATA, NULL);
    (void)curl_easy_setopt(attempt->handle, CURLOPT_XFERINFODATA, NULL);
    curl_mime_free(attempt->body);
    curl_slist_free_all(attempt->headers);
    curl_slist_free_all(attempt->recipients);
}

static bool is_lost(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_ABORTED_BY_CALLBACK: return true;
    default: return false;
    }
}

static struct failure describe(struct arena *arena, const struct attempt *attempt, CURLcode code)
{
    /* libcurl found no mechanism: the offered ones need a token (XOAUTH2, OAUTHBEARER) or a certificate. */
    if (code == CURLE_LOGIN_DENIED && !attempt->logged_in)
        return FAILURE_TEXT("the mail server offers no password login");
    switch (code) {
    case CURLE_ABORTED_BY_CALLBACK: return FAILURE_TEXT("canceled");
    case CURLE_USE_SSL_FAILED:
        return FAILURE_TEXT("the mail server offers no TLS, which a password or a CA file requires");
    case CURLE_PEER_FAILED_VERIFICATION:
        return failure_print(arena, "the mail server's certificate is not trusted: %s", attempt->fault);
    default: return failure_print(arena, "%s", attempt->fault[0] != '\0' ? attempt->fault : curl_easy_strerror(code));
    }
}

/* Returns the outcome of a 4xx or 5xx reply. 421: the relay closes the connection, whatever the command was. */
static enum mail_outcome outcome_of_answer(const struct attempt *attempt)
{
    int code = attempt->answer.code;
    if (attempt->stage == STAGE_LOGIN)
        return MAIL_DEFERRED;
    if (attempt->stage != STAGE_MESSAGE || code == 421)
        return MAIL_UNAVAILABLE;
    /* 530, 535 and 538: a login or TLS is missing, which does not concern this message. */
    return code >= 500 && code != 530 && code != 535 && code != 538 ? MAIL_REFUSED : MAIL_DEFERRED;
}

static enum mail_outcome outcome_of(struct arena *arena, struct attempt *attempt, CURLcode code, struct failure *why)
{
    const struct answer *answer = &attempt->answer;
    if (code == CURLE_OK)
        return MAIL_ACCEPTED;
    if (answer->code >= 400 && answer->code < 600 && code != CURLE_USE_SSL_FAILED) {
        struct text text = buffer_text(&attempt->answer.text);
        *why = failure_print(arena, PUBLIC("%d") "%.*s", answer->code, TEXT_ARG(text));
        return outcome_of_answer(attempt);
    }
    *why = describe(arena, attempt, code);
    if (!is_lost(code))
        return MAIL_DEFERRED;
    return answer->code == GO_AHEAD ? MAIL_UNKNOWN : MAIL_UNAVAILABLE;
}

static bool begin(struct mail_transfer *transfer, const struct mail_relay *relay, struct arena *arena,
                  const struct wait_limit *limit, struct attempt *attempt, struct failure *why)
{
    if (!open_handle(transfer, relay)) {
        *why = FAILURE_TEXT("out of memory");
        return false;
    }
    *attempt = (struct attempt){
        .handle = transfer->handle,
        .limit = limit,
        .answer.text = buffer_in(arena, LIMIT_MAIL_ANSWER),
    };
    return true;
}

/* Returns whether another attempt is due at once: the relay has closed a kept connection, or the login needs a
   mechanism that was not allowed, which is noted in the transfer. */
static bool is_due_again(struct mail_transfer *transfer, const struct mail_relay *relay, const struct attempt *attempt,
                         CURLcode code, enum mail_outcome outcome)
{
    long connects = 1;
    if (code == CURLE_LOGIN_DENIED && !attempt->logged_in && !relay->names_login && !transfer->any_login) {
        transfer->any_login = true;
        return true;
    }
    (void)curl_easy_getinfo(attempt->handle, CURLINFO_NUM_CONNECTS, &connects);
    bool was_kept = connects == 0 && attempt->stage == STAGE_MESSAGE;
    return outcome == MAIL_UNAVAILABLE && was_kept && !wait_limit_is_canceled(attempt->limit);
}

static enum mail_outcome check_once(struct mail_transfer *transfer, const struct mail_relay *relay, struct arena *arena,
                                    struct text sender, const struct wait_limit *limit, struct failure *why,
                                    bool *again)
{
    struct attempt attempt;
    *again = false;
    if (!begin(transfer, relay, arena, limit, &attempt, why))
        return MAIL_DEFERRED;
    CURLcode code = CURLE_OUT_OF_MEMORY;
    /* libcurl sends this command in place of a message; a relay that requires a login refuses it without one. */
    struct text command = arena_print(arena, "MAIL FROM:<%.*s>", TEXT_ARG(sender));
    if (command.data != NULL && set_limits(&attempt, relay, wait_limit_left_us(limit) / 1000) &&
        curl_easy_setopt(attempt.handle, CURLOPT_CUSTOMREQUEST, command.data) == CURLE_OK &&
        curl_easy_setopt(attempt.handle, CURLOPT_NOBODY, 1L) == CURLE_OK)
        code = curl_easy_perform(attempt.handle);
    enum mail_outcome outcome = outcome_of(arena, &attempt, code, why);
    *again = is_due_again(transfer, relay, &attempt, code, outcome);
    take_down(&attempt);
    close_handle(transfer);
    return outcome;
}

enum mail_outcome mail_transfer_check(struct mail_transfer *transfer, const struct mail_relay *relay,
                                      struct arena *arena, struct text sender, const struct wait_limit *limit,
                                      struct failure *why)
{
    bool again = true;
    enum mail_outcome outcome = MAIL_UNAVAILABLE;
    for (int i = 0; i < 2 && again; i++)
        outcome = check_once(transfer, relay, arena, sender, limit, why, &again);
    return outcome;
}

static enum mail_outcome run_once(struct mail_transfer *transfer, const struct mail_relay *relay, struct arena *arena,
                                  const struct mail_object *object, const struct wait_limit *limit, struct failure *why,
                                  bool *again)
{
    struct attempt attempt;
    *again = false;
    if (!begin(transfer, relay, arena, limit, &attempt, why))
        return MAIL_DEFERRED;
    CURLcode code = CURLE_OUT_OF_MEMORY;
    if (set_limits(&attempt, relay, wait_limit_left_us(limit) / 1000) && set_envelope(&attempt, object) &&
        set_content(&attempt, object))
        code = curl_easy_perform(attempt.handle);
    enum mail_outcome outcome = outcome_of(arena, &attempt, code, why);
    *again = is_due_again(transfer, relay, &attempt, code, outcome);
    take_down(&attempt);
    /* libcurl would reuse the connection even when the reply to this message is still to come, and would take it for
       the reply to the next message. */
    if (code != CURLE_OK)
        close_handle(transfer);
    return outcome;
}

enum mail_outcome mail_transfer_run(struct mail_transfer *transfer, const struct mail_relay *relay, struct arena *arena,
                                    const struct mail_object *object, const struct wait_limit *limit,
                                    struct failure *why)
{
    bool again = true;
    enum mail_outcome outcome = MAIL_UNAVAILABLE;
    for (int i = 0; i < 3 && again; i++)
        outcome = run_once(transfer, relay, arena, object, limit, why, &again);
    return outcome;
}
