/* Sends requests with libcurl. */
#include "http/http_transfer.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/limits.h"

/* Servers close idle connections after about a minute; a name may lead to another address after a few minutes. */
#define IDLE_MAX_S 50L
#define AGE_MAX_S  300L
#define KEPT_MAX   4L /* idle connections of one handle, to several hosts */

/* libcurl's error for a header line that is too long for it. */
#if LIBCURL_VERSION_NUM >= 0x080600
#define LINE_TOO_LARGE CURLE_TOO_LARGE
#else
#define LINE_TOO_LARGE CURLE_OUT_OF_MEMORY
#endif

/* One exchange. */
struct exchange {
    CURL *handle;
    const struct http_policy *policy;
    const struct http_url *url;
    const struct wait_limit *limit;
    struct http_answer *answer;
    struct buffer body;
    size_t head_bytes;              /* of the answer, including interim answers */
    bool head_too_large, head_done; /* of the final answer */
    bool full;                      /* the body has answer_bytes, and more came */
    bool refused;                   /* an address of the host was refused */
    char refused_address[HTTP_ADDRESS_TEXT];
    struct curl_slist *headers;
    char fault[CURL_ERROR_SIZE];
};

struct http_transfer *http_transfer_new(void)
{
    struct http_transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL)
        return NULL;
    transfer->handle = curl_easy_init();
    if (transfer->handle != NULL)
        return transfer;
    free(transfer);
    return NULL;
}

void http_transfer_free(struct http_transfer *transfer)
{
    if (transfer == NULL)
        return;
    curl_easy_cleanup(transfer->handle);
    free(transfer);
}

/* ---- callbacks of libcurl ---- */

static bool allow(struct exchange *exchange, const struct http_address *address)
{
    if (http_policy_allows(exchange->policy, exchange->url->listed, address))
        return true;
    exchange->refused = true;
    http_address_write(address, exchange->refused_address);
    return false;
}

/* Opens the socket for one address of the host. If this fails, libcurl tries the next address. */
static curl_socket_t open_socket(void *userdata, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct exchange *exchange = userdata;
    struct http_address address;
    (void)purpose;
    if (!http_address_of_socket(&to->addr, &address) || !allow(exchange, &address))
        return CURL_SOCKET_BAD;
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* Called just before the request is sent, on a new or a kept connection. */
static int check_peer(void *userdata, char *peer, char *own, int peer_port, int own_port)
{
    struct exchange *exchange = userdata;
    struct http_address address;
    (void)own, (void)peer_port, (void)own_port;
    if (!http_address_read(text_from(peer), &address) || !allow(exchange, &address))
        return CURL_PREREQFUNC_ABORT;
    exchange->answer->sent = true;
    return CURL_PREREQFUNC_OK;
}

static size_t read_header(char *data, size_t size, size_t count, void *userdata)
{
    struct exchange *exchange = userdata;
    struct text line = {.data = data, .size = size * count};
    long status = 0;
    exchange->head_bytes += line.size;
    exchange->head_too_large = exchange->head_bytes > LIMIT_WEBHOOK_ANSWER_HEAD;
    if (exchange->head_too_large)
        return 0;
    if (text_trim(line).size == 0 && curl_easy_getinfo(exchange->handle, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
        status >= 200)
        exchange->head_done = true;
    return line.size;
}

static size_t read_body(char *data, size_t size, size_t count, void *userdata)
{
    struct exchange *exchange = userdata;
    struct text bytes = {.data = data, .size = size * count};
    size_t room = exchange->body.limit - exchange->body.size;
    exchange->full = bytes.size > room;
    buffer_add(&exchange->body, text_slice(bytes, 0, room));
    return exchange->full || exchange->body.failed ? 0 : bytes.size;
}

static int is_canceled(void *userdata, curl_off_t down_size, curl_off_t down, curl_off_t up_size, curl_off_t up)
{
    const struct exchange *exchange = userdata;
    (void)down_size, (void)down, (void)up_size, (void)up;
    return wait_limit_is_canceled(exchange->limit);
}

/* ---- the request ---- */

#define SET(option_, value_) (curl_easy_setopt(exchange->handle, (option_), (value_)) == CURLE_OK)

/* Sets the options that are the same for all requests. */
static bool set_rules(struct exchange *exchange, const char *ca_file)
{
    bool good = SET(CURLOPT_PROTOCOLS_STR, exchange->policy->allow_plain ? "http,https" : "https") &&
                SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) && SET(CURLOPT_FOLLOWLOCATION, 0L) &&
                SET(CURLOPT_PROXY, "") && SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) &&
                SET(CURLOPT_SSL_VERIFYPEER, 1L) && SET(CURLOPT_SSL_VERIFYHOST, 2L) &&
                SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) && SET(CURLOPT_NOSIGNAL, 1L) &&
                SET(CURLOPT_DNS_CACHE_TIMEOUT, 0L) && SET(CURLOPT_MAXCONNECTS, KEPT_MAX) &&
                SET(CURLOPT_MAXAGE_CONN, IDLE_MAX_S) && SET(CURLOPT_MAXLIFETIME_CONN, AGE_MAX_S) &&
                /* A hanging resolver must not delay the outcome: its thread ends later. */
                SET(CURLOPT_QUICK_EXIT, 1L) && SET(CURLOPT_USERAGENT, "ichor-workflow-worker/" WORKER_VERSION);
    /* With a ca_file, the system's list is libcurl's default folder of certificates. Without one, it is libcurl's
       default file, which libcurl keeps in memory only if no folder is set. */
    return good && (ca_file != NULL ? SET(CURLOPT_CAINFO, ca_file) : SET(CURLOPT_CAPATH, NULL));
}

