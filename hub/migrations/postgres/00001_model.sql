-- +goose Up
-- The canonical model. Rules that need more than one row are hub.Invariants.

CREATE TABLE product_lines (
    id uuid NOT NULL,
    code varchar(40) COLLATE "C" NOT NULL CONSTRAINT product_lines_code_check CHECK (code = trim(code) AND code <> ''),
    name varchar(200) COLLATE "C" NOT NULL,
    owner varchar(200) COLLATE "C",
    write_owner varchar(40) COLLATE "C" NOT NULL CONSTRAINT product_lines_write_owner_check CHECK (write_owner IN ('legacy', 'frozen', 'store')),
    wave varchar(40) COLLATE "C",
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT product_lines_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (code)
);

CREATE TABLE units_of_measure (
    id uuid NOT NULL,
    code varchar(40) COLLATE "C" NOT NULL CONSTRAINT units_of_measure_code_check CHECK (code = trim(code) AND code <> ''),
    name varchar(200) COLLATE "C" NOT NULL,
    family varchar(40) COLLATE "C" NOT NULL CONSTRAINT units_of_measure_family_check CHECK (family IN ('user', 'concurrent', 'device', 'server', 'core', 'capacity', 'transfer', 'transaction', 'financial', 'site', 'time')),
    scale bigint NOT NULL,
    aggregation varchar(40) COLLATE "C" NOT NULL CONSTRAINT units_of_measure_aggregation_check CHECK (aggregation IN ('sum', 'max', 'last')),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT units_of_measure_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (code),
    CONSTRAINT units_of_measure_scale_sign_check CHECK (scale >= 0)
);

CREATE TABLE license_models (
    id uuid NOT NULL,
    code varchar(40) COLLATE "C" NOT NULL CONSTRAINT license_models_code_check CHECK (code = trim(code) AND code <> ''),
    name varchar(200) COLLATE "C" NOT NULL,
    technology varchar(80) COLLATE "C",
    counted boolean NOT NULL,
    uom varchar(40) COLLATE "C" REFERENCES units_of_measure (code),
    start_rule varchar(40) COLLATE "C" CONSTRAINT license_models_start_rule_check CHECK (start_rule IN ('fixed', 'first_activation', 'each_activation')),
    overdraft bigint NOT NULL,
    grace_days bigint NOT NULL,
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT license_models_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (code),
    CONSTRAINT license_models_overdraft_sign_check CHECK (overdraft >= 0),
    CONSTRAINT license_models_grace_days_sign_check CHECK (grace_days >= 0)
);

CREATE TABLE products (
    id uuid NOT NULL,
    code varchar(40) COLLATE "C" NOT NULL CONSTRAINT products_code_check CHECK (code = trim(code) AND code <> ''),
    name varchar(200) COLLATE "C" NOT NULL,
    version varchar(40) COLLATE "C",
    kind varchar(40) COLLATE "C" NOT NULL CONSTRAINT products_kind_check CHECK (kind IN ('product', 'suite', 'maintenance', 'service')),
    state varchar(40) COLLATE "C" NOT NULL CONSTRAINT products_state_check CHECK (state IN ('draft', 'deployed', 'inactive', 'obsolete')),
    line varchar(40) COLLATE "C" NOT NULL CONSTRAINT products_line_check CHECK (line = trim(line) AND line <> ''),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT products_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE NULLS NOT DISTINCT (code, version)
);

CREATE TABLE features (
    id uuid NOT NULL,
    code varchar(40) COLLATE "C" NOT NULL CONSTRAINT features_code_check CHECK (code = trim(code) AND code <> ''),
    name varchar(200) COLLATE "C" NOT NULL,
    product_id uuid NOT NULL REFERENCES products (id),
    optional boolean NOT NULL,
    qty bigint,
    line varchar(40) COLLATE "C" NOT NULL CONSTRAINT features_line_check CHECK (line = trim(line) AND line <> ''),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT features_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    CONSTRAINT features_qty_sign_check CHECK (qty >= 0)
);
CREATE INDEX features_product_id_idx ON features (product_id);

