/* The HTTP server for operators, on libmicrohttpd. */
#include "ops/http.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/metrics.h"
#include "ops/http_route.h"

#define IDLE_SECONDS 30u
#define STACK_BYTES  KIB(512)

/* An open connection. */
struct peer {
    TAILQ_ENTRY(peer) link;
    int socket;
    bool closing; /* no longer in the list: shut down for a newer one */
};

struct ops_server {
    struct MHD_Daemon *daemon;
    atomic_bool ready;
    _Atomic int64_t due_us;   /* of the loop's next turn; 0: no loop runs */
    atomic_uint slow;         /* answers of /metrics and /debug in progress */
    pthread_mutex_t lock;     /* protects the members below; never held while `debug` runs */
    TAILQ_HEAD(, peer) peers; /* the oldest first */
    unsigned peer_count;
    pthread_cond_t debug_idle;
    unsigned debug_calls; /* in progress */
    ops_debug *debug;
    void *userdata;
};

static struct metric_family loop_late = {.name = "workflow_worker_loop_late_seconds",
                                         .help = "How long the event loop has not turned although it should have",
                                         .kind = METRIC_GAUGE};

/* ---- connections ---- */

/* Call it with the lock held. A connection whose thread reads or writes ends at once. */
static void close_oldest(struct ops_server *server)
{
    struct peer *oldest = TAILQ_FIRST(&server->peers);
    assert(oldest != NULL && !oldest->closing);
    TAILQ_REMOVE(&server->peers, oldest, link);
    server->peer_count--;
    oldest->closing = true;
    (void)shutdown(oldest->socket, SHUT_RDWR);
}

static void *connection_opened(struct ops_server *server, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct peer *peer = info != NULL ? calloc(1, sizeof(*peer)) : NULL;
    if (peer == NULL)
        return NULL;
    peer->socket = info->connect_fd;
    pthread_mutex_lock(&server->lock);
    TAILQ_INSERT_TAIL(&server->peers, peer, link);
    if (++server->peer_count > LIMIT_HTTP_PEERS)
        close_oldest(server);
    pthread_mutex_unlock(&server->lock);
    return peer;
}

/* The library closes the socket after this. */
static void connection_closed(struct ops_server *server, struct peer *peer)
{
    if (peer == NULL)
        return;
    pthread_mutex_lock(&server->lock);
    if (!peer->closing) {
        assert(server->peer_count > 0);
        TAILQ_REMOVE(&server->peers, peer, link);
        server->peer_count--;
    }
    pthread_mutex_unlock(&server->lock);
    free(peer);
}

static void connection_changed(void *userdata, struct MHD_Connection *connection, void **context,
                               enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *context = connection_opened(userdata, connection);
    else
        connection_closed(userdata, *context);
}

/* ---- answers ---- */

static int64_t late_ms(const struct ops_server *server)
{
    int64_t due_us = atomic_load(&server->due_us), late_us = clock_monotonic_us() - due_us;
    return due_us != 0 && late_us > 0 ? late_us / 1000 : 0;
}

