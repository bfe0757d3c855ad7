/* When the certificates of our connections expire. */
#ifndef CLI_CERTIFICATE_EXPIRY_H
#define CLI_CERTIFICATE_EXPIRY_H

#include "settings/settings.h"
#include "temporal/security.h"

/* Sets a gauge to the earliest expiry of the certificates for Temporal and one for PostgreSQL, where there are any, and
   logs a warning for one that is less than 30 days away. Call once in a process. */
void certificate_expiry_report(const struct settings *settings, const struct temporal_security *security);

#endif
