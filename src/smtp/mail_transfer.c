#include "smtp/mail_transfer.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/limits.h"

/* An idle connection is not used again after this: relays end those of five minutes, or less. */
#define IDLE_MOST_S 60L
/* What the relay answers to the last line of a letter's data has been begun with this. */
#define GO_AHEAD 354
/* The answer to QUIT: says nothing of the letter, and comes after what does. */
#define GOODBYE 221

/* The relay's last answer: code, and its lines as one. */
struct answer {
    struct buffer text;
    int code;  /* 0: none yet */
    bool open; /* more lines follow */
};

/* One attempt. */
struct attempt {
    CURL *handle;
    const struct mail_patience *patience;
    struct answer answer;
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

/* What a stranger wrote, for logs and failure texts: as much as there is room for, one line, good UTF-8. */
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

/* libcurl gives each line of each answer. */
static size_t note_answer(char *data, size_t size, size_t count, void *hook)
{
    struct answer *answer = hook;
    struct text line = {.data = data, .size = size * count};
    int code = code_of(line);
    if (code == 0 || code == GOODBYE)
        return line.size;
    if (!answer->open)
        answer->text.size = 0;
    answer->code = code;
    answer->open = line.size > 3 && line.data[3] == '-';
    struct text words = text_trim(text_slice(line, 4, SIZE_MAX));
    if (words.size > 0 && answer->text.size < answer->text.limit)
        buffer_add_byte(&answer->text, ' ');
    add_readable(&answer->text, words);
    return line.size;
}

/* A letter that the relay is taking is not given up: nobody would know whether it was sent. */
static int is_over(void *hook, curl_off_t down_size, curl_off_t down, curl_off_t up_size, curl_off_t up)
{
    (void)down_size, (void)down, (void)up_size, (void)up;
    const struct attempt *attempt = hook;
    const struct mail_patience *patience = attempt->patience;
    return attempt->answer.code != GO_AHEAD && patience->is_canceled != NULL && patience->is_canceled(patience->hook);
}

/* What is the same for every letter. */
static bool set_up(CURL *handle, const struct mail_relay *relay)
{
    CURLcode code = curl_easy_setopt(handle, CURLOPT_URL, relay->url);
    code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_PROXY, "");
    code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, is_over);
    code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, note_answer);
    code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN, IDLE_MOST_S);
    long tls = relay->requires_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY;
    code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_USE_SSL, tls);
    if (relay->ca_file != NULL)
        code = code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_CAINFO, relay->ca_file);
    return code == CURLE_OK;
}

static bool open_handle(struct mail_transfer *transfer, const struct mail_relay *relay)
{
    if (transfer->handle == NULL)
        transfer->handle = curl_easy_init();
    return transfer->handle != NULL && set_up(transfer->handle, relay);
}

static void close_handle(struct mail_transfer *transfer)
{
    if (transfer->handle == NULL)
        return;
    /* libcurl says QUIT and would wait two minutes for the answer of a relay that hangs. */
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
    struct curl_slist *longer = curl_slist_append(*list, text.data);
    if (longer == NULL)
        return false;
    *list = longer;
    return true;
}

static bool set_envelope(struct attempt *attempt, const struct mail_message *message)
{
    for (size_t i = 0; i < message->recipient_count; i++) {
        if (!append(&attempt->recipients, message->recipients[i]))
            return false;
    }
    return curl_easy_setopt(attempt->handle, CURLOPT_MAIL_FROM, message->sender.data) == CURLE_OK &&
           curl_easy_setopt(attempt->handle, CURLOPT_MAIL_RCPT, attempt->recipients) == CURLE_OK;
}

static bool set_content(struct attempt *attempt, const struct mail_message *message)
{
    for (size_t i = 0; i < MAIL_HEADER_COUNT; i++) {
        if (!append(&attempt->headers, message->headers[i]))
            return false;
    }
    attempt->body = curl_mime_init(attempt->handle);
    curl_mimepart *part = attempt->body != NULL ? curl_mime_addpart(attempt->body) : NULL;
    return part != NULL && curl_mime_data(part, message->body.data, message->body.size) == CURLE_OK &&
           curl_mime_type(part, "text/plain; charset=utf-8") == CURLE_OK &&
           curl_mime_encoder(part, message->encoding) == CURLE_OK &&
           curl_easy_setopt(attempt->handle, CURLOPT_HTTPHEADER, attempt->headers) == CURLE_OK &&
           curl_easy_setopt(attempt->handle, CURLOPT_MIMEPOST, attempt->body) == CURLE_OK;
}

static bool set_limits(struct attempt *attempt, const struct mail_relay *relay, int64_t left_ms)
{
    int64_t most = left_ms < relay->transfer_timeout_ms ? left_ms : relay->transfer_timeout_ms;
    long whole = most > 0 ? (long)most : 1; /* 0 would be no limit */
    long connect = (long)relay->connect_timeout_ms;
    return curl_easy_setopt(attempt->handle, CURLOPT_TIMEOUT_MS, whole) == CURLE_OK &&
           curl_easy_setopt(attempt->handle, CURLOPT_CONNECTTIMEOUT_MS, connect) == CURLE_OK &&
           /* seconds; for the answer to QUIT, which the whole's timeout does not count in */
           curl_easy_setopt(attempt->handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, whole / 1000 + 1) == CURLE_OK &&
           curl_easy_setopt(attempt->handle, CURLOPT_ERRORBUFFER, attempt->fault) == CURLE_OK &&
           curl_easy_setopt(attempt->handle, CURLOPT_HEADERDATA, &attempt->answer) == CURLE_OK &&
           curl_easy_setopt(attempt->handle, CURLOPT_XFERINFODATA, attempt) == CURLE_OK;
}

