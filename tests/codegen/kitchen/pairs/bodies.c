/* Bodies of actions whose generated code alone is tested. */
#include "generated/take_any.h"
#include "generated/take_boolean.h"
#include "generated/take_decimal.h"
#include "generated/take_duration.h"
#include "generated/take_enum.h"
#include "generated/take_integer.h"
#include "generated/take_list.h"
#include "generated/take_map.h"
#include "generated/take_number.h"
#include "generated/take_object.h"
#include "generated/take_scalar.h"
#include "generated/take_string.h"
#include "generated/take_timestamp.h"
#include "generated/take_uuid.h"
#include "generated/take_variant.h"

#define TAKE(action_)                                                                                                  \
    enum action_outcome handle_##action_(struct action_call *call, const struct action_##_services *services,          \
                                         const struct action_##_config *config, struct action_##_result *result)       \
    {                                                                                                                  \
        (void)call, (void)services, (void)config, (void)result;                                                        \
        return ACTION_OUTCOME_DONE;                                                                                    \
    }

TAKE(take_any)
TAKE(take_boolean)
TAKE(take_decimal)
TAKE(take_duration)
TAKE(take_enum)
TAKE(take_integer)
TAKE(take_list)
TAKE(take_map)
TAKE(take_number)
TAKE(take_object)
TAKE(take_scalar)
TAKE(take_string)
TAKE(take_timestamp)
TAKE(take_uuid)
TAKE(take_variant)
