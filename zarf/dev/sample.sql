-- Customers and orders for the samples in examples/, after `workflow-worker migrate`.
\set ON_ERROR_STOP 1
BEGIN;

INSERT INTO core.users (id, username) VALUES
    ('f3c95789-ace1-4954-ac5d-6baed2eac902', 'ana.kovac'),
    ('cbf27734-ac10-4525-8b66-402800e03d2c', 'marco.rossi'),
    ('e0a3a91f-2346-4c13-bc27-ed12b10877a9', 'lena.vogel');

CREATE TABLE IF NOT EXISTS sales.customers (
    id uuid PRIMARY KEY,
    name varchar(100) NOT NULL,
    tier varchar(20) NOT NULL DEFAULT 'standard',
    notes text
);
INSERT INTO sales.customers (id, name) VALUES
    ('f1260ebc-7d56-4b56-b714-dc919b27dbdf', 'Nordwind Handels GmbH'),
    ('6caf76a5-7035-48ae-8280-ad3729a6f2e7', 'Baker & Sons Ltd'),
    ('3f0c9931-918c-40bf-9670-c342c6cce996', 'Hansen Yachts A/S');

INSERT INTO sales.order_fulfillment_statuses (id, name) VALUES
    ('6d2c1c5b-0f39-4a55-9d0c-3a7a3f1b8e01', 'PENDING'),
    ('6d2c1c5b-0f39-4a55-9d0c-3a7a3f1b8e02', 'PROCESSING'),
    ('6d2c1c5b-0f39-4a55-9d0c-3a7a3f1b8e03', 'PICKING'),
    ('6d2c1c5b-0f39-4a55-9d0c-3a7a3f1b8e04', 'SHIPPED');

-- Defaults, so that a new order needs only a number. The samples and their tests write other priorities than the ERP's.
ALTER TABLE sales.orders
    ADD FOREIGN KEY (customer_id) REFERENCES sales.customers (id),
    ADD COLUMN IF NOT EXISTS total numeric(12, 2) NOT NULL DEFAULT 0,
    DROP CONSTRAINT orders_priority_check,
    ALTER priority TYPE varchar(20),
    ALTER priority SET DEFAULT 'standard',
    ALTER customer_id SET DEFAULT '3f0c9931-918c-40bf-9670-c342c6cce996',
    ALTER due_date SET DEFAULT '2026-07-31',
    ALTER order_fulfillment_status_id SET DEFAULT '6d2c1c5b-0f39-4a55-9d0c-3a7a3f1b8e01',
    ALTER currency_id SET DEFAULT '0b1f2f9e-3f2b-4e7c-8b59-91e3f4a4b8d1',
    ALTER created_by SET DEFAULT 'f3c95789-ace1-4954-ac5d-6baed2eac902',
    ALTER updated_by SET DEFAULT 'f3c95789-ace1-4954-ac5d-6baed2eac902',
    ALTER created_date SET DEFAULT '2026-06-15',
    ALTER updated_date SET DEFAULT '2026-06-15';
INSERT INTO sales.orders (id, number, customer_id, total) VALUES
    ('004498f4-b987-47c1-8c9c-26a813678d7a', 'SO-2026-1041', '3f0c9931-918c-40bf-9670-c342c6cce996', 5200.00),
    ('0ecaf828-e2f7-4553-8fcc-69d79561a0d1', 'SO-2026-1042', 'f1260ebc-7d56-4b56-b714-dc919b27dbdf', 1849.50),
    ('73f80e52-a369-48b5-a441-4c46f147ecf9', 'SO-2026-1043', '6caf76a5-7035-48ae-8280-ad3729a6f2e7', 412.80),
    ('c1af4465-06f1-42fc-a101-0f154a9f2968', 'SO-2026-1044', '3f0c9931-918c-40bf-9670-c342c6cce996', 77.00),
    ('1d975bad-c972-4113-8506-c5f34cc6bf58', 'SO-2026-1045', 'f1260ebc-7d56-4b56-b714-dc919b27dbdf', 54.00);

