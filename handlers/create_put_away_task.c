/* Creates a task to shelve received goods. */
#include "generated/create_put_away_task.h"

#include "erp/action_database.h"
#include "erp/event_fields.h"
#include "erp/put_away.h"

static struct text default_reference(const struct action_call *call)
{
    struct text order = json_get_text(call->context, TEXT("purchase_order_id"));
    return order.size > 0 ? arena_print(call->arena, "PO-%.*s", TEXT_ARG(order)) : TEXT("");
}

enum action_outcome handle_create_put_away_task(struct action_call *call,
                                                const struct create_put_away_task_services *services,
                                                const struct create_put_away_task_config *config,
                                                struct create_put_away_task_result *result)
{
    static const enum create_put_away_task_output outputs[] = {
        [PUT_AWAY_FOUND] = CREATE_PUT_AWAY_TASK_OUTPUT_CREATED,
        [PUT_AWAY_NO_PRODUCT] = CREATE_PUT_AWAY_TASK_OUTPUT_PRODUCT_NOT_FOUND,
        [PUT_AWAY_NO_LOCATION] = CREATE_PUT_AWAY_TASK_OUTPUT_NO_LOCATION,
    };
    struct put_away_task task = {.product_id = config->product_id, .location_id = config->location_id};
    task.reference = config->reference_number.size > 0 ? config->reference_number : default_reference(call);
    if (task.reference.data == NULL)
        return action_refuse(call, "out of the memory budget of this task");
    if (event_increase(call, "quantity_received", &task.quantity) == EVENT_FIELD_INVALID)
        return action_refuse(call, PUBLIC("create put-away task: the quantity received is too large"));
    if (task.quantity <= 0) {
        *result = (struct create_put_away_task_result){.output = CREATE_PUT_AWAY_TASK_OUTPUT_SKIPPED,
                                                       .reason = TEXT("delta <= 0")};
        return ACTION_OUTCOME_DONE;
    }
    const struct put_away_source source = {
        .product = config->source_from_po,
        .location = config->location_strategy == CREATE_PUT_AWAY_TASK_LOCATION_STRATEGY_PO_DELIVERY,
    };
    const char *doing = "create put-away task";
    struct database_fault fault = {.arena = call->arena};
    enum put_away_found found = PUT_AWAY_FOUND;
    *result = (struct create_put_away_task_result){0};
    enum database_outcome outcome =
        put_away_find(call, services->database, source, &task, &found, &result->error, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, doing, &fault);
    result->output = outputs[found];
    if (found != PUT_AWAY_FOUND)
        return ACTION_OUTCOME_DONE;
    if (!action_user(call, doing, &task.user_id))
        return ACTION_OUTCOME_REFUSED;
    result->has_task_id = true;
    outcome = put_away_create(call, services->database, &task, &result->task_id, &fault);
    return outcome == DATABASE_OK ? ACTION_OUTCOME_DONE : action_database_failed(call, outcome, doing, &fault);
}
