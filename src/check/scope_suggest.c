/* Finds the nearest name to one that is misspelled. */
#include "action/context.h"
#include "check/scope.h"

/* The nearest of the names that were offered. */
struct nearest {
    struct scope *scope;
    struct text name, found;
    size_t distance; /* nearer ones are wanted */
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

/* The result that has a key of this name because its config says so: "customer" is in "find.customer". */
static struct text find_named_key(struct scope *scope, uint32_t action, struct text name, struct arena *arena)
{
    for (uint32_t i = 0; i < scope->graph->action_count && scope->suggestions > 0; i++) {
        scope->suggestions--;
        if (!text_equal(scope->keys[i], name))
            continue;
        enum absence absence = scope_absence(scope, i, action);
        if (absence == ABSENCE_NO || absence == ABSENCE_NOT_ALWAYS)
            return arena_print(arena, "%.*s.%.*s", TEXT_ARG(scope->graph->actions[i].name), TEXT_ARG(name));
    }
    return TEXT_NONE;
}

struct text scope_suggest(struct scope *scope, uint32_t action, enum scope_reader reader, const struct binding *binding,
                          struct text name, struct arena *arena)
{
    struct nearest nearest = {.scope = scope};
    if (binding->absence == ABSENCE_NO_MEMBER) {
        nearest.name = binding->missing;
        nearest.distance = nearest.name.size / 3 + 2;
        struct text candidate;
        for (size_t i = 0; (candidate = shape_member_name(&binding->whole, i)).data != NULL; i++)
            offer(&nearest, candidate);
        return nearest.found.data == NULL
                   ? TEXT_NONE
                   : arena_print(arena, "%.*s.%.*s", TEXT_ARG(binding->head), TEXT_ARG(nearest.found));
    }
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
    struct text named = find_named_key(scope, action, first, arena);
    if (named.data != NULL)
        return arena_print(arena, "%.*s%.*s", TEXT_ARG(named), TEXT_ARG(rest));
    /* Where the name may be a field of the trigger, only a path is likely to lead into a result. */
    if (rest.size > 0 || binding->absence != ABSENCE_NOT_KNOWN)
        offer_actions(&nearest, action);
    if (rest.size == 0 || scope->trigger != NULL)
        offer_trigger(&nearest);
    for (size_t i = 0; reader == SCOPE_TEMPLATE && rest.size == 0 && i < scope_added_count; i++)
        offer(&nearest, scope_added_names[i].name);
    if (nearest.found.data == NULL || text_equal(nearest.found, first))
        return TEXT_NONE;
    return rest.size == 0 ? nearest.found : arena_print(arena, "%.*s%.*s", TEXT_ARG(nearest.found), TEXT_ARG(rest));
}