INSERT INTO products.products (id, name) VALUES
    ('39f1a457-3eb0-4fee-a801-d0da86353bd4', 'Bread knife'),
    ('1a6b03b8-9989-42db-adea-51d4ebb11591', 'Deck brush'),
    ('b8a4b1a6-52d5-4b3c-8f6a-77e5c7a0c901', 'Proofing basket'),
    ('b8a4b1a6-52d5-4b3c-8f6a-77e5c7a0c902', 'Baking stone'),
    ('b8a4b1a6-52d5-4b3c-8f6a-77e5c7a0c903', 'Pallet truck'),
    ('1c5c8f8b-2df8-45a1-86d5-e8c0ce366b38', 'Head torch'),
    ('54b9bd3f-241e-4c98-83d0-40870ef10113', 'Mooring rope'),
    ('a9c6cede-dd5b-458f-9b02-786ab650beff', 'Work gloves'),
    ('51ab06bc-65d0-43c0-b589-95a561ae2e8d', 'Euro crate'),
    ('05f372ed-d7a1-4e20-b31e-44fcf79ce51b', 'Tarpaulin'),
    ('c5037773-6147-4da8-837f-18408d05d770', 'Work lamp');
-- `product` is for people; `released` is written by release-paid-order.json.
ALTER TABLE sales.order_line_items
    ADD COLUMN IF NOT EXISTS product varchar(100) NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS released boolean NOT NULL DEFAULT false;
INSERT INTO sales.order_line_items (id, order_id, product_id, product, quantity) VALUES
    ('b459071a-fb8a-4f9e-bf72-c46dca8fbe35', '73f80e52-a369-48b5-a441-4c46f147ecf9', '39f1a457-3eb0-4fee-a801-d0da86353bd4', 'Bread knife', 24),
    ('5a3c1fbd-f9da-4bf3-a816-96a68afe2312', '73f80e52-a369-48b5-a441-4c46f147ecf9', 'b8a4b1a6-52d5-4b3c-8f6a-77e5c7a0c901', 'Proofing basket', 60),
    ('135d63cf-1293-424c-802a-2e8f96fc5ce8', '73f80e52-a369-48b5-a441-4c46f147ecf9', 'b8a4b1a6-52d5-4b3c-8f6a-77e5c7a0c902', 'Baking stone', 6),
    ('a4ea3938-d429-4c52-8109-15b0875b0b21', '0ecaf828-e2f7-4553-8fcc-69d79561a0d1', 'b8a4b1a6-52d5-4b3c-8f6a-77e5c7a0c903', 'Pallet truck', 1),
    ('bdfaef42-8c7d-4431-b331-dab129ea3a7b', 'c1af4465-06f1-42fc-a101-0f154a9f2968', '1a6b03b8-9989-42db-adea-51d4ebb11591', 'Deck brush', 7),
    ('42b1efc1-d3e0-4bee-8221-62800a143a8a', '1d975bad-c972-4113-8506-c5f34cc6bf58', '51ab06bc-65d0-43c0-b589-95a561ae2e8d', 'Euro crate', 6);

-- Two places in Hamburg, one in Rotterdam.
INSERT INTO inventory.inventory_locations (id, zone_id, warehouse_id, aisle, rack, shelf, bin, is_pick_location,
    is_reserve_location, max_capacity, current_utilization, created_date, updated_date) VALUES
    ('81626d40-0cc2-4286-9d8d-9774018578bc', 'c6193dea-3c96-4d08-8668-495b106e1e02', 'b2458243-0272-4b99-a457-19d5e9ce0959', 'A', '01', '1', '1', true, false, 500, 0, '2026-01-05', '2026-01-05'),
    ('4483681d-af79-44c6-975c-f10c20679f4d', 'c6193dea-3c96-4d08-8668-495b106e1e02', 'b2458243-0272-4b99-a457-19d5e9ce0959', 'A', '02', '1', '1', true, false, 500, 0, '2026-01-05', '2026-01-05'),
    ('9d2c02db-d9c8-48d4-a3c3-63ee550bb61d', 'c6193dea-3c96-4d08-8668-495b106e1e02', '5264160d-9448-4771-b424-fe47509a6cfb', 'F', '09', '1', '1', true, false, 500, 0, '2026-01-05', '2026-01-05');