CREATE TABLE part_numbers (
    id uuid NOT NULL,
    sku varchar(80) COLLATE "C" NOT NULL CONSTRAINT part_numbers_sku_check CHECK (sku = trim(sku) AND sku <> ''),
    product_id uuid NOT NULL REFERENCES products (id),
    license_model varchar(40) COLLATE "C" REFERENCES license_models (code),
    uom varchar(40) COLLATE "C" REFERENCES units_of_measure (code),
    units_per_sku bigint NOT NULL,
    term_n bigint,
    term_unit varchar(40) COLLATE "C" CONSTRAINT part_numbers_term_unit_check CHECK (term_unit IN ('days', 'weeks', 'months', 'years')),
    state varchar(40) COLLATE "C" NOT NULL CONSTRAINT part_numbers_state_check CHECK (state IN ('draft', 'deployed', 'inactive', 'obsolete')),
    valid_from date CONSTRAINT part_numbers_valid_from_check CHECK (valid_from BETWEEN '1901-01-01' AND '2098-12-31'),
    valid_to date CONSTRAINT part_numbers_valid_to_check CHECK (valid_to BETWEEN '1901-01-01' AND '2098-12-31'),
    line varchar(40) COLLATE "C" NOT NULL CONSTRAINT part_numbers_line_check CHECK (line = trim(line) AND line <> ''),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT part_numbers_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (source, sku),
    CONSTRAINT part_numbers_units_per_sku_sign_check CHECK (units_per_sku > 0),
    CONSTRAINT part_numbers_term_n_sign_check CHECK (term_n > 0),
    CONSTRAINT part_numbers_term_n_term_unit_check CHECK ((term_n IS NULL) = (term_unit IS NULL)),
    CONSTRAINT part_numbers_valid_from_valid_to_check CHECK (valid_to >= valid_from)
);