static bool set_callbacks(struct exchange *exchange)
{
    return SET(CURLOPT_OPENSOCKETFUNCTION, open_socket) && SET(CURLOPT_OPENSOCKETDATA, exchange) &&
           SET(CURLOPT_PREREQFUNCTION, check_peer) && SET(CURLOPT_PREREQDATA, exchange) &&
           SET(CURLOPT_HEADERFUNCTION, read_header) && SET(CURLOPT_HEADERDATA, exchange) &&
           SET(CURLOPT_WRITEFUNCTION, read_body) && SET(CURLOPT_WRITEDATA, exchange) &&
           SET(CURLOPT_XFERINFOFUNCTION, is_canceled) && SET(CURLOPT_XFERINFODATA, exchange) &&
           SET(CURLOPT_NOPROGRESS, 0L) && SET(CURLOPT_ERRORBUFFER, exchange->fault);
}

static bool add_line(struct exchange *exchange, const char *line)
{
    struct curl_slist *longer = curl_slist_append(exchange->headers, line);
    if (longer == NULL)
        return false;
    exchange->headers = longer;
    return true;
}

static bool set_headers(struct exchange *exchange, struct arena *arena, const struct http_request *request)
{
    /* These lines remove headers that libcurl would add. */
    bool good = add_line(exchange, "Expect:");
    if (http_header_find(request->headers, request->header_count, "Content-Type") == NULL)
        good = good && add_line(exchange, "Content-Type:");
    for (size_t i = 0; good && i < request->header_count; i++) {
        const struct http_header *header = &request->headers[i];
        struct text value = text_trim(header->value);
        /* libcurl removes a header that has nothing after its colon. */
        struct text line = value.size > 0 ? arena_print(arena, "%.*s: %.*s", TEXT_ARG(header->name), TEXT_ARG(value))
                                          : arena_print(arena, "%.*s;", TEXT_ARG(header->name));
        good = line.data != NULL && add_line(exchange, line.data);
    }
    return good && SET(CURLOPT_HTTPHEADER, exchange->headers);
}

static bool set_request(struct exchange *exchange, const struct http_request *request)
{
    bool has_body =
        request->body.size > 0 || (strcmp(request->method, "GET") != 0 && strcmp(request->method, "DELETE"));
    bool good = SET(CURLOPT_CURLU, exchange->url->handle);
    if (has_body)
        good = good && SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.size) &&
               SET(CURLOPT_POSTFIELDS, request->body.data != NULL ? request->body.data : "");
    return good && SET(CURLOPT_CUSTOMREQUEST, request->method);
}

static long timeout_of(const struct http_request *request, const struct wait_limit *limit)
{
    int64_t left_ms = wait_limit_left_us(limit) / 1000;
    int64_t timeout_ms = left_ms < request->timeout_ms ? left_ms : request->timeout_ms;
    return timeout_ms > 0 ? (long)timeout_ms : 1; /* 0 would mean no limit */
}

/* ---- the outcome ---- */

static enum http_outcome fail(struct exchange *exchange, struct arena *arena, enum http_outcome outcome,
                              const char *what, struct failure *why)
{
    const char *more = exchange->fault[0] != '\0' ? exchange->fault : "no details";
    if (what == NULL)
        *why = failure_print(arena, "%s", more);
    else
        *why = failure_print(arena, PUBLIC("%s") ": %s", what, more);
    return outcome;
}

/* Nothing was sent. */
static enum http_outcome unsent(struct exchange *exchange, struct arena *arena, CURLcode code, struct failure *why)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST: return fail(exchange, arena, HTTP_UNSENT, "the host's name has no address", why);
    case CURLE_PEER_FAILED_VERIFICATION:
        return fail(exchange, arena, HTTP_UNSENT, "the server's certificate is not trusted", why);
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR: return fail(exchange, arena, HTTP_UNSENT, "no TLS connection", why);
    default: return fail(exchange, arena, HTTP_UNSENT, "no connection", why);
    }
}

