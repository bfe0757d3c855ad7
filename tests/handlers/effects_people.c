/* The effects of actions that ask people. */
#include <criterion/criterion.h>

#include "effects_once.h"

const struct effect_group effects_people = {0};

EFFECT_TESTS(effects_people)