CREATE TABLE organizations (
    id uuid NOT NULL,
    org_no varchar(80) COLLATE "C" NOT NULL CONSTRAINT organizations_org_no_check CHECK (org_no = trim(org_no) AND org_no <> ''),
    name varchar(400) COLLATE "C" NOT NULL,
    legal_name varchar(400) COLLATE "C",
    kind varchar(40) COLLATE "C" NOT NULL CONSTRAINT organizations_kind_check CHECK (kind IN ('customer', 'distributor', 'reseller', 'affiliate', 'publisher', 'self_registered')),
    parent_id uuid REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED,
    country varchar(2) COLLATE "C",
    domains varchar(1000) COLLATE "C",
    tax_id varchar(80) COLLATE "C",
    tier varchar(40) COLLATE "C",
    status varchar(40) COLLATE "C" NOT NULL CONSTRAINT organizations_status_check CHECK (status IN ('active', 'inactive', 'merged')),
    merged_into uuid REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED,
    created_on date CONSTRAINT organizations_created_on_check CHECK (created_on BETWEEN '1901-01-01' AND '2098-12-31'),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT organizations_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (source, org_no),
    CONSTRAINT organizations_merged_check CHECK ((status = 'merged') = (merged_into IS NOT NULL)),
    CONSTRAINT organizations_parent_id_self_check CHECK (parent_id <> id),
    CONSTRAINT organizations_merged_into_self_check CHECK (merged_into <> id)
);
CREATE INDEX organizations_parent_id_idx ON organizations (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX organizations_merged_into_idx ON organizations (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE org_relations (
    id uuid NOT NULL,
    from_id uuid NOT NULL REFERENCES organizations (id),
    to_id uuid NOT NULL REFERENCES organizations (id),
    type varchar(40) COLLATE "C" NOT NULL CONSTRAINT org_relations_type_check CHECK (type IN ('parent_of', 'resells_to', 'affiliate_of', 'acquired_by')),
    valid_from date CONSTRAINT org_relations_valid_from_check CHECK (valid_from BETWEEN '1901-01-01' AND '2098-12-31'),
    valid_to date CONSTRAINT org_relations_valid_to_check CHECK (valid_to BETWEEN '1901-01-01' AND '2098-12-31'),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT org_relations_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    CONSTRAINT org_relations_ends_check CHECK (from_id <> to_id),
    CONSTRAINT org_relations_valid_from_valid_to_check CHECK (valid_to >= valid_from)
);
CREATE INDEX org_relations_from_id_idx ON org_relations (from_id);
CREATE INDEX org_relations_to_id_idx ON org_relations (to_id);

CREATE TABLE users (
    id uuid NOT NULL,
    email varchar(320) COLLATE "C" NOT NULL CONSTRAINT users_email_check CHECK (email = trim(email) AND email <> ''),
    email_raw varchar(400) COLLATE "C" NOT NULL,
    first_name varchar(200) COLLATE "C",
    last_name varchar(200) COLLATE "C",
    phone varchar(80) COLLATE "C",
    locale varchar(20) COLLATE "C",
    status varchar(40) COLLATE "C" NOT NULL CONSTRAINT users_status_check CHECK (status IN ('staged', 'invited', 'active', 'suspended', 'merged', 'erased')),
    auth varchar(40) COLLATE "C" NOT NULL CONSTRAINT users_auth_check CHECK (auth IN ('sso', 'password_reset_required', 'none')),
    sso_subject varchar(400) COLLATE "C",
    merged_into uuid REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    last_login_at timestamptz CONSTRAINT users_last_login_at_check CHECK (last_login_at >= '1901-01-01 00:00:00Z' AND last_login_at < '2099-01-01 00:00:00Z'),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT users_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    CONSTRAINT users_merged_check CHECK ((status = 'merged') = (merged_into IS NOT NULL)),
    CONSTRAINT users_merged_into_self_check CHECK (merged_into <> id)
);
CREATE INDEX users_merged_into_idx ON users (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE memberships (
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    org_id uuid NOT NULL REFERENCES organizations (id),
    role varchar(40) COLLATE "C" NOT NULL CONSTRAINT memberships_role_check CHECK (role IN ('org_admin', 'license_admin', 'user', 'support_contact', 'reseller_admin', 'sales_ro', 'support_ro', 'migration_operator', 'auditor')),
    app varchar(40) COLLATE "C" CONSTRAINT memberships_app_check CHECK (app IN ('licensing', 'community', 'downloads', 'support')),
    valid_from date CONSTRAINT memberships_valid_from_check CHECK (valid_from BETWEEN '1901-01-01' AND '2098-12-31'),
    valid_to date CONSTRAINT memberships_valid_to_check CHECK (valid_to BETWEEN '1901-01-01' AND '2098-12-31'),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT memberships_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    CONSTRAINT memberships_valid_from_valid_to_check CHECK (valid_to >= valid_from)
);
CREATE INDEX memberships_user_id_idx ON memberships (user_id);
CREATE INDEX memberships_org_id_idx ON memberships (org_id);

CREATE TABLE orders (
    id uuid NOT NULL,
    order_no varchar(80) COLLATE "C" NOT NULL CONSTRAINT orders_order_no_check CHECK (order_no = trim(order_no) AND order_no <> ''),
    sold_to_id uuid NOT NULL REFERENCES organizations (id),
    ship_to_id uuid REFERENCES organizations (id),
    bill_to_id uuid REFERENCES organizations (id),
    reseller_id uuid REFERENCES organizations (id),
    ordered_on date CONSTRAINT orders_ordered_on_check CHECK (ordered_on BETWEEN '1901-01-01' AND '2098-12-31'),
    currency varchar(3) COLLATE "C",
    state varchar(40) COLLATE "C" NOT NULL CONSTRAINT orders_state_check CHECK (state IN ('draft', 'booked', 'fulfilled', 'closed', 'cancelled', 'returned')),
    line varchar(40) COLLATE "C" NOT NULL CONSTRAINT orders_line_check CHECK (line = trim(line) AND line <> ''),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT orders_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id)
);
CREATE INDEX orders_sold_to_id_idx ON orders (sold_to_id);
CREATE INDEX orders_ship_to_id_idx ON orders (ship_to_id) WHERE ship_to_id IS NOT NULL;
CREATE INDEX orders_bill_to_id_idx ON orders (bill_to_id) WHERE bill_to_id IS NOT NULL;
CREATE INDEX orders_reseller_id_idx ON orders (reseller_id) WHERE reseller_id IS NOT NULL;

CREATE TABLE order_lines (
    id uuid NOT NULL,
    order_id uuid NOT NULL REFERENCES orders (id),
    line_no bigint NOT NULL,
    part_number_id uuid NOT NULL REFERENCES part_numbers (id),
    qty bigint NOT NULL,
    unit_price_minor bigint,
    type varchar(40) COLLATE "C" NOT NULL CONSTRAINT order_lines_type_check CHECK (type IN ('new', 'renewal', 'upgrade', 'upsell', 'maintenance', 'credit')),
    service_start date CONSTRAINT order_lines_service_start_check CHECK (service_start BETWEEN '1901-01-01' AND '2098-12-31'),
    service_end date CONSTRAINT order_lines_service_end_check CHECK (service_end BETWEEN '1901-01-01' AND '2098-12-31'),
    parent_id uuid REFERENCES order_lines (id) DEFERRABLE INITIALLY DEFERRED,
    line varchar(40) COLLATE "C" NOT NULL CONSTRAINT order_lines_line_check CHECK (line = trim(line) AND line <> ''),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT order_lines_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (order_id, line_no),
    CONSTRAINT order_lines_service_start_service_end_check CHECK (service_end >= service_start),
    CONSTRAINT order_lines_parent_id_self_check CHECK (parent_id <> id)
);
CREATE INDEX order_lines_parent_id_idx ON order_lines (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE entitlements (
    id uuid NOT NULL,
    entitlement_no varchar(80) COLLATE "C" NOT NULL CONSTRAINT entitlements_entitlement_no_check CHECK (entitlement_no = trim(entitlement_no) AND entitlement_no <> ''),
    org_id uuid NOT NULL REFERENCES organizations (id),
    end_customer_id uuid REFERENCES organizations (id),
    reseller_id uuid REFERENCES organizations (id),
    kind varchar(40) COLLATE "C" NOT NULL CONSTRAINT entitlements_kind_check CHECK (kind IN ('simple', 'bulk')),
    origin varchar(40) COLLATE "C" NOT NULL CONSTRAINT entitlements_origin_check CHECK (origin IN ('revenue', 'non_revenue', 'internal', 'trial', 'replacement')),
    state varchar(40) COLLATE "C" NOT NULL CONSTRAINT entitlements_state_check CHECK (state IN ('draft', 'deployed', 'on_hold', 'inactive', 'obsolete', 'revoked')),
    portal_login boolean NOT NULL,
    note text COLLATE "C",
    line varchar(40) COLLATE "C" NOT NULL CONSTRAINT entitlements_line_check CHECK (line = trim(line) AND line <> ''),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT entitlements_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id)
);
CREATE INDEX entitlements_org_id_idx ON entitlements (org_id);
CREATE INDEX entitlements_end_customer_id_idx ON entitlements (end_customer_id) WHERE end_customer_id IS NOT NULL;
CREATE INDEX entitlements_reseller_id_idx ON entitlements (reseller_id) WHERE reseller_id IS NOT NULL;

CREATE TABLE line_items (
    id uuid NOT NULL,
    activation_id varchar(80) COLLATE "C" NOT NULL CONSTRAINT line_items_activation_id_check CHECK (activation_id = trim(activation_id) AND activation_id <> ''),
    entitlement_id uuid NOT NULL REFERENCES entitlements (id),
    part_number_id uuid NOT NULL REFERENCES part_numbers (id),
    product_id uuid NOT NULL REFERENCES products (id),
    license_model varchar(40) COLLATE "C" REFERENCES license_models (code),
    uom varchar(40) COLLATE "C" REFERENCES units_of_measure (code),
    qty bigint NOT NULL,
    unlimited boolean NOT NULL,
    order_line_id uuid REFERENCES order_lines (id),
    type varchar(40) COLLATE "C" NOT NULL CONSTRAINT line_items_type_check CHECK (type IN ('new', 'renewal', 'upgrade', 'upsell', 'split', 'transfer', 'temporary', 'replacement')),
    parent_id uuid REFERENCES line_items (id) DEFERRABLE INITIALLY DEFERRED,
    start_date date CONSTRAINT line_items_start_date_check CHECK (start_date BETWEEN '1901-01-01' AND '2098-12-31'),
    start_rule varchar(40) COLLATE "C" NOT NULL CONSTRAINT line_items_start_rule_check CHECK (start_rule IN ('fixed', 'first_activation', 'each_activation')),
    term_kind varchar(40) COLLATE "C" NOT NULL CONSTRAINT line_items_term_kind_check CHECK (term_kind IN ('perpetual', 'fixed', 'subscription')),
    term_n bigint,
    term_unit varchar(40) COLLATE "C" CONSTRAINT line_items_term_unit_check CHECK (term_unit IN ('days', 'weeks', 'months', 'years')),
    end_date date CONSTRAINT line_items_end_date_check CHECK (end_date BETWEEN '1901-01-01' AND '2098-12-31'),
    version_date date CONSTRAINT line_items_version_date_check CHECK (version_date BETWEEN '1901-01-01' AND '2098-12-31'),
    state varchar(40) COLLATE "C" NOT NULL CONSTRAINT line_items_state_check CHECK (state IN ('draft', 'deployed', 'on_hold', 'inactive', 'obsolete', 'revoked')),
    line varchar(40) COLLATE "C" NOT NULL CONSTRAINT line_items_line_check CHECK (line = trim(line) AND line <> ''),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT line_items_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    CONSTRAINT line_items_qty_sign_check CHECK (qty >= 0),
    CONSTRAINT line_items_parent_id_self_check CHECK (parent_id <> id),
    CONSTRAINT line_items_term_n_sign_check CHECK (term_n > 0),
    CONSTRAINT line_items_term_n_term_unit_check CHECK ((term_n IS NULL) = (term_unit IS NULL)),
    CONSTRAINT line_items_start_date_end_date_check CHECK (end_date >= start_date),
    CONSTRAINT line_items_perpetual_check CHECK (term_kind <> 'perpetual' OR end_date IS NULL),
    CONSTRAINT line_items_limited_check CHECK (term_kind = 'perpetual' OR end_date IS NOT NULL OR start_rule <> 'fixed' AND term_n IS NOT NULL)
);
CREATE INDEX line_items_entitlement_id_idx ON line_items (entitlement_id);
CREATE INDEX line_items_order_line_id_idx ON line_items (order_line_id) WHERE order_line_id IS NOT NULL;
CREATE INDEX line_items_parent_id_idx ON line_items (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE license_keys (
    id uuid NOT NULL,
    technology varchar(80) COLLATE "C" NOT NULL,
    key_bytes bytea NOT NULL,
    key_sha256 varchar(64) COLLATE "C" NOT NULL,
    line_item_id uuid NOT NULL REFERENCES line_items (id),
    is_legacy boolean NOT NULL,
    issued_on date CONSTRAINT license_keys_issued_on_check CHECK (issued_on BETWEEN '1901-01-01' AND '2098-12-31'),
    line varchar(40) COLLATE "C" NOT NULL CONSTRAINT license_keys_line_check CHECK (line = trim(line) AND line <> ''),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT license_keys_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    CONSTRAINT license_keys_sha256_check CHECK (length(key_sha256) = 64)
);
CREATE INDEX license_keys_line_item_id_idx ON license_keys (line_item_id);

CREATE TABLE maintenance (
    id uuid NOT NULL,
    maintenance_no varchar(80) COLLATE "C" NOT NULL CONSTRAINT maintenance_maintenance_no_check CHECK (maintenance_no = trim(maintenance_no) AND maintenance_no <> ''),
    product_id uuid NOT NULL REFERENCES products (id),
    level varchar(40) COLLATE "C",
    part_number_id uuid REFERENCES part_numbers (id),
    order_line_id uuid REFERENCES order_lines (id),
    start_date date NOT NULL CONSTRAINT maintenance_start_date_check CHECK (start_date BETWEEN '1901-01-01' AND '2098-12-31'),
    end_date date NOT NULL CONSTRAINT maintenance_end_date_check CHECK (end_date BETWEEN '1901-01-01' AND '2098-12-31'),
    state varchar(40) COLLATE "C" NOT NULL CONSTRAINT maintenance_state_check CHECK (state IN ('draft', 'deployed', 'obsolete')),
    line varchar(40) COLLATE "C" NOT NULL CONSTRAINT maintenance_line_check CHECK (line = trim(line) AND line <> ''),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT maintenance_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    CONSTRAINT maintenance_start_date_end_date_check CHECK (end_date >= start_date)
);
CREATE INDEX maintenance_order_line_id_idx ON maintenance (order_line_id) WHERE order_line_id IS NOT NULL;

CREATE TABLE maintenance_coverage (
    id uuid NOT NULL,
    maintenance_id uuid NOT NULL REFERENCES maintenance (id),
    line_item_id uuid NOT NULL REFERENCES line_items (id),
    line varchar(40) COLLATE "C" NOT NULL CONSTRAINT maintenance_coverage_line_check CHECK (line = trim(line) AND line <> ''),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT maintenance_coverage_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (maintenance_id, line_item_id)
);
CREATE INDEX maintenance_coverage_line_item_id_idx ON maintenance_coverage (line_item_id);

CREATE TABLE subscriptions (
    id uuid NOT NULL,
    line_item_id uuid NOT NULL REFERENCES line_items (id),
    period_start date NOT NULL CONSTRAINT subscriptions_period_start_check CHECK (period_start BETWEEN '1901-01-01' AND '2098-12-31'),
    period_end date NOT NULL CONSTRAINT subscriptions_period_end_check CHECK (period_end BETWEEN '1901-01-01' AND '2098-12-31'),
    expiry_rule varchar(40) COLLATE "C" CONSTRAINT subscriptions_expiry_rule_check CHECK (expiry_rule IN ('calendar_year', 'fiscal_year', 'anniversary', 'none')),
    fiscal_year_end varchar(5) COLLATE "C",
    renew_n bigint,
    renew_unit varchar(40) COLLATE "C" CONSTRAINT subscriptions_renew_unit_check CHECK (renew_unit IN ('days', 'weeks', 'months', 'years')),
    auto_renew boolean NOT NULL,
    notice_days bigint,
    cancel_requested_at timestamptz CONSTRAINT subscriptions_cancel_requested_at_check CHECK (cancel_requested_at >= '1901-01-01 00:00:00Z' AND cancel_requested_at < '2099-01-01 00:00:00Z'),
    cancel_effective date CONSTRAINT subscriptions_cancel_effective_check CHECK (cancel_effective BETWEEN '1901-01-01' AND '2098-12-31'),
    commercial_end date CONSTRAINT subscriptions_commercial_end_check CHECK (commercial_end BETWEEN '1901-01-01' AND '2098-12-31'),
    technical_end date CONSTRAINT subscriptions_technical_end_check CHECK (technical_end BETWEEN '1901-01-01' AND '2098-12-31'),
    requires_payment boolean NOT NULL,
    state varchar(40) COLLATE "C" NOT NULL CONSTRAINT subscriptions_state_check CHECK (state IN ('pending', 'active', 'past_due', 'held', 'cancelling', 'expired', 'revoked', 'failed')),
    line varchar(40) COLLATE "C" NOT NULL CONSTRAINT subscriptions_line_check CHECK (line = trim(line) AND line <> ''),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT subscriptions_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (line_item_id),
    CONSTRAINT subscriptions_period_start_period_end_check CHECK (period_end >= period_start),
    CONSTRAINT subscriptions_renew_n_sign_check CHECK (renew_n > 0),
    CONSTRAINT subscriptions_renew_n_renew_unit_check CHECK ((renew_n IS NULL) = (renew_unit IS NULL)),
    CONSTRAINT subscriptions_notice_days_sign_check CHECK (notice_days >= 0)
);

CREATE TABLE payment_schedules (
    id uuid NOT NULL,
    line_item_id uuid NOT NULL REFERENCES line_items (id),
    currency varchar(3) COLLATE "C" NOT NULL,
    total_minor bigint NOT NULL,
    line varchar(40) COLLATE "C" NOT NULL CONSTRAINT payment_schedules_line_check CHECK (line = trim(line) AND line <> ''),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT payment_schedules_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id)
);
CREATE INDEX payment_schedules_line_item_id_idx ON payment_schedules (line_item_id);

CREATE TABLE instalments (
    id uuid NOT NULL,
    schedule_id uuid NOT NULL REFERENCES payment_schedules (id),
    seq bigint NOT NULL,
    due_on date NOT NULL CONSTRAINT instalments_due_on_check CHECK (due_on BETWEEN '1901-01-01' AND '2098-12-31'),
    covers_from date CONSTRAINT instalments_covers_from_check CHECK (covers_from BETWEEN '1901-01-01' AND '2098-12-31'),
    covers_to date CONSTRAINT instalments_covers_to_check CHECK (covers_to BETWEEN '1901-01-01' AND '2098-12-31'),
    amount_minor bigint NOT NULL,
    state varchar(40) COLLATE "C" NOT NULL CONSTRAINT instalments_state_check CHECK (state IN ('planned', 'invoiced', 'overdue', 'paid', 'written_off', 'refunded', 'waived', 'cancelled')),
    paid_on date CONSTRAINT instalments_paid_on_check CHECK (paid_on BETWEEN '1901-01-01' AND '2098-12-31'),
    external_ref varchar(80) COLLATE "C",
    line varchar(40) COLLATE "C" NOT NULL CONSTRAINT instalments_line_check CHECK (line = trim(line) AND line <> ''),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT instalments_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (schedule_id, seq),
    CONSTRAINT instalments_covers_from_covers_to_check CHECK (covers_to >= covers_from)
);

CREATE TABLE devices (
    id uuid NOT NULL,
    host_type varchar(40) COLLATE "C" NOT NULL CONSTRAINT devices_host_type_check CHECK (host_type = trim(host_type) AND host_type <> ''),
    host_id varchar(200) COLLATE "C" NOT NULL CONSTRAINT devices_host_id_check CHECK (host_id = trim(host_id) AND host_id <> ''),
    name varchar(200) COLLATE "C",
    kind varchar(40) COLLATE "C" NOT NULL CONSTRAINT devices_kind_check CHECK (kind IN ('node', 'server', 'dongle', 'soft_container', 'cloud_container', 'cloud_server')),
    platform varchar(80) COLLATE "C",
    serial varchar(80) COLLATE "C",
    state varchar(40) COLLATE "C" NOT NULL CONSTRAINT devices_state_check CHECK (state IN ('active', 'dead', 'blacklisted', 'migration_placeholder')),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT devices_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (source, host_type, host_id)
);

CREATE TABLE activations (
    id uuid NOT NULL,
    fulfillment_no varchar(80) COLLATE "C" NOT NULL CONSTRAINT activations_fulfillment_no_check CHECK (fulfillment_no = trim(fulfillment_no) AND fulfillment_no <> ''),
    line_item_id uuid NOT NULL REFERENCES line_items (id),
    device_id uuid REFERENCES devices (id),
    user_id uuid REFERENCES users (id),
    qty bigint NOT NULL,
    overdraft bigint NOT NULL,
    activated_on date CONSTRAINT activations_activated_on_check CHECK (activated_on BETWEEN '1901-01-01' AND '2098-12-31'),
    returned_on date CONSTRAINT activations_returned_on_check CHECK (returned_on BETWEEN '1901-01-01' AND '2098-12-31'),
    state varchar(40) COLLATE "C" NOT NULL CONSTRAINT activations_state_check CHECK (state IN ('requested', 'active', 'return_pending', 'returned', 'superseded', 'revoke_pending', 'removed', 'needs_decision')),
    parent_id uuid REFERENCES activations (id) DEFERRABLE INITIALLY DEFERRED,
    date_quality varchar(40) COLLATE "C" NOT NULL CONSTRAINT activations_date_quality_check CHECK (date_quality IN ('actual', 'inferred', 'synthesized')),
    line varchar(40) COLLATE "C" NOT NULL CONSTRAINT activations_line_check CHECK (line = trim(line) AND line <> ''),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT activations_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    CONSTRAINT activations_qty_sign_check CHECK (qty >= 0),
    CONSTRAINT activations_overdraft_sign_check CHECK (overdraft >= 0),
    CONSTRAINT activations_activated_on_returned_on_check CHECK (returned_on >= activated_on),
    CONSTRAINT activations_parent_id_self_check CHECK (parent_id <> id)
);
CREATE INDEX activations_line_item_id_idx ON activations (line_item_id);
CREATE INDEX activations_device_id_idx ON activations (device_id) WHERE device_id IS NOT NULL;
CREATE INDEX activations_user_id_idx ON activations (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX activations_parent_id_idx ON activations (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE tickets (
    id uuid NOT NULL,
    ticket_no varchar(80) COLLATE "C" NOT NULL CONSTRAINT tickets_ticket_no_check CHECK (ticket_no = trim(ticket_no) AND ticket_no <> ''),
    line_item_id uuid NOT NULL REFERENCES line_items (id),
    assignee_kind varchar(20) COLLATE "C",
    assignee varchar(320) COLLATE "C",
    visible_to_members boolean NOT NULL,
    state varchar(40) COLLATE "C" NOT NULL CONSTRAINT tickets_state_check CHECK (state IN ('open', 'allocated', 'activated', 'withdrawn')),
    line varchar(40) COLLATE "C" NOT NULL CONSTRAINT tickets_line_check CHECK (line = trim(line) AND line <> ''),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT tickets_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id)
);
CREATE INDEX tickets_line_item_id_idx ON tickets (line_item_id);

CREATE TABLE events (
    id uuid NOT NULL,
    entity varchar(40) COLLATE "C" NOT NULL,
    entity_id varchar(36) COLLATE "C" NOT NULL,
    op varchar(40) COLLATE "C" NOT NULL,
    effective_at timestamptz NOT NULL CONSTRAINT events_effective_at_check CHECK (effective_at >= '1901-01-01 00:00:00Z' AND effective_at < '2099-01-01 00:00:00Z'),
    actor varchar(320) COLLATE "C",
    reason text COLLATE "C",
    diff text COLLATE "C",
    line varchar(40) COLLATE "C" NOT NULL CONSTRAINT events_line_check CHECK (line = trim(line) AND line <> ''),
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT events_source_check CHECK (source = trim(source) AND source <> ''),
    PRIMARY KEY (id)
);

CREATE TABLE xref (
    source varchar(40) COLLATE "C" NOT NULL CONSTRAINT xref_source_check CHECK (source = trim(source) AND source <> ''),
    source_entity varchar(200) COLLATE "C" NOT NULL CONSTRAINT xref_source_entity_check CHECK (source_entity = trim(source_entity) AND source_entity <> ''),
    source_key varchar(1000) COLLATE "C" NOT NULL,
    entity varchar(40) COLLATE "C" NOT NULL CONSTRAINT xref_entity_check CHECK (entity = trim(entity) AND entity <> ''),
    canonical_id uuid NOT NULL,
    role varchar(40) COLLATE "C" NOT NULL CONSTRAINT xref_role_check CHECK (role IN ('primary', 'merged', 'split_part', 'alternate')),
    PRIMARY KEY (source, source_entity, source_key)
);
CREATE UNIQUE INDEX xref_primary ON xref (canonical_id) WHERE role = 'primary';
CREATE INDEX xref_others ON xref (canonical_id) WHERE role <> 'primary';
