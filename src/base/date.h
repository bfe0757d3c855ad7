/* Civil dates (proleptic Gregorian calendar) and their texts: read in the forms that occur in the data of rules,
   written by a Go layout ("Jan 2, 2006 at 15:04"). A date keeps the zone that it was written in. Times are
   microseconds since 1970-01-01T00:00:00Z. Pure; any thread. */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include "base/buffer.h"

#define DATE_RFC3339      TEXT("2006-01-02T15:04:05.999999Z07:00") /* to the microsecond, without trailing zeros */
#define DATE_MICROSECONDS TEXT("2006-01-02T15:04:05.000000Z07:00") /* always six digits */
#define DATE_RFC5322      TEXT("Mon, 02 Jan 2006 15:04:05 -0700")  /* of mail */

struct date {
    int year, month, day, hour, minute, second, nanosecond;
    int offset;       /* seconds east of UTC */
    struct text zone; /* its name; empty when only the offset is known. Borrowed from the text read */
};

/* Reads RFC 3339, `2006-01-02`, `2006-01-02 15:04:05`, RFC 822, 850 and 1123, and the output of Go's time.Time
   (`2006-01-02 15:04:05.999999999 +0000 UTC m=+0.1`). A fraction may follow the seconds. False for anything else. */
bool date_read(struct text text, struct date *date);
/* Supports every element of Go's layouts; other characters of the layout are literal. */
void date_write(struct buffer *buffer, const struct date *date, struct text layout);

/* Days from 1970-01-01 to a date; month 1 to 12. */
int64_t date_days(int year, int month, int day);
int64_t date_to_seconds(const struct date *date);
int64_t date_to_us(const struct date *date);
/* The date in UTC. us: DATE_US_MIN to DATE_US_MAX, the years 0 to 9999, which RFC 3339 can express. */
#define DATE_US_MIN (-INT64_C(62167219200000000))
#define DATE_US_MAX INT64_C(253402300799999999)
struct date date_from_us(int64_t us);

/* RFC 3339 only (`2006-01-02T15:04:05.999999Z` or with an offset); digits past the microsecond are dropped. */
bool date_read_rfc3339(struct text text, int64_t *us);
/* A time in UTC, formatted by a layout. In the arena; .data NULL past its cap. us as for date_from_us. */
struct text date_text(struct arena *arena, int64_t us, struct text layout) MUST_CHECK;

#endif
