/* The ERP's names for the changes of its tables. Pure; any thread. */
#ifndef ERP_TABLE_DOMAIN_H
#define ERP_TABLE_DOMAIN_H

#include "base/text.h"

/* The domain under which the ERP publishes changes of "schema.table"; static. Empty for a table without events. */
struct text table_domain(struct text table);

#endif
