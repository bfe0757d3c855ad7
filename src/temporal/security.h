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

/* Can this be used? STATUS_INVALID names what is wrong, never what a key says. Certificates that have ended, or not
   begun yet, are wrong too. error.where is the member that is meant. Any thread. */
enum status security_check(const struct temporal_security *security, struct error *error) MUST_CHECK;

/* When our certificate or one of `ca_pem` ends first, in seconds of the epoch; 0: neither is there. After security_check
   has said STATUS_OK. */
int64_t security_ends(const struct temporal_security *security);

#endif
