#include "generated/cook_everything.h"

#include "action/decode.h"

void check_cook_everything(struct decoder *decoder, const struct cook_everything_config *config)
{
    if (text_is(config->text_default, "poison"))
        decode_reject(decoder, "/text_default", "\"%.*s\"" PUBLIC(" is not %s"), TEXT_ARG(config->text_default),
                      "food");
}

/* Damages a result in the way that a row of a test names. */
static void spoil(struct text mischief, struct cook_everything_result *result)
{
    static const struct text bad = {"\xff", 1};
    static const struct cook_everything_result_step steps[] = {{TEXT("one")}, {{"\xff", 1}}};
    static const struct text numbers[] = {TEXT("a lot")};
    static const struct cook_everything_result_row rows[] = {{NULL, 0}, {numbers, 1}};
    static const enum cook_everything_result_third_colour colours[] = {0, 1, 2};
    static struct json_value empty = {.type = JSON_ARRAY};
    if (text_is(mischief, "colour"))
        result->colour = 99;
    else if (text_is(mischief, "text"))
        result->text = bad;
    else if (text_is(mischief, "step"))
        result->steps.items = steps, result->steps.count = 2;
    else if (text_is(mischief, "row"))
        result->rows.items = rows, result->rows.count = 2;
    else if (text_is(mischief, "colours"))
        result->colours.items = colours, result->colours.count = 3;
    else if (text_is(mischief, "list"))
        result->wholes.count = 3;
    else if (text_is(mischief, "free"))
        result->free = empty;
    else if (text_is(mischief, "place"))
        result->has_place_optional = true, result->place_optional.z = bad;
}

/* Passes on its arguments, so that a test sees the config, the services and the result of one performance. */
enum action_outcome handle_cook_everything(struct action_call *call, const struct cook_everything_services *services,
                                           const struct cook_everything_config *config,
                                           struct cook_everything_result *result)
{
    if (services->oven->degrees < services->fridge->degrees)
        return action_refuse(call, "the oven is colder than the fridge");
    result->text = config->text_template;
    result->whole = config->whole_any;
    result->fraction = config->fraction;
    result->exact = config->exact;
    result->flag = config->flag;
    result->id = config->id_template;
    result->lasting = config->has_lasting ? config->lasting : config->lasting_default;
    result->has_colour_optional = config->has_colour_optional;
    result->anything = config->anything_required;
    struct cook_everything_result_used_entry *used =
        ARENA_ARRAY(call->arena, config->spices.count + 1, struct cook_everything_result_used_entry);
    if (used == NULL)
        return action_refuse(call, "no room for the spices");
    for (size_t i = 0; i < config->spices.count; i++)
        used[i] =
            (struct cook_everything_result_used_entry){config->spices.items[i].key, config->spices.items[i].value};
    result->used.items = used;
    result->used.count = config->spices.count;
    if (text_is(config->text_template, "twice") && config->spices.count > 0)
        used[result->used.count++] = used[0];
    result->output = config->colour_open == COOK_EVERYTHING_COLOUR_OPEN_OTHER ? COOK_EVERYTHING_OUTPUT_BURNT
                                                                              : COOK_EVERYTHING_OUTPUT_DONE;
    if (text_is(config->text_template, "key") && config->spices.count > 0)
        used[0].key = TEXT_NONE;
    spoil(config->text_template, result);
    if (text_is(config->text_template, "no such"))
        result->output = (enum cook_everything_output)7;
    return ACTION_OUTCOME_DONE;
}
