#include <criterion/criterion.h>

#include "trial.h"

Test(count_days, counts_whole_days)
{
    struct trial trial;
    trial_open(&trial, "count_days");
    trial_done(&trial, "{\"from\": \"2026-01-01T00:00:00Z\", \"to\": \"2026-03-01T12:00:00Z\"}");
    ASSERT_TEXT(trial_result(&trial, "days"), "59");
    trial_refused(&trial, "{\"from\": \"2026-03-01T00:00:00Z\", \"to\": \"2026-01-01T00:00:00Z\"}",
                  "the last day is before the first");
    trial_close(&trial);
}