/* The handle outlives the attempt: nothing of it may stay behind there. */
static void take_down(struct attempt *attempt)
{
    (void)curl_easy_setopt(attempt->handle, CURLOPT_MIMEPOST, NULL);
    (void)curl_easy_setopt(attempt->handle, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(attempt->handle, CURLOPT_MAIL_RCPT, NULL);
    (void)curl_easy_setopt(attempt->handle, CURLOPT_ERRORBUFFER, NULL);
    (void)curl_easy_setopt(attempt->handle, CURLOPT_HEADERDATA, NULL);
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

static struct text describe(struct arena *arena, const struct attempt *attempt, CURLcode code)
{
    switch (code) {
    case CURLE_ABORTED_BY_CALLBACK: return TEXT("canceled");
    case CURLE_USE_SSL_FAILED: return TEXT("the mail server offers no TLS, and a password is not sent without it");
    case CURLE_PEER_FAILED_VERIFICATION:
        return arena_print(arena, "the mail server's certificate is not trusted: %s", attempt->fault);
    default: return arena_print(arena, "%s", attempt->fault[0] != '\0' ? attempt->fault : curl_easy_strerror(code));
    }
}

static enum mail_outcome judge(struct arena *arena, struct attempt *attempt, CURLcode code, struct text *why)
{
    const struct answer *answer = &attempt->answer;
    if (code == CURLE_OK)
        return MAIL_ACCEPTED;
    if (answer->code >= 400 && answer->code < 600 && code != CURLE_USE_SSL_FAILED) {
        struct text words = buffer_text(&attempt->answer.text);
        *why = arena_print(arena, "%d%.*s", answer->code, TEXT_ARG(words));
        return answer->code >= 500 ? MAIL_REFUSED : MAIL_DEFERRED;
    }
    *why = describe(arena, attempt, code);
    if (!is_lost(code))
        return MAIL_DEFERRED;
    return answer->code == GO_AHEAD ? MAIL_UNKNOWN : MAIL_AWAY;
}

static int64_t left_ms(const struct mail_patience *patience)
{
    return patience->deadline_us != 0 ? (patience->deadline_us - clock_monotonic_us()) / 1000 : INT64_MAX;
}

static bool begin(struct mail_transfer *transfer, const struct mail_relay *relay, struct arena *arena,
                  const struct mail_patience *patience, struct attempt *attempt, struct text *why)
{
    if (!open_handle(transfer, relay)) {
        *why = TEXT("out of memory");
        return false;
    }
    *attempt = (struct attempt){
        .handle = transfer->handle,
        .patience = patience,
        .answer.text = buffer_in(arena, LIMIT_MAIL_ANSWER),
    };
    return true;
}

enum mail_outcome mail_transfer_check(struct mail_transfer *transfer, const struct mail_relay *relay,
                                      struct arena *arena, struct text sender, const struct mail_patience *patience,
                                      struct text *why)
{
    struct attempt attempt;
    if (!begin(transfer, relay, arena, patience, &attempt, why))
        return MAIL_DEFERRED;
    CURLcode code = CURLE_OUT_OF_MEMORY;
    /* Without a letter libcurl says this command in its place: who asks for a login refuses it where there was none. */
    struct text command = arena_print(arena, "MAIL FROM:<%.*s>", TEXT_ARG(sender));
    if (command.data != NULL && set_limits(&attempt, relay, left_ms(patience)) &&
        curl_easy_setopt(attempt.handle, CURLOPT_CUSTOMREQUEST, command.data) == CURLE_OK &&
        curl_easy_setopt(attempt.handle, CURLOPT_NOBODY, 1L) == CURLE_OK)
        code = curl_easy_perform(attempt.handle);
    enum mail_outcome outcome = judge(arena, &attempt, code, why);
    take_down(&attempt);
    close_handle(transfer);
    return outcome;
}

enum mail_outcome mail_transfer_run(struct mail_transfer *transfer, const struct mail_relay *relay, struct arena *arena,
                                    const struct mail_message *message, const struct mail_patience *patience,
                                    struct text *why)
{
    struct attempt attempt;
    if (!begin(transfer, relay, arena, patience, &attempt, why))
        return MAIL_DEFERRED;
    CURLcode code = CURLE_OUT_OF_MEMORY;
    if (set_limits(&attempt, relay, left_ms(patience)) && set_envelope(&attempt, message) &&
        set_content(&attempt, message))
        code = curl_easy_perform(attempt.handle);
    enum mail_outcome outcome = judge(arena, &attempt, code, why);
    take_down(&attempt);
    /* libcurl would use the connection again even when the answer to this letter is still to come: the next letter would
       take it for its own. */
    if (code != CURLE_OK)
        close_handle(transfer);
    return outcome;
}
