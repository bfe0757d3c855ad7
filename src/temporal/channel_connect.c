/* The arguments and credentials of the connection. */
#include "temporal/channel_connect.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

static grpc_arg number_argument(const char *key, size_t value)
{
    return (grpc_arg){.type = GRPC_ARG_INTEGER, .key = (char *)(uintptr_t)key, .value = {.integer = (int)value}};
}

static grpc_arg text_argument(const char *key, char *value)
{
    return (grpc_arg){.type = GRPC_ARG_STRING, .key = (char *)(uintptr_t)key, .value = {.string = value}};
}

static char *new_string(struct text text)
{
    return strndup(text.data != NULL ? text.data : "", text.size);
}

/* NULL when out of memory or when gRPC cannot use them. */
static grpc_channel_credentials *new_credentials(const struct temporal_security *security)
{
    if (!security->tls)
        return grpc_insecure_credentials_create();
    char *ca = new_string(security->ca_pem);
    char *certificate = new_string(security->certificate_pem);
    char *key = new_string(security->key_pem);
    grpc_channel_credentials *credentials = NULL;
    if (ca != NULL && certificate != NULL && key != NULL) {
        grpc_ssl_pem_key_cert_pair pair = {.private_key = key, .cert_chain = certificate};
        credentials =
            grpc_ssl_credentials_create_ex(ca[0] != '\0' ? ca : NULL, key[0] != '\0' ? &pair : NULL, NULL, NULL);
    }
    if (key != NULL)
        explicit_bzero(key, security->key_pem.size);
    free(ca);
    free(certificate);
    free(key);
    return credentials;
}

grpc_channel *channel_connect(struct text target, const struct temporal_security *security, size_t receive_bytes)
{
    char *address = new_string(target);
    char *server_name = new_string(security->server_name);
    grpc_channel_credentials *credentials = address != NULL && server_name != NULL ? new_credentials(security) : NULL;
    if (credentials == NULL) {
        free(address);
        free(server_name);
        return NULL;
    }
    grpc_arg arguments[] = {
        number_argument(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, receive_bytes),
        number_argument(GRPC_ARG_KEEPALIVE_TIME_MS, 30000),
        number_argument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 15000),
        number_argument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1),
        number_argument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0),
        number_argument(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100),
        /* Despite its name, the time limit of one attempt to connect, including the handshakes of TLS and HTTP/2. */
        number_argument(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000),
        number_argument(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5000),
        /* Each of the following costs CPU on every call and is of no use here. The window that BDP would measure by
           pings is set large enough for a long page of history. */
        number_argument(GRPC_ARG_HTTP2_BDP_PROBE, 0),
        number_argument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, receive_bytes < MIB(4) ? receive_bytes : MIB(4)),
        number_argument(GRPC_ARG_ENABLE_RETRIES, 0),
        number_argument(GRPC_ARG_ENABLE_CHANNELZ, 0),
        number_argument(GRPC_ARG_MAX_CHANNEL_TRACE_EVENT_MEMORY_PER_NODE, 0),
        number_argument(GRPC_ARG_ENABLE_CENSUS, 0),
        number_argument(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0),
        number_argument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0),
        number_argument(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1),
        /* http_proxy is for the web, not for a service of the cluster. */
        number_argument(GRPC_ARG_ENABLE_HTTP_PROXY, 0),
        /* The last two apply only when the certificate has another name than the address. */
        text_argument(GRPC_SSL_TARGET_NAME_OVERRIDE_ARG, server_name),
        text_argument(GRPC_ARG_DEFAULT_AUTHORITY, server_name),
    };
    size_t count = sizeof arguments / sizeof *arguments;
    const grpc_channel_args list = {.num_args = server_name[0] != '\0' ? count : count - 2, .args = arguments};
    grpc_channel *connection = grpc_channel_create(address, credentials, &list);
    grpc_channel_credentials_release(credentials);
    free(address);
    free(server_name);
    return connection;
}
