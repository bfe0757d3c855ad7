/* The hosts that a request may go to besides public ones: the setting ICHOR_WEBHOOK_ALLOW_HOSTS, a list of host names,
   addresses and blocks of addresses (10.1.0.0/16). */
#ifndef HTTP_HTTP_POLICY_H
#define HTTP_HTTP_POLICY_H

#include "base/limits.h"
#include "base/status.h"
#include "http/http_address.h"

enum { HTTP_POLICY_HOSTS = LIMIT_SETTINGS_LIST };

struct http_policy {
    struct http_allowed {
        struct text name; /* borrowed; empty: the entry is the block */
        struct http_block block;
    } allowed[HTTP_POLICY_HOSTS];
    size_t count;
    bool allow_plain; /* allows http:// to these hosts */
};

/* Reads at most HTTP_POLICY_HOSTS hosts, which are borrowed. STATUS_INVALID: one of them is not a name, an address or a
   block. */
enum status http_policy_read(const struct text *hosts, size_t count, bool allow_plain, struct http_policy *policy,
                             struct error *error) MUST_CHECK;

/* Returns whether the policy lists the host of a URL, by its name, ignoring case, or by its address. */
bool http_policy_lists(const struct http_policy *policy, struct text host);
/* Returns whether a connection to the address is allowed. listed: the policy lists the host of the URL. */
bool http_policy_allows(const struct http_policy *policy, bool listed, const struct http_address *address);

/* The policy of the whole process, with which rules are checked. It lists no hosts until it is set. Set it before the
   process starts its threads. */
void http_policy_set(const struct http_policy *policy);
const struct http_policy *http_policy_of_process(void);

#endif