INSERT INTO inventory.inventory_items (id, product_id, location_id, quantity, reserved_quantity, allocated_quantity,
    minimum_stock, maximum_stock, reorder_point, economic_order_quantity, safety_stock, avg_daily_usage, created_date,
    updated_date) VALUES
    ('549d004f-a593-4372-bb90-7b0ccee17b86', '39f1a457-3eb0-4fee-a801-d0da86353bd4', '81626d40-0cc2-4286-9d8d-9774018578bc', 14, 0, 0, 5, 200, 20, 60, 5, 2, '2026-02-11', '2026-02-11'),
    ('4600208d-5251-4a4a-87a1-3fe85c59c02d', '1a6b03b8-9989-42db-adea-51d4ebb11591', '81626d40-0cc2-4286-9d8d-9774018578bc', 5, 1, 0, 5, 200, 20, 60, 5, 2, '2026-03-02', '2026-03-02'),
    ('5ab88f05-90fe-4df5-b73e-2be0ae9448fb', '1a6b03b8-9989-42db-adea-51d4ebb11591', '4483681d-af79-44c6-975c-f10c20679f4d', 8, 0, 0, 5, 200, 20, 60, 5, 2, '2026-05-20', '2026-05-20'),
    ('196bf12d-69aa-4526-a743-5334c7282a55', '1a6b03b8-9989-42db-adea-51d4ebb11591', '9d2c02db-d9c8-48d4-a3c3-63ee550bb61d', 40, 0, 0, 5, 200, 20, 60, 5, 2, '2026-06-01', '2026-06-01'),
    ('11138b2d-4387-4c5e-91a8-368fc07fc395', '1c5c8f8b-2df8-45a1-86d5-e8c0ce366b38', '81626d40-0cc2-4286-9d8d-9774018578bc', 20, 0, 0, 5, 200, 20, 60, 5, 2, '2026-06-10', '2026-06-10'),
    ('98134548-cfb7-49f0-af51-a4b54c27a33d', '54b9bd3f-241e-4c98-83d0-40870ef10113', '81626d40-0cc2-4286-9d8d-9774018578bc', 30, 0, 0, 5, 200, 20, 60, 5, 2, '2026-06-10', '2026-06-10'),
    ('74de83ff-5cb9-4c3b-904e-810e2e29c46f', 'a9c6cede-dd5b-458f-9b02-786ab650beff', '81626d40-0cc2-4286-9d8d-9774018578bc', 7, 0, 0, 5, 200, 20, 60, 5, 2, '2026-06-10', '2026-06-10'),
    ('4b3a9e51-53d6-497a-889d-1c18081424d5', '51ab06bc-65d0-43c0-b589-95a561ae2e8d', '81626d40-0cc2-4286-9d8d-9774018578bc', 10, 0, 0, 5, 200, 20, 60, 5, 2, '2026-06-10', '2026-06-10'),
    ('5d3dd45c-7a61-4118-a2ec-a0ddcebc6a1f', 'c5037773-6147-4da8-837f-18408d05d770', '81626d40-0cc2-4286-9d8d-9774018578bc', 9, 0, 0, 5, 200, 20, 60, 5, 2, '2026-06-10', '2026-06-10');

-- A purchase order, of which a part has arrived, and transfers from one place in Hamburg to the other.
INSERT INTO procurement.supplier_products (id, supplier_id, product_id, supplier_part_number, min_order_quantity,
    max_order_quantity, lead_time_days, unit_cost, is_primary_supplier, created_date, updated_date) VALUES
    ('ba858008-a468-4843-9c51-c06cc41c3c90', '412bce8e-0eb5-4488-a74a-e1ae36b563a2', '05f372ed-d7a1-4e20-b31e-44fcf79ce51b', 'TP-300', 10, 500, 5, 12.40, true, '2026-05-04', '2026-05-04');
