/* Removes libpq's variables from the environment. */
#include <assert.h>
#include <stdlib.h>

#include "postgres/database.h"

static const char *const variables[] = {
    "PGAPPNAME",
    "PGCHANNELBINDING",
    "PGCLIENTENCODING",
    "PGCONNECT_TIMEOUT",
    "PGDATABASE",
    "PGDATESTYLE",
    "PGGEQO",
    "PGGSSDELEGATION",
    "PGGSSENCMODE",
    "PGGSSLIB",
    "PGHOST",
    "PGHOSTADDR",
    "PGKRBSRVNAME",
    "PGLOADBALANCEHOSTS",
    "PGMAXPROTOCOLVERSION",
    "PGMINPROTOCOLVERSION",
    "PGOPTIONS",
    "PGPASSFILE",
    "PGPASSWORD",
    "PGPORT",
    "PGREQUIREAUTH",
    "PGREQUIREPEER",
    "PGREQUIRESSL",
    "PGSERVICE",
    "PGSERVICEFILE",
    "PGSSLCERT",
    "PGSSLCERTMODE",
    "PGSSLCOMPRESSION",
    "PGSSLCRL",
    "PGSSLCRLDIR",
    "PGSSLKEY",
    "PGSSLKEYLOGFILE",
    "PGSSLMAXPROTOCOLVERSION",
    "PGSSLMINPROTOCOLVERSION",
    "PGSSLMODE",
    "PGSSLNEGOTIATION",
    "PGSSLROOTCERT",
    "PGSSLSNI",
    "PGSYSCONFDIR",
    "PGTARGETSESSIONATTRS",
    "PGTZ",
    "PGUSER",
};
#define VARIABLE_COUNT (sizeof(variables) / sizeof(variables[0]))
_Static_assert(VARIABLE_COUNT <= LIBPQ_VARIABLES_MAX, "room for every name");

size_t database_forget_environment(const char *forgotten[LIBPQ_VARIABLES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < VARIABLE_COUNT; i++) {
        if (getenv(variables[i]) == NULL)
            continue;
        (void)unsetenv(variables[i]);
        forgotten[count++] = variables[i];
    }
    assert(count <= VARIABLE_COUNT);
    return count;
}
