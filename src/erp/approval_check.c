#include "erp/approval_check.h"

#include "base/duration.h"
#include "base/limits.h"

#define SECOND INT64_C(1000000000) /* in nanoseconds */

static bool is_among(const struct text *users, size_t count, struct text user)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal_ignoring_case(users[i], user))
            return true;
    return false;
}

/* Counts people as the engine does: each person once, and nobody who is in `before`. */
static size_t count_people(const struct text *users, size_t count, const struct text *before, size_t before_count)
{
    size_t people = 0;
    for (size_t i = 0; i < count && i <= LIMIT_ASKED; i++)
        people += !is_among(users, i, users[i]) && !is_among(before, before_count, users[i]);
    return people;
}

static void check_count(struct decoder *decoder, const struct approval_ask *ask)
{
    size_t now = count_people(ask->approvers, ask->approver_count, NULL, 0);
    size_t later = now <= LIMIT_ASKED
                       ? count_people(ask->escalate_to, ask->escalate_count, ask->approvers, ask->approver_count)
                       : 0;
    bool timed = ask->remind_after.size > 0 || ask->escalate_after.size > 0;
    bool one_by_one =
        timed || ask->required > 0 || text_is(ask->approval_type, "all") || text_is(ask->approval_type, "majority");
    if (one_by_one && now + later > LIMIT_ASKED)
        decode_reject(decoder, "/approvers", PUBLIC("at most %d people can be asked one by one"), LIMIT_ASKED);
    else if (ask->required > 0 && (uint64_t)ask->required > now)
        decode_reject(decoder, "/required", PUBLIC("required is %lld, but %zu people are asked"),
                      (long long)ask->required, now);
    if (ask->escalate_count > 0 && later == 0 && now <= LIMIT_ASKED)
        decode_reject(decoder, "/escalate_to", PUBLIC("escalate_to names only people who are approvers already"));
}

static void check_time(struct decoder *decoder, const char *place, struct text after, int64_t timeout_hours)
{
    int64_t nanoseconds;
    const int64_t hours = timeout_hours > 0 ? timeout_hours : APPROVAL_DEFAULT_HOURS;
    if (after.size == 0)
        return;
    if (!duration_parse_rule(after, &nanoseconds) || nanoseconds < SECOND)
        decode_reject(decoder, place, PUBLIC("%s must be a duration of a second or more, such as 90s, 2h or 7d"),
                      place + 1);
    else if (hours < INT64_MAX / 3600 && nanoseconds / SECOND >= hours * 3600)
        decode_reject(decoder, place, PUBLIC("%s is not before the timeout of %lld hours"), place + 1,
                      (long long)hours);
}

void approval_check(struct decoder *decoder, const struct approval_ask *ask)
{
    check_count(decoder, ask);
    check_time(decoder, "/remind_after", ask->remind_after, ask->timeout_hours);
    check_time(decoder, "/escalate_after", ask->escalate_after, ask->timeout_hours);
    if (ask->escalate_count > 0 && ask->escalate_after.size == 0)
        decode_reject(decoder, "/escalate_to", PUBLIC("escalate_to needs escalate_after"));
    if (ask->escalate_count == 0 && ask->escalate_after.size > 0)
        decode_reject(decoder, "/escalate_after", PUBLIC("escalate_after needs escalate_to"));
}
