#include "stock.h"

#include <stdio.h>

#define LOCATION                                                                                                       \
    "INSERT INTO inventory.inventory_locations (id, zone_id, warehouse_id, aisle, rack, shelf, bin, is_pick_location," \
    " is_reserve_location, max_capacity, current_utilization, created_date, updated_date) "
#define ITEM                                                                                                           \
    "INSERT INTO inventory.inventory_items (id, product_id, location_id, quantity, reserved_quantity,"                 \
    " allocated_quantity, minimum_stock, maximum_stock, reorder_point, economic_order_quantity, safety_stock,"         \
    " avg_daily_usage, created_date, updated_date) "

static void place(const char *location, const char *warehouse)
{
    char sql[1024];
    (void)snprintf(sql, sizeof(sql),
                   LOCATION "VALUES ('%s', gen_random_uuid(), '%s', 'A', '1', '1', '1', true, false, 500, 0,"
                            " '2026-01-05', '2026-01-05')",
                   location, warehouse);
    postgres_do(sql);
}

void stock_locations(void)
{
    place(LEFT, NEAR);
    place(RIGHT, NEAR);
    place(REMOTE, FAR);
}

void stock(int number, const char *product, const char *location, int quantity, int reserved, int allocated,
           const char *created)
{
    char sql[1024];
    (void)snprintf(sql, sizeof(sql),
                   ITEM "VALUES ('0000000%d-0000-4000-8000-000000000000', '%s', '%s', %d, %d, %d, 0, 0, 0, 0, 0, 0,"
                        " '%s', '2026-01-05')",
                   number, product, location, quantity, reserved, allocated, created);
    postgres_do(sql);
}

void stock_many(const char *product, int rows, int quantity)
{
    char sql[2048];
    (void)snprintf(sql, sizeof(sql),
                   "WITH places AS (" LOCATION "SELECT gen_random_uuid(), gen_random_uuid(), '" NEAR
                   "', 'A', '1', '1', '1', true, false, 500, 0, '2026-01-05', '2026-01-05'"
                   " FROM generate_series(1, %d) RETURNING id) " ITEM
                   "SELECT gen_random_uuid(), '%s', id, %d, 0, 0, 0, 0, 0, 0, 0, 0,"
                   " '2026-01-05'::timestamp + row_number() OVER () * interval '1 day', '2026-01-05' FROM places",
                   rows, product, quantity);
    postgres_do(sql);
}
