/* The HTTP server for operators, on libmicrohttpd. */
#include "ops/http.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/metrics.h"

#define IDLE_SECONDS 30u

struct ops_server {
    struct MHD_Daemon *daemon;
    atomic_bool ready;
    pthread_mutex_t lock; /* of what follows; never held while `debug` runs */
    pthread_cond_t debug_idle;
    unsigned debug_calls; /* under way */
    ops_debug *debug;
    void *userdata;
};

static enum MHD_Result send_text(struct MHD_Connection *connection, unsigned code, const char *type, struct text body)
{
    /* Copied because the library's parameter is not const. */
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

static enum MHD_Result send_metrics(struct MHD_Connection *connection)
{
    struct arena *arena = arena_new(LIMIT_METRICS_BYTES * 4, KIB(64));
    if (arena == NULL)
        return MHD_NO;
    struct buffer buffer = buffer_in(arena, LIMIT_METRICS_BYTES);
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
    struct text path = text_from(url);
    if (!text_is(text_from(method), MHD_HTTP_METHOD_GET) && !text_is(text_from(method), MHD_HTTP_METHOD_HEAD))
        return send_plain(connection, MHD_HTTP_METHOD_NOT_ALLOWED, TEXT("only GET and HEAD"));
    if (text_is(path, "/healthz/live"))
        return send_plain(connection, MHD_HTTP_OK, TEXT("ok"));
    if (text_is(path, "/healthz/ready"))
        return atomic_load(&server->ready) ? send_plain(connection, MHD_HTTP_OK, TEXT("ok"))
                                           : send_plain(connection, MHD_HTTP_SERVICE_UNAVAILABLE, TEXT("not ready"));
    if (text_is(path, "/metrics"))
        return send_metrics(connection);
    if (text_is(path, "/debug"))
        return send_debug(server, connection);
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

static struct MHD_Daemon *listen_on(struct ops_server *server, uint16_t port, unsigned flags)
{
    return MHD_start_daemon(flags | MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ERROR_LOG, port, NULL,
                            NULL, handle, server, MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL,
                            MHD_OPTION_CONNECTION_LIMIT, LIMIT_HTTP_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
                            IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, KIB(16), MHD_OPTION_END);
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
    errno = 0;
    server->daemon = listen_on(server, port, MHD_USE_DUAL_STACK);
    if (server->daemon == NULL && errno != EADDRINUSE && errno != EACCES)
        server->daemon = listen_on(server, port, 0); /* the machine has no IPv6 */
    if (server->daemon != NULL)
        return server;
    (void)error_set(error, STATUS_UNAVAILABLE, TEXT_NONE, "cannot listen on port %u: %s", port,
                    errno != 0 ? strerrordesc_np(errno) : "out of resources");
    free_server(server);
    return NULL;
}

void ops_stop(struct ops_server *server)
{
    if (server == NULL)
        return;
    MHD_stop_daemon(server->daemon);
    assert(server->debug_calls == 0);
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

void ops_set_ready(struct ops_server *server, bool ready)
{
    atomic_store(&server->ready, ready);
}
