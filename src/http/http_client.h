/* HTTP for handlers: requests to the web services of others, over libcurl. Only https (or http where the policy allows
   it), HTTP/1.1, TLS 1.2 or newer with a verified certificate; no proxy, redirect, cookie, .netrc or compression. The
   address of each connection is checked when it is opened, after the name was resolved. Connections are kept for the
   next request to the same host. Any thread; a call blocks its thread until its deadline at most. */
#ifndef HTTP_HTTP_CLIENT_H
#define HTTP_HTTP_CLIENT_H

#include "base/arena.h"
#include "base/wait_limit.h"
#include "http/http_header.h"
#include "http/http_policy.h"
#include "secrets/secret_store.h"

struct http_client;

struct http_options {
    const struct http_policy *policy; /* which hosts besides the public ones; must outlive the client */
    struct text ca_file;              /* PEM: trusted besides the system's list; may be empty */
    struct text secrets;              /* as in struct secret_options: lines NAME=value; may be empty */
    struct text secrets_folder;       /* likewise: a folder of files; may be empty */
    unsigned requests;                /* at the same time, at most; 0: 16 */
};

/* Copies the options, opens nothing yet. NULL: the error says why, never with a secret. Free with http_client_free,
   after its last user. */
struct http_client *http_client_new(const struct http_options *options, struct error *error) MUST_CHECK;
void http_client_free(struct http_client *client); /* accepts NULL; closes every connection */

/* http_client_new by the settings and the policy of the process. */
struct settings;
enum status http_start(const struct settings *settings, struct http_client **client, struct error *error) MUST_CHECK;

const struct http_policy *http_client_policy(const struct http_client *client);
struct secret_store *http_client_secrets(const struct http_client *client);

struct http_request {
    const char *method;                /* a token in capitals */
    struct text url;                   /* complete, with its secrets */
    const struct http_header *headers; /* checked by http_header_..._check, complete */
    size_t header_count;
    struct text body;    /* may be empty */
    int64_t timeout_ms;  /* of the whole exchange */
    size_t answer_bytes; /* of the answer's body, at most; the connection is dropped where more comes */
};

struct http_answer {
    bool sent;        /* something of the request was sent: the server may have acted on it. Of every outcome */
    struct text host; /* of the URL; empty when it is not valid. Of every outcome */
    /* Of HTTP_ANSWERED: */
    int status;
    struct text content_type; /* may be empty, like the body; both are bytes as they came */
    struct text body;
    bool cut;               /* the body had no end within answer_bytes, or was lost in the middle */
    int64_t retry_after_ms; /* -1: none was named */
    int64_t took_us;
};

enum http_outcome {
    HTTP_ANSWERED,   /* status and headers are there */
    HTTP_REFUSED,    /* not sent, and never will be: the URL, a header or the address is not allowed */
    HTTP_UNSENT,     /* not sent: no address, no connection, no TLS, no time left for one */
    HTTP_LOST,       /* sent, and the connection was lost before an answer */
    HTTP_UNREADABLE, /* sent, and what came back is not HTTP, or has headers without an end */
    HTTP_TIMED_OUT,  /* no whole answer within the timeout; answer->sent says how far it came */
    HTTP_CANCELED,   /* by the limit; likewise */
};

/* Sends the request once; libcurl sends it again at once on a new connection where a kept one was closed before any
   byte of an answer. *why is filled with anything but HTTP_ANSWERED, without what the URL has besides its host, headers
   and bodies; the texts of the answer live in the arena. */
enum http_outcome http_client_send(struct http_client *client, struct arena *arena, const struct http_request *request,
                                   const struct wait_limit *limit, struct http_answer *answer,
                                   struct failure *why) MUST_CHECK;

#endif
