/* How the connection to Temporal is secured. */
#ifndef TEMPORAL_SECURITY_H
#define TEMPORAL_SECURITY_H

#include "base/status.h"

/* Zeroed: neither TLS nor a key. Texts are PEM where their name says so. */
struct temporal_security {
    bool tls;
    struct text ca_pem;                   /* who may vouch for the server; empty: whom this system trusts */
    struct text certificate_pem, key_pem; /* ours, for mTLS; both or neither */
    struct text server_name;              /* the server's name in its certificate, where the address has another */
    struct text api_key;                  /* sent with every request */
};

/* What is wrong with each member, a sentence without its subject, never with what a key says; NULL: nothing. */
struct security_faults {
    const char *ca, *certificate, *key, *api_key;
};

/* Can this be used? A certificate of ours that has ended, or not begun yet, is wrong; of those that may vouch for the
   server one that is valid now is enough. Any thread. */
bool security_check(const struct temporal_security *security, struct security_faults *faults) MUST_CHECK;

/* When our certificate ends, or the first of those in `ca_pem` that are valid now, in seconds of the epoch; 0: neither is
   there. Either may be empty. What has ended already counts where nothing else does in its place: of ours always, of
   `ca_pem` when none is valid. */
int64_t security_certificates_end(struct text ca_pem, struct text certificate_pem);
/* The same of a connection to Temporal; 0 without TLS. */
int64_t security_ends(const struct temporal_security *security);

#endif
