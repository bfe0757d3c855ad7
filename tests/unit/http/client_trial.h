/* One request of a test, and what became of it. */
#ifndef HTTP_CLIENT_TRIAL_H
#define HTTP_CLIENT_TRIAL_H

#include <criterion/criterion.h>

#include "base/limits.h"
#include "http/http_client.h"
#include "web_server.h"

struct client_trial {
    struct arena *arena;
    struct http_policy policy;
    struct http_client *client;
    struct http_request request; /* GET with 30 s unless a test changes it */
    struct wait_limit limit;
    struct http_answer answer; /* of the last request */
    struct failure why;
};

/* Opens a client that trusts the authority of the servers. allowed: hosts, separated by commas; http goes to them too.
 */
void client_trial_open(struct client_trial *trial, const char *allowed);
void client_trial_close(struct client_trial *trial);
enum http_outcome client_trial_send(struct client_trial *trial, struct text url);
/* To a path of a server, by its address. */
enum http_outcome client_trial_get(struct client_trial *trial, const char *which, const char *path);

#define ASSERT_OUTCOME(call_, wanted_) cr_assert_eq((call_), (wanted_), "%.*s", TEXT_ARG(trial.why.text))
#define ASSERT_WHY(part_)                                                                                              \
    cr_assert(text_find(trial.why.text, TEXT(part_)) != SIZE_MAX, "%.*s", TEXT_ARG(trial.why.text))
#define ASSERT_TEXT(found_, wanted_) cr_assert(text_is((found_), (wanted_)), "found \"%.*s\"", TEXT_ARG(found_))

#endif
