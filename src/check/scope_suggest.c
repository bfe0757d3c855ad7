/* Finds the name that is most similar to a misspelled name. */
#include "action/context.h"
#include "check/scope.h"

/* The nearest of the names offered so far. */
struct nearest {
    struct scope *scope;
    struct text name, found;
    size_t distance; /* only names at a smaller distance are accepted */
};

static void offer(struct nearest *nearest, struct text candidate)
{
    size_t longer = candidate.size > nearest->name.size ? candidate.size : nearest->name.size;
    size_t shorter = candidate.size > nearest->name.size ? nearest->name.size : candidate.size;
    if (candidate.size == 0 || longer - shorter >= nearest->distance || nearest->scope->suggestions == 0)
        return;
    nearest->scope->suggestions--;
    size_t distance = text_distance(nearest->name, candidate);
    if (distance >= nearest->distance)
        return;
    nearest->distance = distance;
    nearest->found = candidate;
}

static void offer_actions(struct nearest *nearest, uint32_t action)
{
    struct scope *scope = nearest->scope;
    for (uint32_t i = 0; i < scope->graph->action_count && scope->suggestions > 0; i++) {
        size_t before = nearest->distance;
        struct text found = nearest->found;
        offer(nearest, scope->graph->actions[i].name);
        if (nearest->distance == before)
            continue;
        enum absence absence = scope_absence(scope, i, action);
        if (absence != ABSENCE_NO && absence != ABSENCE_NOT_ALWAYS) {
            nearest->distance = before;
            nearest->found = found;
        }
    }
}

static void offer_trigger(struct nearest *nearest)
{
    const struct scope *scope = nearest->scope;
    for (size_t i = 0; scope->trigger != NULL && i < scope->trigger->object.count; i++)
        offer(nearest, scope->trigger->object.members[i].key);
    const struct entity_type *entity = scope->options->entity;
    for (size_t i = 0; entity != NULL && i < entity->field_count; i++)
        offer(nearest, text_from(entity->fields[i].name));
}

/* Offers the result fields whose keys the configs name, such as "customer" and "customer_count" for "find.customer" and
   "find.customer_count". Returns the action of the nearest one; UINT32_MAX: none is near. */
static uint32_t offer_named_keys(struct nearest *nearest, uint32_t action, struct arena *arena)
{
    struct scope *scope = nearest->scope;
    uint32_t source = UINT32_MAX;
    for (uint32_t i = 0; i < scope->graph->action_count && scope->suggestions > 0; i++) {
        const struct action_type *type = scope->keys[i].size > 0 ? scope->types[i] : NULL;
        scope->suggestions--;
        struct nearest before = *nearest;
        for (size_t k = 0; type != NULL && k < type->result_field_count; k++) {
            const struct field_type *field = &type->result_fields[k];
            if (field->key_from != NULL)
                offer(nearest, arena_print(arena, "%.*s%s", TEXT_ARG(scope->keys[i]),
                                           field->suffix != NULL ? field->suffix : ""));
        }
        if (nearest->distance == before.distance)
            continue;
        enum absence absence = scope_absence(scope, i, action);
        if (absence == ABSENCE_NO || absence == ABSENCE_NOT_ALWAYS)
            source = i;
        else
            *nearest = before;
    }
    return source;
}

/* Suggests a member of the value that lacks the named member. */
static struct text suggest_member(struct nearest *nearest, const struct binding *binding, struct arena *arena)
{
    nearest->name = binding->missing;
    nearest->distance = nearest->name.size / 3 + 2;
    struct text candidate;
    for (size_t i = 0; (candidate = shape_member_name(&binding->whole, i, arena)).data != NULL; i++)
        offer(nearest, candidate);
    return nearest->found.data == NULL
               ? TEXT_NONE
               : arena_print(arena, "%.*s.%.*s", TEXT_ARG(binding->head), TEXT_ARG(nearest->found));
}

struct text scope_suggest(struct scope *scope, uint32_t action, enum scope_reader reader, const struct binding *binding,
                          struct text name, struct arena *arena)
{
    struct nearest nearest = {.scope = scope};
    if (binding->absence == ABSENCE_NO_MEMBER)
        return suggest_member(&nearest, binding, arena);
    size_t end = 0;
    while (end < name.size && !context_is_cut(name, end))
        end++;
    struct text first = text_slice(name, 0, end), rest = text_slice(name, end, name.size);
    nearest.name = first;
    nearest.distance = first.size / 3 + 2;
    if (binding->absence == ABSENCE_NO_BUILTIN) {
        offer(&nearest, TEXT("$now"));
        offer(&nearest, TEXT("$me"));
        return nearest.found;
    }
    /* A name without a path that may be a field of the trigger is unlikely to mean a result. */
    bool may_be_field = rest.size == 0 && binding->absence == ABSENCE_NOT_KNOWN;
    struct nearest keyed = nearest;
    uint32_t source = offer_named_keys(&keyed, action, arena);
    if (!may_be_field)
        offer_actions(&nearest, action);
    if (rest.size == 0 || scope->trigger != NULL)
        offer_trigger(&nearest);
    for (size_t i = 0; reader == SCOPE_TEMPLATE && rest.size == 0 && i < scope_added_count; i++)
        offer(&nearest, scope_added_names[i].name);
    if (source != UINT32_MAX && (may_be_field ? keyed.distance == 0 : keyed.distance < nearest.distance))
        return arena_print(arena, "%.*s.%.*s%.*s", TEXT_ARG(scope->graph->actions[source].name), TEXT_ARG(keyed.found),
                           TEXT_ARG(rest));
    if (nearest.found.data == NULL || text_equal(nearest.found, first))
        return TEXT_NONE;
    return rest.size == 0 ? nearest.found : arena_print(arena, "%.*s%.*s", TEXT_ARG(nearest.found), TEXT_ARG(rest));
}
