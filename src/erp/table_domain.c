#include "erp/table_domain.h"

/* Sorted by table. Rules can write the protected tables only while the protection is off. */
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

struct text table_domain(struct text table)
{
    for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++)
        if (text_is(table, domains[i].table))
            return text_from(domains[i].domain);
    return TEXT_NONE;
}
