-- A handful of customers and orders for the samples in examples/, after `workflow-worker migrate`.
\set ON_ERROR_STOP 1
BEGIN;

ALTER TABLE core.users ADD COLUMN IF NOT EXISTS username varchar(100);
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

ALTER TABLE sales.orders
    ADD COLUMN IF NOT EXISTS customer_id uuid REFERENCES sales.customers (id),
    ADD COLUMN IF NOT EXISTS due_date date,
    ADD COLUMN IF NOT EXISTS priority varchar(20) NOT NULL DEFAULT 'standard',
    ADD COLUMN IF NOT EXISTS total numeric(12, 2) NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS notes text;
INSERT INTO sales.orders (id, number, customer_id, total) VALUES
    ('004498f4-b987-47c1-8c9c-26a813678d7a', 'SO-2026-1041', '3f0c9931-918c-40bf-9670-c342c6cce996', 5200.00),
    ('0ecaf828-e2f7-4553-8fcc-69d79561a0d1', 'SO-2026-1042', 'f1260ebc-7d56-4b56-b714-dc919b27dbdf', 1849.50),
    ('73f80e52-a369-48b5-a441-4c46f147ecf9', 'SO-2026-1043', '6caf76a5-7035-48ae-8280-ad3729a6f2e7', 412.80),
    ('c1af4465-06f1-42fc-a101-0f154a9f2968', 'SO-2026-1044', '3f0c9931-918c-40bf-9670-c342c6cce996', 77.00);

CREATE TABLE IF NOT EXISTS sales.order_line_items (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES sales.orders (id),
    product varchar(100) NOT NULL,
    quantity integer NOT NULL,
    released boolean NOT NULL DEFAULT false
);
INSERT INTO sales.order_line_items (id, order_id, product, quantity) VALUES
    ('b459071a-fb8a-4f9e-bf72-c46dca8fbe35', '73f80e52-a369-48b5-a441-4c46f147ecf9', 'Bread knife', 24),
    ('5a3c1fbd-f9da-4bf3-a816-96a68afe2312', '73f80e52-a369-48b5-a441-4c46f147ecf9', 'Proofing basket', 60),
    ('135d63cf-1293-424c-802a-2e8f96fc5ce8', '73f80e52-a369-48b5-a441-4c46f147ecf9', 'Baking stone', 6),
    ('a4ea3938-d429-4c52-8109-15b0875b0b21', '0ecaf828-e2f7-4553-8fcc-69d79561a0d1', 'Pallet truck', 1),
    ('bdfaef42-8c7d-4431-b331-dab129ea3a7b', 'c1af4465-06f1-42fc-a101-0f154a9f2968', 'Deck brush', 7);

INSERT INTO workflow.trigger_types (id, name) VALUES
    ('4260ce86-ca96-4d78-ba56-9ee452a5d423', 'on_create'),
    ('44e767f7-43bb-4898-ac59-157196f119be', 'on_update');
INSERT INTO workflow.entity_types (id, name) VALUES
    ('23cc390c-9354-40e3-8e1f-39485d23d1f3', 'table');
INSERT INTO workflow.entities (id, name, entity_type_id, schema_name) VALUES
    ('4d1dd7de-07c1-437b-95d0-c57b811008b7', 'orders', '23cc390c-9354-40e3-8e1f-39485d23d1f3', 'sales');
INSERT INTO workflow.automation_rules
    (id, name, entity_id, entity_type_id, trigger_type_id, created_by, updated_by) VALUES
    ('d4e9fa63-3313-43f0-9fa0-57702e2677a6', 'Expedite large orders', '4d1dd7de-07c1-437b-95d0-c57b811008b7', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '4260ce86-ca96-4d78-ba56-9ee452a5d423', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('16cb6ae4-9545-4468-936c-62aea2acfe1e', 'Release paid orders', '4d1dd7de-07c1-437b-95d0-c57b811008b7', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '44e767f7-43bb-4898-ac59-157196f119be', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('f26dd23d-bbcc-44cb-b817-d46067f2ea6c', 'Review and grant', '4d1dd7de-07c1-437b-95d0-c57b811008b7', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '44e767f7-43bb-4898-ac59-157196f119be', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902'),
    ('5b76f589-a141-4a71-8bc8-7d84b9e83ea3', 'Hold orders over the credit limit', '4d1dd7de-07c1-437b-95d0-c57b811008b7', '23cc390c-9354-40e3-8e1f-39485d23d1f3', '4260ce86-ca96-4d78-ba56-9ee452a5d423', 'f3c95789-ace1-4954-ac5d-6baed2eac902', 'f3c95789-ace1-4954-ac5d-6baed2eac902');

COMMIT;
