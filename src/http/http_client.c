/* The HTTP service: its options, and the pool of libcurl handles. */
#include "http/http_client.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/metrics.h"
#include "http/http_transfer.h"
#include "http/http_url.h"

#define REQUESTS_DEFAULT 16

struct http_client {
    const struct http_policy *policy;
    char *ca_file; /* NULL: only the system's list */
    struct secret_store *secrets;
    struct lease_set transfers;
};

struct http_client *http_client_new(const struct http_options *options, struct error *error)
{
    struct http_client *client = calloc(1, sizeof *client);
    if (client == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(client);
        (void)error_set(error, STATUS_BUDGET, TEXT_NONE, "out of memory");
        return NULL;
    }
    client->policy = options->policy;
    lease_init(&client->transfers, options->requests > 0 ? options->requests : REQUESTS_DEFAULT);
    if (options->ca_file.size > 0) {
        client->ca_file = strndup(options->ca_file.data, options->ca_file.size);
        if (client->ca_file == NULL)
            (void)error_set(error, STATUS_BUDGET, TEXT_NONE, "out of memory");
    }
    const struct secret_options secrets = {.lines = options->secrets, .folder = options->secrets_folder};
    if ((options->ca_file.size == 0 || client->ca_file != NULL) &&
        secret_store_new(&secrets, &client->secrets, error) == STATUS_OK)
        return client;
    http_client_free(client);
    return NULL;
}

static void free_transfer(struct lease_item *item)
{
    http_transfer_free((struct http_transfer *)item);
}

void http_client_free(struct http_client *client)
{
    if (client == NULL)
        return;
    lease_free(&client->transfers, free_transfer);
    secret_store_free(client->secrets);
    free(client->ca_file);
    free(client);
    curl_global_cleanup();
}

const struct http_policy *http_client_policy(const struct http_client *client)
{
    return client->policy;
}

struct secret_store *http_client_secrets(const struct http_client *client)
{
    return client->secrets;
}

/* Takes a transfer; return it with lease_return. NULL: *why says why. */
static struct http_transfer *take(struct http_client *client, const struct wait_limit *limit, struct failure *why)
{
    struct lease_item *item = NULL;
    if (!lease_try(&client->transfers, &item) && !lease_wait(&client->transfers, limit, &item)) {
        *why = FAILURE_TEXT("too many requests are in progress");
        return NULL;
    }
    struct http_transfer *transfer = item != NULL ? (struct http_transfer *)item : http_transfer_new();
    if (transfer == NULL) {
        lease_return(&client->transfers, NULL);
        *why = FAILURE_TEXT("out of memory");
    }
    return transfer;
}

static void count(enum http_outcome outcome)
{
    static struct metric_family requests = {.name = "workflow_worker_http_requests_total",
                                            .help = "Requests of actions to web services, by their outcome",
                                            .kind = METRIC_COUNTER};
    static const char *const names[] = {
        [HTTP_ANSWERED] = "answered", [HTTP_REFUSED] = "refused",       [HTTP_UNSENT] = "unsent",
        [HTTP_LOST] = "lost",         [HTTP_UNREADABLE] = "unreadable", [HTTP_TIMED_OUT] = "timed_out",
        [HTTP_CANCELED] = "canceled",
    };
    metric_add(metric_get(&requests, "outcome=\"%s\"", names[outcome]), 1);
}

static enum http_outcome send_to(struct http_client *client, struct arena *arena, const struct http_url *url,
                                 const struct http_request *request, const struct wait_limit *limit,
                                 struct http_answer *answer, struct failure *why)
{
    const struct wait_limit within = wait_limit_within(limit, request->timeout_ms * 1000);
    struct http_transfer *transfer = take(client, &within, why);
    if (transfer == NULL)
        return wait_limit_is_canceled(limit) ? HTTP_CANCELED : HTTP_UNSENT;
    enum http_outcome outcome =
        http_transfer_run(transfer, client->ca_file, client->policy, arena, url, request, &within, answer, why);
    lease_return(&client->transfers, &transfer->item);
    return outcome;
}

enum http_outcome http_client_send(struct http_client *client, struct arena *arena, const struct http_request *request,
                                   const struct wait_limit *limit, struct http_answer *answer, struct failure *why)
{
    struct http_url url;
    struct error error = ERROR_IN(arena);
    enum http_outcome outcome = HTTP_REFUSED;
    *answer = (struct http_answer){.retry_after_ms = -1};
    *why = (struct failure){0};
    if (http_url_read(arena, request->url, client->policy, &url, &error) == STATUS_OK) {
        answer->host = url.host;
        outcome = send_to(client, arena, &url, request, limit, answer, why);
        http_url_free(&url);
    } else {
        *why = error_failure(&error);
    }
    count(outcome);
    return outcome;
}
