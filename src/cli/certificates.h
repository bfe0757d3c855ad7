/* When certificates end: what an operator wants to know in time. */
#ifndef CLI_CERTIFICATES_H
#define CLI_CERTIFICATES_H

#include "settings/settings.h"
#include "temporal/security.h"

/* Makes gauges of the ends of the certificates that are used towards Temporal and PostgreSQL, where there are any, and
   warns of those that are near. Once in a process. */
void certificates_tell(const struct settings *settings, const struct temporal_security *security);

#endif