/* Something was sent, and the headers of the answer are incomplete. */
static enum http_outcome unanswered(struct exchange *exchange, struct arena *arena, CURLcode code, struct failure *why)
{
    if (exchange->head_too_large || code == LINE_TOO_LARGE) {
        *why = failure_print(arena, PUBLIC("the headers of the answer are larger than %zu bytes"),
                             LIMIT_WEBHOOK_ANSWER_HEAD);
        return HTTP_UNREADABLE;
    }
    if (code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_UNSUPPORTED_PROTOCOL)
        return fail(exchange, arena, HTTP_UNREADABLE, "the answer is not HTTP", why);
    return fail(exchange, arena, HTTP_LOST, "the connection was lost before an answer", why);
}

static enum http_outcome timed_out(struct exchange *exchange, struct arena *arena, long timeout_ms, struct failure *why)
{
    if (!exchange->answer->sent && timeout_ms > LIMIT_WEBHOOK_CONNECT_S * 1000)
        return fail(exchange, arena, HTTP_UNSENT, "no connection", why);
    *why = FAILURE_TEXT("no answer in time");
    return HTTP_TIMED_OUT;
}

static enum http_outcome outcome_of(struct exchange *exchange, struct arena *arena, CURLcode code, long timeout_ms,
                                    struct failure *why)
{
    if ((code == CURLE_OK && exchange->head_done) || exchange->full)
        return HTTP_ANSWERED;
    if (code == CURLE_ABORTED_BY_CALLBACK && !exchange->refused) {
        *why = FAILURE_TEXT("canceled");
        return HTTP_CANCELED;
    }
    if (code == CURLE_OPERATION_TIMEDOUT && !exchange->refused)
        return timed_out(exchange, arena, timeout_ms, why);
    if (exchange->head_done && !exchange->head_too_large && !exchange->body.failed)
        return HTTP_ANSWERED; /* with an incomplete body */
    if (exchange->refused && !exchange->answer->sent) {
        *why = failure_print(arena, PUBLIC("the address %s is not allowed"), exchange->refused_address);
        return HTTP_REFUSED;
    }
    return exchange->answer->sent ? unanswered(exchange, arena, code, why) : unsent(exchange, arena, code, why);
}

static struct text header_of(struct exchange *exchange, struct arena *arena, const char *name)
{
    struct curl_header *header;
    if (curl_easy_header(exchange->handle, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return TEXT_NONE;
    return arena_copy(arena, text_from(header->value));
}

static void fill_answer(struct exchange *exchange, struct arena *arena, CURLcode code)
{
    struct http_answer *answer = exchange->answer;
    long status = 0;
    (void)curl_easy_getinfo(exchange->handle, CURLINFO_RESPONSE_CODE, &status);
    answer->status = (int)status;
    answer->content_type = header_of(exchange, arena, "Content-Type");
    answer->body = buffer_text(&exchange->body);
    answer->cut = code != CURLE_OK;
    struct text retry_after = header_of(exchange, arena, "Retry-After");
    answer->retry_after_ms = retry_after.size > 0 ? http_retry_after_ms(retry_after, clock_utc_us()) : -1;
}

/* The handle outlives the exchange and must not keep pointers into it. A reset keeps its connections. */
static void take_down(struct exchange *exchange)
{
    for (struct curl_slist *line = exchange->headers; line != NULL; line = line->next)
        explicit_bzero(line->data, strlen(line->data));
    curl_easy_reset(exchange->handle);
    curl_slist_free_all(exchange->headers);
}

enum http_outcome http_transfer_run(struct http_transfer *transfer, const char *ca_file,
                                    const struct http_policy *policy, struct arena *arena, const struct http_url *url,
                                    const struct http_request *request, const struct wait_limit *limit,
                                    struct http_answer *answer, struct failure *why)
{
    struct exchange *exchange = ARENA_NEW(arena, struct exchange);
    if (exchange == NULL) {
        *why = FAILURE_TEXT("out of the memory budget of this task");
        return HTTP_REFUSED;
    }
    *exchange = (struct exchange){.handle = transfer->handle,
                                  .policy = policy,
                                  .url = url,
                                  .limit = limit,
                                  .answer = answer,
                                  .body = buffer_in(arena, request->answer_bytes)};
    long timeout_ms = timeout_of(request, limit);
    int64_t started_us = clock_monotonic_us();
    bool ready = set_rules(exchange, ca_file) && set_callbacks(exchange) && set_headers(exchange, arena, request) &&
                 set_request(exchange, request) && SET(CURLOPT_TIMEOUT_MS, timeout_ms) &&
                 SET(CURLOPT_CONNECTTIMEOUT_MS, LIMIT_WEBHOOK_CONNECT_S * 1000L);
    enum http_outcome outcome = HTTP_REFUSED;
    if (ready) {
        CURLcode code = curl_easy_perform(exchange->handle);
        outcome = outcome_of(exchange, arena, code, timeout_ms, why);
        if (outcome == HTTP_ANSWERED)
            fill_answer(exchange, arena, code);
    } else {
        *why = FAILURE_TEXT("out of memory");
    }
    answer->took_us = clock_monotonic_us() - started_us;
    take_down(exchange);
    return outcome;
}
