/* HTTP for handlers: requests to external web services, over libcurl. Only https (or http if the policy allows it),
   HTTP/1.1, TLS 1.2 or newer with a verified certificate; no proxies, redirects, cookies, .netrc or compression. The
   address of each connection is checked when the connection is opened, after the name was resolved. Connections are
   kept for the next request to the same host. Any thread; a call blocks its thread at most until its deadline. */
#ifndef HTTP_HTTP_CLIENT_H
#define HTTP_HTTP_CLIENT_H

#include "base/arena.h"
#include "base/wait_limit.h"
#include "http/http_header.h"
#include "http/http_policy.h"
#include "secrets/secret_store.h"

struct http_client;

struct http_options {
    const struct http_policy *policy; /* the hosts that are allowed besides public ones; must outlive the client */
    struct text ca_file;              /* PEM: CAs that are trusted besides the system's list; may be empty */
    struct text secrets;              /* as in struct secret_options: lines NAME=value; may be empty */
    struct text secrets_folder;       /* as in struct secret_options: a folder of files; may be empty */
    unsigned requests;                /* maximum of concurrent requests; 0: 16 */
};

/* Copies the options and opens no connection yet. NULL: the error says why, never with a secret. Free with
   http_client_free when nothing uses it any more. */
struct http_client *http_client_new(const struct http_options *options, struct error *error) MUST_CHECK;
void http_client_free(struct http_client *client); /* accepts NULL; closes every connection */

/* http_client_new with the options from the settings and the policy of the process. */
struct settings;
enum status http_start(const struct settings *settings, struct http_client **client, struct error *error) MUST_CHECK;

const struct http_policy *http_client_policy(const struct http_client *client);
struct secret_store *http_client_secrets(const struct http_client *client);

struct http_request {
    const char *method;                /* a token in capitals */
    struct text url;                   /* complete, with its secrets */
    const struct http_header *headers; /* complete; already checked by http_header_name_check and
                                          http_header_value_check */
    size_t header_count;
    struct text body;    /* may be empty */
    int64_t timeout_ms;  /* of the whole exchange */
    size_t answer_bytes; /* maximum for the body of the answer; the connection is closed if more comes */
};

struct http_answer {
    bool sent;        /* part of the request was sent: the server may have acted on it. Set for every outcome */
    struct text host; /* of the URL; empty when the URL is not valid. Set for every outcome */
    /* Set for HTTP_ANSWERED: */
    int status;
    struct text content_type; /* content_type and body: bytes as received; may be empty */
    struct text body;
    bool cut;               /* the body is longer than answer_bytes, or the connection was lost before its end */
    int64_t retry_after_ms; /* -1: the answer names none */
    int64_t took_us;
};

enum http_outcome {
    HTTP_ANSWERED,   /* status and headers were received */
    HTTP_REFUSED,    /* not sent, permanently: the URL, a header or the address is not allowed */
    HTTP_UNSENT,     /* not sent: no address, no connection, no TLS, or no time left to connect */
    HTTP_LOST,       /* sent, but the connection was lost before an answer */
    HTTP_UNREADABLE, /* sent, but the answer is not HTTP, or its headers are too large */
    HTTP_TIMED_OUT,  /* no complete answer within the timeout; answer->sent says whether the request was sent */
    HTTP_CANCELED,   /* by the limit; answer->sent as for HTTP_TIMED_OUT */
};

/* Sends the request once; libcurl sends it again at once on a new connection if a kept connection was closed before any
   byte of an answer. Unless HTTP_ANSWERED, *why is filled; it contains no headers or bodies, and only the host of the
   URL. The texts of the answer live in the arena. */
enum http_outcome http_client_send(struct http_client *client, struct arena *arena, const struct http_request *request,
                                   const struct wait_limit *limit, struct http_answer *answer,
                                   struct failure *why) MUST_CHECK;

#endif