static enum MHD_Result send_text(struct MHD_Connection *connection, unsigned code, const char *type, struct text body)
{
    /* The body is copied because the library's parameter is not const. */
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body.size, (void *)body.data, MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    if (code == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    enum MHD_Result result = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_plain(struct MHD_Connection *connection, unsigned code, struct text body)
{
    return send_text(connection, code, "text/plain; charset=utf-8", body);
}

static enum MHD_Result send_metrics(struct ops_server *server, struct MHD_Connection *connection)
{
    struct arena *arena = arena_new(LIMIT_METRICS_BYTES * 4, KIB(64));
    if (arena == NULL)
        return MHD_NO;
    struct buffer buffer = buffer_in(arena, LIMIT_METRICS_BYTES);
    metric_set(metric_get(&loop_late, "%s", ""), late_ms(server) / 1000);
    metrics_write(&buffer);
    struct text body = buffer_text(&buffer);
    enum MHD_Result result = body.data != NULL
                                 ? send_text(connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", body)
                                 : send_plain(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, TEXT("too many metrics"));
    arena_free(arena);
    return result;
}

/* Calls the callback of /debug without the lock; ops_set_debug waits for the call to end. */
static bool call_debug(struct ops_server *server, struct buffer *json)
{
    pthread_mutex_lock(&server->lock);
    ops_debug *debug = server->debug;
    void *userdata = server->userdata;
    server->debug_calls += debug != NULL;
    pthread_mutex_unlock(&server->lock);
    if (debug == NULL)
        return false;
    bool answered = debug(userdata, json);
    pthread_mutex_lock(&server->lock);
    assert(server->debug_calls > 0);
    if (--server->debug_calls == 0)
        pthread_cond_broadcast(&server->debug_idle);
    pthread_mutex_unlock(&server->lock);
    return answered;
}

static enum MHD_Result send_debug(struct ops_server *server, struct MHD_Connection *connection)
{
    struct arena *arena = arena_new(MIB(8), 0);
    if (arena == NULL)
        return MHD_NO;
    struct buffer buffer = buffer_in(arena, MIB(2));
    bool answered = call_debug(server, &buffer);
    struct text body = buffer_text(&buffer);
    enum MHD_Result result =
        answered && body.data != NULL
            ? send_text(connection, MHD_HTTP_OK, "application/json", body)
            : send_plain(connection, MHD_HTTP_SERVICE_UNAVAILABLE, TEXT("the worker does not answer"));
    arena_free(arena);
    return result;
}

static enum MHD_Result send_late(struct MHD_Connection *connection, int64_t late)
{
    struct arena *arena = arena_new(KIB(4), 0);
    if (arena == NULL)
        return MHD_NO;
    struct text text = arena_print(arena, "the event loop is %lld s late", (long long)late / 1000);
    enum MHD_Result result = send_plain(connection, MHD_HTTP_SERVICE_UNAVAILABLE, text);
    arena_free(arena);
    return result;
}

static enum MHD_Result send_live(const struct ops_server *server, struct MHD_Connection *connection)
{
    int64_t late = late_ms(server);
    return late < OPS_LATE_DEAD_MS ? send_plain(connection, MHD_HTTP_OK, TEXT("ok")) : send_late(connection, late);
}

static enum MHD_Result send_ready(const struct ops_server *server, struct MHD_Connection *connection)
{
    int64_t late = late_ms(server);
    if (late >= OPS_LATE_UNREADY_MS)
        return send_late(connection, late);
    return atomic_load(&server->ready) ? send_plain(connection, MHD_HTTP_OK, TEXT("ok"))
                                       : send_plain(connection, MHD_HTTP_SERVICE_UNAVAILABLE, TEXT("not ready"));
}

/* Sends an answer that takes time or memory. Only a few run at once, so that they do not use up the connections. */
static enum MHD_Result send_slow(struct ops_server *server, struct MHD_Connection *connection, bool debug)
{
    enum MHD_Result result;
    if (atomic_fetch_add(&server->slow, 1) >= LIMIT_HTTP_SLOW)
        result = send_plain(connection, MHD_HTTP_SERVICE_UNAVAILABLE, TEXT("too many requests at once"));
    else
        result = debug ? send_debug(server, connection) : send_metrics(server, connection);
    atomic_fetch_sub(&server->slow, 1);
    return result;
}

static enum MHD_Result handle(void *userdata, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **state)
{
    (void)version;
    (void)upload;
    static char headers_read; /* marks a request whose body has not been read yet */
    struct ops_server *server = userdata;
    if (*state == NULL) {
        *state = &headers_read;
        return MHD_YES;
    }
    if (*upload_size != 0) {
        *upload_size = 0; /* discarded */
        return MHD_YES;
    }
    switch (http_route(text_from(method), text_from(url))) {
    case HTTP_ROUTE_LIVE: return send_live(server, connection);
    case HTTP_ROUTE_READY: return send_ready(server, connection);
    case HTTP_ROUTE_METRICS: return send_slow(server, connection, false);
    case HTTP_ROUTE_DEBUG: return send_slow(server, connection, true);
    case HTTP_ROUTE_NOT_ALLOWED: return send_plain(connection, MHD_HTTP_METHOD_NOT_ALLOWED, TEXT("only GET and HEAD"));
    case HTTP_ROUTE_UNKNOWN: break;
    }
    return send_plain(connection, MHD_HTTP_NOT_FOUND, TEXT("not found"));
}

static void __attribute__((format(printf, 2, 0))) log_library(void *userdata, const char *format, va_list arguments)
{
    (void)userdata;
    if (!log_enabled(LOG_DEBUG))
        return;
    struct arena *arena = arena_new(KIB(64), 0);
    if (arena == NULL)
        return;
    log_line(LOG_DEBUG, "microhttpd", LOG_TEXT("text", text_trim(arena_vprint(arena, format, arguments))));
    arena_free(arena);
}

/* A socket that listens on the port on all addresses; -1 on failure, with errno set. The errno that the library leaves
   says nothing. */
static int listen_on(uint16_t port, int family)
{
    const struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any};
    const struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    bool is_six = family == AF_INET6;
    const void *address = is_six ? (const void *)&six : (const void *)&four;
    int on = 1, off = 0;
    int listener = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener >= 0 && setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        (!is_six || setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0) &&
        bind(listener, address, is_six ? sizeof six : sizeof four) == 0 && listen(listener, SOMAXCONN) == 0)
        return listener;
    int cause = errno;
    if (listener >= 0)
        (void)close(listener);
    errno = cause;
    return -1;
}

/* The daemon closes the listener when it stops. */
static struct MHD_Daemon *serve(struct ops_server *server, int listener)
{
    unsigned flags = MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_ERROR_LOG;
    return MHD_start_daemon(flags, 0, NULL, NULL, handle, server, MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL,
                            MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_NOTIFY_CONNECTION, connection_changed,
                            server, MHD_OPTION_CONNECTION_LIMIT, LIMIT_HTTP_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
                            IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, KIB(8), MHD_OPTION_THREAD_STACK_SIZE,
                            STACK_BYTES, MHD_OPTION_END);
}

static void free_server(struct ops_server *server)
{
    pthread_cond_destroy(&server->debug_idle);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

struct ops_server *ops_start(uint16_t port, struct error *error)
{
    struct ops_server *server = calloc(1, sizeof(*server));
    if (server == NULL) {
        (void)error_budget(error);
        return NULL;
    }
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->debug_idle, NULL);
    TAILQ_INIT(&server->peers);
    int listener = listen_on(port, AF_INET6);
    if (listener < 0 && errno != EADDRINUSE && errno != EACCES)
        listener = listen_on(port, AF_INET); /* the machine has no IPv6 */
    const char *cause = listener < 0 ? strerrordesc_np(errno) : "out of resources";
    server->daemon = listener >= 0 ? serve(server, listener) : NULL;
    if (server->daemon != NULL)
        return server;
    (void)error_set(error, STATUS_UNAVAILABLE, TEXT_NONE, "cannot listen on port %u: %s", port, cause);
    free_server(server);
    return NULL;
}

void ops_stop(struct ops_server *server)
{
    if (server == NULL)
        return;
    MHD_stop_daemon(server->daemon);
    assert(server->debug_calls == 0 && server->peer_count == 0);
    free_server(server);
}

uint16_t ops_port(const struct ops_server *server)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info != NULL ? info->port : 0;
}

void ops_set_debug(struct ops_server *server, ops_debug *debug, void *userdata)
{
    pthread_mutex_lock(&server->lock);
    server->debug = debug;
    server->userdata = userdata;
    while (server->debug_calls > 0)
        pthread_cond_wait(&server->debug_idle, &server->lock);
    pthread_mutex_unlock(&server->lock);
}

void ops_set_due(struct ops_server *server, int64_t due_us)
{
    atomic_store(&server->due_us, due_us);
}

void ops_set_ready(struct ops_server *server, bool ready)
{
    atomic_store(&server->ready, ready);
}
