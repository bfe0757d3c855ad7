/* TLS and the API key of the connection to Temporal. */
#ifndef TEMPORAL_SECURITY_H
#define TEMPORAL_SECURITY_H

#include "base/status.h"

/* Zeroed: neither TLS nor an API key. Borrowed texts. */
struct temporal_security {
    bool tls;
    struct text ca_pem;                   /* accepted authorities; empty: the system's */
    struct text certificate_pem, key_pem; /* of this client, for mTLS; both or neither */
    struct text server_name;              /* in the server's certificate; empty: as in the address */
    struct text api_key;                  /* sent with every request; may be empty */
};

struct settings;
/* The security that the settings describe. Borrows their texts. */
struct temporal_security security_of(const struct settings *settings);
/* Whether a member is set that only TLS uses. */
bool security_wants_tls(const struct temporal_security *security);

/* What is wrong with each member: a static sentence without its subject, which never quotes the member; NULL:
   nothing. */
struct security_faults {
    const char *ca, *certificate, *key, *api_key;
};

/* Whether the connection can use this. The client's certificates must all be valid now; of the authorities one is
   enough. Without TLS only the API key is checked. Any thread. */
bool security_check(const struct temporal_security *security, struct security_faults *faults) MUST_CHECK;

/* The earliest expiry, in seconds since 1970, among the client's certificates and the authorities that are valid now
   (among all when none is valid). 0 when there are none; either text may be empty. Any thread. */
int64_t security_certificates_end(struct text ca_pem, struct text certificate_pem);
/* The same for a connection; 0 without TLS. */
int64_t security_ends(const struct temporal_security *security);

#endif
