/* By the names under which the ERP publishes. */
#include <criterion/criterion.h>

#include "erp/table_domain.h"

static const char *domain_of(const char *table)
{
    struct text domain = table_domain(text_from(table));
    return domain.size > 0 ? domain.data : "";
}

Test(table_domain, first_last_and_irregular_names)
{
    cr_assert_str_eq(domain_of("assets.asset_conditions"), "assetcondition");
    cr_assert_str_eq(domain_of("sales.orders"), "order");
    cr_assert_str_eq(domain_of("products.cost_history"), "costhistory");
    cr_assert_str_eq(domain_of("geography.cities"), "city");
    cr_assert_str_eq(domain_of("hr.reports_to"), "reportsto");
    cr_assert_str_eq(domain_of("products.product_categories"), "productcategory");
}

Test(table_domain, tables_without_events)
{
    static const char *const tables[] = {"hr.user_approval_status",
                                         "products.quality_metrics",
                                         "geography.countries",
                                         "geography.regions",
                                         "core.roles",
                                         "workflow.alerts",
                                         "sales.order",
                                         "orders",
                                         ""};
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        cr_assert_str_eq(domain_of(tables[i]), "", "%s", tables[i]);
}
