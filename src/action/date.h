/* Dates as texts, read in the forms that rules meet and printed by a Go layout ("Jan 2, 2006 at 15:04"): contract
   handlers 5.2, formatDate. A date keeps the zone that it was written in. Pure; any thread. */
#ifndef ACTION_DATE_H
#define ACTION_DATE_H

#include "base/buffer.h"

struct date {
    int year, month, day, hour, minute, second, nanosecond;
    int offset;       /* seconds east of UTC */
    struct text zone; /* its name; empty when only the offset is known. Borrowed from the text read */
};

/* RFC 3339, `2006-01-02`, `2006-01-02 15:04:05`, RFC 822, 850 and 1123, and what Go's time.Time prints
   (`2006-01-02 15:04:05.999999999 +0000 UTC m=+0.1`). A fraction may follow the seconds. False for anything else. */
bool date_read(struct text text, struct date *date);
/* Everything that Go's layouts know; all else in the layout is literal. */
void date_write(struct buffer *buffer, const struct date *date, struct text layout);

#endif
