/* What handlers are handed, opened from the settings. */
#ifndef CLI_SERVICES_H
#define CLI_SERVICES_H

#include "base/settings.h"
#include "service/database.h"

/* Opens nothing yet. NULL when out of memory. Free with database_free. */
struct database *services_database(const struct settings *settings) MUST_CHECK;

#endif
