/* The event of an update, from which other rules follow. */
#include "erp/cascade.h"
#include "handlers/update_field_internal.h"

/* The ERP's bus of each table; a table without one has no events. */
static const struct {
    const char *table, *domain;
} domains[] = {
    {"assets.asset_conditions", "assetcondition"},
    {"assets.asset_tags", "assettag"},
    {"assets.asset_types", "assettype"},
    {"assets.assets", "asset"},
    {"assets.user_assets", "userasset"},
    {"assets.valid_assets", "validasset"},
    {"core.contact_infos", "contactinfo"},
    {"core.users", "user"},
    {"geography.cities", "city"},
    {"geography.streets", "street"},
    {"hr.homes", "home"},
    {"hr.offices", "office"},
    {"hr.reports_to", "reportsto"},
    {"hr.titles", "title"},
    {"hr.user_approval_comments", "userapprovalcomment"},
    {"inventory.inspections", "inspection"},
    {"inventory.inventory_adjustments", "inventoryadjustment"},
    {"inventory.inventory_items", "inventoryitem"},
    {"inventory.inventory_locations", "inventorylocation"},
    {"inventory.lot_trackings", "lottracking"},
    {"inventory.serial_numbers", "serialnumber"},
    {"inventory.transfer_orders", "transferorder"},
    {"inventory.warehouses", "warehouse"},
    {"inventory.zones", "zone"},
    {"procurement.purchase_order_line_item_statuses", "purchaseorderlineitemstatus"},
    {"procurement.purchase_order_line_items", "purchaseorderlineitem"},
    {"procurement.purchase_order_statuses", "purchaseorderstatus"},
    {"procurement.purchase_orders", "purchaseorder"},
    {"procurement.supplier_products", "supplierproduct"},
    {"procurement.suppliers", "supplier"},
    {"products.brands", "brand"},
    {"products.cost_history", "costhistory"},
    {"products.physical_attributes", "physicalattribute"},
    {"products.product_categories", "productcategory"},
    {"products.product_costs", "productcost"},
    {"products.products", "product"},
    {"sales.customers", "customer"},
    {"sales.line_item_fulfillment_statuses", "lineitemfulfillmentstatus"},
    {"sales.order_fulfillment_statuses", "orderfulfillmentstatus"},
    {"sales.order_line_items", "orderlineitem"},
    {"sales.orders", "order"},
};

struct text update_field_domain(struct text table)
{
    for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++)
        if (text_is(table, domains[i].table))
            return text_from(domains[i].domain);
    return TEXT_NONE;
}

/* The row that was written, where it is one and named by its id; else nil, since it may be several. */
static struct uuid written_row(const struct update_job *job)
{
    const struct update_field_condition *only = job->conditions.items;
    struct uuid id = {0};
    if (job->conditions.count == 1 && text_is(only->field_name, "id") &&
        only->operator_ == UPDATE_FIELD_OPERATOR_EQUALS && only->value.type == JSON_STRING &&
        !uuid_parse(only->value.string, &id))
        return (struct uuid){0};
    return id;
}

static struct text params_of(const struct update_job *job)
{
    const struct action_call *call = job->call;
    struct uuid row = written_row(job);
    char id[UUID_TEXT_SIZE + 1];
    uuid_format(row, id);
    struct json_member members[2] = {{job->config->target_field, job->written}};
    size_t count = 1;
    if (!uuid_is_nil(row)) {
        count = text_is(job->config->target_field, "id") ? 1 : 2;
        members[count - 1] = (struct json_member){TEXT("id"), json_string(text_from(id))};
    }
    const struct json_value entity = json_object(members, count);
    return cascade_params(call->arena, row, call->user_id, &entity);
}

bool update_field_write_event(const struct update_job *job, struct database_parameter *parameters)
{
    struct text table = job->config->target_entity;
    size_t schema = text_find_byte(table, '.') + 1;
    parameters[0].text = uuid_text(job->call->arena, action_row_id(job->call, "cascade", 0));
    parameters[1].text = job->domain;
    parameters[2].text = text_slice(table, schema, table.size - schema);
    parameters[3].text = params_of(job);
    parameters[4] = cascade_lineage(job->call);
    return parameters[0].text.data != NULL && parameters[3].text.data != NULL && parameters[4].text.data != NULL;
}