INSERT INTO procurement.purchase_orders (id, order_number, supplier_id, purchase_order_status_id, delivery_warehouse_id,
    delivery_location_id, order_date, expected_delivery_date, currency_id, requested_by, created_by, updated_by,
    created_date, updated_date) VALUES
    ('34007c27-2a78-4a2d-8011-1cc95abbffea', 'PO-2026-0311', '412bce8e-0eb5-4488-a74a-e1ae36b563a2', '4f6d84ce-d4e3-4ae0-860d-573cdd7c7e48', 'b2458243-0272-4b99-a457-19d5e9ce0959', '4483681d-af79-44c6-975c-f10c20679f4d', '2026-06-08', '2026-06-17', '0b1f2f9e-3f2b-4e7c-8b59-91e3f4a4b8d1', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902', '2026-06-08', '2026-06-08');
INSERT INTO inventory.transfer_orders (id, product_id, from_location_id, to_location_id, requested_by, approved_by, quantity,
    status, transfer_date, created_date, updated_date, claimed_by) VALUES
    ('7b84bd69-d501-4ac4-b398-b2c137cfbe9a', 'c5037773-6147-4da8-837f-18408d05d770', '81626d40-0cc2-4286-9d8d-9774018578bc', '4483681d-af79-44c6-975c-f10c20679f4d', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 2, 'approved', '2026-06-18', '2026-06-16', '2026-06-16', NULL),
    ('600d819d-095b-4c46-bf72-728266af1398', 'c5037773-6147-4da8-837f-18408d05d770', '81626d40-0cc2-4286-9d8d-9774018578bc', '4483681d-af79-44c6-975c-f10c20679f4d', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 4, 'in_transit', '2026-06-18', '2026-06-16', '2026-06-17', 'cbf27734-ac10-4525-8b66-402800e03d2c');

INSERT INTO workflow.trigger_types (id, name) VALUES
    ('4260ce86-ca96-4d78-ba56-9ee452a5d423', 'on_create'),
    ('44e767f7-43bb-4898-ac59-157196f119be', 'on_update');
INSERT INTO workflow.entity_types (id, name) VALUES
    ('23cc390c-9354-40e3-8e1f-39485d23d1f3', 'table');
INSERT INTO workflow.entities (id, name, entity_type_id, schema_name) VALUES
    ('4d1dd7de-07c1-437b-95d0-c57b811008b7', 'orders', '23cc390c-9354-40e3-8e1f-39485d23d1f3', 'sales'),
    ('76b510cb-d03a-4f22-937f-65c06eb026a7', 'order_line_items', '23cc390c-9354-40e3-8e1f-39485d23d1f3', 'sales'),
    ('fe5f0c6f-576a-4df2-b60b-b3b1fcc52320', 'inventory_items', '23cc390c-9354-40e3-8e1f-39485d23d1f3', 'inventory'),
    ('c2358941-f732-47c1-a58d-a17f6ef666d4', 'allocation_results', '23cc390c-9354-40e3-8e1f-39485d23d1f3', 'workflow'),
    ('afb7789f-5537-4d08-9637-ba6e32a5cf9d', 'users', '23cc390c-9354-40e3-8e1f-39485d23d1f3', 'core'),
    ('9c59a51c-1815-4634-91fa-10412bf725eb', 'suppliers', '23cc390c-9354-40e3-8e1f-39485d23d1f3', 'procurement'),
    ('87f2d6b3-38bc-48dc-8db0-a011935dd8b2', 'supplier_products', '23cc390c-9354-40e3-8e1f-39485d23d1f3', 'procurement'),
    ('970541cd-82a3-44fe-bcd9-c702d2e86f48', 'user_assets', '23cc390c-9354-40e3-8e1f-39485d23d1f3', 'assets'),
    ('a871cdf3-4de0-4082-831d-b79e400a1212', 'purchase_order_line_items', '23cc390c-9354-40e3-8e1f-39485d23d1f3', 'procurement'),
    ('28a5f485-b2a2-4320-95c7-1b6b810ef821', 'transfer_orders', '23cc390c-9354-40e3-8e1f-39485d23d1f3', 'inventory');
INSERT INTO workflow.automation_rules
    (id, name, entity_id, entity_type_id, trigger_type_id, created_by, updated_by) VALUES
    ('d4e9fa63-3313-43f0-9fa0-57702e2677a6', 'Expedite large orders', '4d1dd7de-07c1-437b-95d0-c57b811008b7', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '4260ce86-ca96-4d78-ba56-9ee452a5d423', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('16cb6ae4-9545-4468-936c-62aea2acfe1e', 'Release paid orders', '4d1dd7de-07c1-437b-95d0-c57b811008b7', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '44e767f7-43bb-4898-ac59-157196f119be', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('f26dd23d-bbcc-44cb-b817-d46067f2ea6c', 'Review and grant', '4d1dd7de-07c1-437b-95d0-c57b811008b7', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '44e767f7-43bb-4898-ac59-157196f119be', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('5b76f589-a141-4a71-8bc8-7d84b9e83ea3', 'Hold orders over the credit limit', '4d1dd7de-07c1-437b-95d0-c57b811008b7', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '4260ce86-ca96-4d78-ba56-9ee452a5d423', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('bc8e4f14-c3af-43fa-aaec-f6dd0c96c9a0', 'Warn of low stock', 'fe5f0c6f-576a-4df2-b60b-b3b1fcc52320', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '44e767f7-43bb-4898-ac59-157196f119be', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('c2e9ad92-60dc-4511-95de-acccbc705e55', 'Reserve stock for new lines', '76b510cb-d03a-4f22-937f-65c06eb026a7', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '4260ce86-ca96-4d78-ba56-9ee452a5d423', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('8d0a3c5e-4f6b-4f0e-9b1c-5b8a2f6d7e41', 'Ask before large discounts', '4d1dd7de-07c1-437b-95d0-c57b811008b7', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '44e767f7-43bb-4898-ac59-157196f119be', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('20426ffe-c2a7-49c7-a2ca-4710a20304b2', 'Mark allocated lines', 'c2358941-f732-47c1-a58d-a17f6ef666d4', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '4260ce86-ca96-4d78-ba56-9ee452a5d423', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('1d22cd68-6f1c-436e-be76-9142271686bb', 'Alert when stock runs out', 'c2358941-f732-47c1-a58d-a17f6ef666d4', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '4260ce86-ca96-4d78-ba56-9ee452a5d423', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('a1f68357-62f3-4954-889c-6393fd30f08c', 'Confirm new orders', '4d1dd7de-07c1-437b-95d0-c57b811008b7', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '4260ce86-ca96-4d78-ba56-9ee452a5d423', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('dd8b27a8-1dca-43d9-a1d1-2f8d588de1e5', 'Tell operations of changed orders', '4d1dd7de-07c1-437b-95d0-c57b811008b7', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '44e767f7-43bb-4898-ac59-157196f119be', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('ddc67ccc-fdfa-4bae-a51a-cc85ecdfaef9', 'Welcome new users', 'afb7789f-5537-4d08-9637-ba6e32a5cf9d', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '4260ce86-ca96-4d78-ba56-9ee452a5d423', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('b8c9c6dd-ca7a-4dfc-a4ee-ed7ce1b057f9', 'Announce new suppliers', '9c59a51c-1815-4634-91fa-10412bf725eb', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '4260ce86-ca96-4d78-ba56-9ee452a5d423', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('2c71a1f1-3ad7-4d78-ba9b-90652c1bfc8b', 'Tell of assets in use', '970541cd-82a3-44fe-bcd9-c702d2e86f48', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '4260ce86-ca96-4d78-ba56-9ee452a5d423', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('9e9670d9-c1d1-400b-9717-cd04c7269558', 'Reserve what is in stock', '76b510cb-d03a-4f22-937f-65c06eb026a7', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '4260ce86-ca96-4d78-ba56-9ee452a5d423', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('85959ae3-8882-47cc-b8f0-dd4aa558525a', 'Reserve stock and look at what is left', '76b510cb-d03a-4f22-937f-65c06eb026a7', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '4260ce86-ca96-4d78-ba56-9ee452a5d423', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('4d59cb03-7306-4e3a-8ab2-d2e15bc7e4bf', 'Warn at the reorder point', 'fe5f0c6f-576a-4df2-b60b-b3b1fcc52320', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '44e767f7-43bb-4898-ac59-157196f119be', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('bba0cd2e-d14e-46e7-8cbf-8c064c5a56ed', 'Note new stock in the audit log', 'fe5f0c6f-576a-4df2-b60b-b3b1fcc52320', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '4260ce86-ca96-4d78-ba56-9ee452a5d423', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('5934d17d-1534-446e-b162-d148d7694c15', 'Note what suppliers offer in the audit log', '87f2d6b3-38bc-48dc-8db0-a011935dd8b2', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '4260ce86-ca96-4d78-ba56-9ee452a5d423', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('b75de7a7-178e-44cb-b49b-9a18455747d6', 'Put away what arrives', 'a871cdf3-4de0-4082-831d-b79e400a1212', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '44e767f7-43bb-4898-ac59-157196f119be', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('4adf175e-5b9d-44a1-ab53-fa93f62e910f', 'Button: release to picking', '4d1dd7de-07c1-437b-95d0-c57b811008b7', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '44e767f7-43bb-4898-ac59-157196f119be', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('1fee3729-1dc5-443d-aa27-4d8a77c6835e', 'Button: claim a transfer', '28a5f485-b2a2-4320-95c7-1b6b810ef821', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '44e767f7-43bb-4898-ac59-157196f119be', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('0caea193-a19b-4e7c-b79c-ad2c8832f4c3', 'Button: complete a transfer', '28a5f485-b2a2-4320-95c7-1b6b810ef821', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '44e767f7-43bb-4898-ac59-157196f119be', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902');

-- A warning of last week that nobody has acknowledged.
INSERT INTO workflow.alerts (id, alert_type, severity, title, message, source_entity_name, source_entity_id,
    source_rule_id, created_date, updated_date) VALUES
    ('f61915b9-e378-45b0-8727-3ff2fd668330', 'low_stock', 'low', 'Low stock: Bread knife', '19 left, 20 wanted', 'inventory_items',
        '549d004f-a593-4372-bb90-7b0ccee17b86', 'bc8e4f14-c3af-43fa-aaec-f6dd0c96c9a0', '2026-06-10', '2026-06-10');
INSERT INTO workflow.alert_recipients (id, alert_id, recipient_type, recipient_id, created_date) VALUES
    ('74c8463e-4d18-47de-9a76-2162be08181b', 'f61915b9-e378-45b0-8727-3ff2fd668330', 'user', 'e0a3a91f-2346-4c13-bc27-ed12b10877a9', '2026-06-10');

-- The ERP inserts each execution before it starts the workflow; approval requests refer to it.
INSERT INTO workflow.automation_executions (id, automation_rules_id, entity_type, status) VALUES
    ('6ee57c66-a209-46a7-bfb5-ed170b0387e0', '5b76f589-a141-4a71-8bc8-7d84b9e83ea3', 'orders', 'pending'),
    ('b7a4f0c2-6d1e-4c57-8f3a-2e9c1d5b6a08', '8d0a3c5e-4f6b-4f0e-9b1c-5b8a2f6d7e41', 'orders', 'pending');

COMMIT;
