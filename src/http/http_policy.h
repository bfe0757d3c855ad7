/* Which hosts a request may go to besides the public ones: the setting ICHOR_WEBHOOK_ALLOW_HOSTS, a list of host names,
   addresses and blocks of them (10.1.0.0/16). */
#ifndef HTTP_HTTP_POLICY_H
#define HTTP_HTTP_POLICY_H

#include "base/limits.h"
#include "base/status.h"
#include "http/http_address.h"

enum { HTTP_POLICY_HOSTS = LIMIT_SETTINGS_LIST };

struct http_policy {
    struct http_allowed {
        struct text name; /* borrowed; empty: the block */
        struct http_block block;
    } allowed[HTTP_POLICY_HOSTS];
    size_t count;
    bool allow_plain; /* http:// to these hosts */
};

/* At most HTTP_POLICY_HOSTS hosts, which are borrowed. STATUS_INVALID: one of them is no name, address or block. */
enum status http_policy_read(const struct text *hosts, size_t count, bool allow_plain, struct http_policy *policy,
                             struct error *error) MUST_CHECK;

/* Whether the host of a URL is listed: by its name, ignoring case, or as an address. */
bool http_policy_lists(const struct http_policy *policy, struct text host);
/* Whether a connection to the address is allowed. listed: the host of the URL is. */
bool http_policy_allows(const struct http_policy *policy, bool listed, const struct http_address *address);

/* The policy of the whole process, by which rules are checked: nothing is listed unless it was set, before its threads
   start. */
void http_policy_set(const struct http_policy *policy);
const struct http_policy *http_policy_of_process(void);

#endif
