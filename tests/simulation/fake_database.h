/* What the simulation asks of the connections that stand in for libpq's. */
#ifndef TESTS_SIMULATION_FAKE_DATABASE_H
#define TESTS_SIMULATION_FAKE_DATABASE_H

#include "tests/simulation/sim.h"

struct database;

void fake_database_begin(void);            /* of each seed */
struct database *fake_database_new(void);  /* for a process; free with database_free */
void fake_database_away(int64_t until_us); /* the server stops and is back then */
bool fake_database_is_away(void);
void fake_database_calm(void); /* no faults any more */

#endif
