-- +goose Up
-- The canonical model. Rules that need more than one row are hub.Invariants.

CREATE TABLE product_lines (
    id TEXT NOT NULL CONSTRAINT product_lines_id_check CHECK (length(id) = 36),
    code TEXT NOT NULL CONSTRAINT product_lines_code_check CHECK (length(code) <= 40 AND code = trim(code) AND code <> ''),
    name TEXT NOT NULL CONSTRAINT product_lines_name_check CHECK (length(name) <= 200),
    owner TEXT CONSTRAINT product_lines_owner_check CHECK (length(owner) <= 200),
    write_owner TEXT NOT NULL CONSTRAINT product_lines_write_owner_check CHECK (write_owner IN ('legacy', 'frozen', 'store')),
    wave TEXT CONSTRAINT product_lines_wave_check CHECK (length(wave) <= 40),
    source TEXT NOT NULL CONSTRAINT product_lines_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (code)
) STRICT;

CREATE TABLE units_of_measure (
    id TEXT NOT NULL CONSTRAINT units_of_measure_id_check CHECK (length(id) = 36),
    code TEXT NOT NULL CONSTRAINT units_of_measure_code_check CHECK (length(code) <= 40 AND code = trim(code) AND code <> ''),
    name TEXT NOT NULL CONSTRAINT units_of_measure_name_check CHECK (length(name) <= 200),
    family TEXT NOT NULL CONSTRAINT units_of_measure_family_check CHECK (family IN ('user', 'concurrent', 'device', 'server', 'core', 'capacity', 'transfer', 'transaction', 'financial', 'site', 'time')),
    scale INTEGER NOT NULL,
    aggregation TEXT NOT NULL CONSTRAINT units_of_measure_aggregation_check CHECK (aggregation IN ('sum', 'max', 'last')),
    source TEXT NOT NULL CONSTRAINT units_of_measure_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (code),
    CONSTRAINT units_of_measure_scale_sign_check CHECK (scale >= 0)
) STRICT;

CREATE TABLE license_models (
    id TEXT NOT NULL CONSTRAINT license_models_id_check CHECK (length(id) = 36),
    code TEXT NOT NULL CONSTRAINT license_models_code_check CHECK (length(code) <= 40 AND code = trim(code) AND code <> ''),
    name TEXT NOT NULL CONSTRAINT license_models_name_check CHECK (length(name) <= 200),
    technology TEXT CONSTRAINT license_models_technology_check CHECK (length(technology) <= 80),
    counted INTEGER NOT NULL CONSTRAINT license_models_counted_check CHECK (counted IN (0, 1)),
    uom TEXT CONSTRAINT license_models_uom_check CHECK (length(uom) <= 40) REFERENCES units_of_measure (code),
    start_rule TEXT CONSTRAINT license_models_start_rule_check CHECK (start_rule IN ('fixed', 'first_activation', 'each_activation')),
    overdraft INTEGER NOT NULL,
    grace_days INTEGER NOT NULL,
    source TEXT NOT NULL CONSTRAINT license_models_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (code),
    CONSTRAINT license_models_overdraft_sign_check CHECK (overdraft >= 0),
    CONSTRAINT license_models_grace_days_sign_check CHECK (grace_days >= 0)
) STRICT;

CREATE TABLE products (
    id TEXT NOT NULL CONSTRAINT products_id_check CHECK (length(id) = 36),
    code TEXT NOT NULL CONSTRAINT products_code_check CHECK (length(code) <= 40 AND code = trim(code) AND code <> ''),
    name TEXT NOT NULL CONSTRAINT products_name_check CHECK (length(name) <= 200),
    version TEXT CONSTRAINT products_version_check CHECK (length(version) <= 40),
    kind TEXT NOT NULL CONSTRAINT products_kind_check CHECK (kind IN ('product', 'suite', 'maintenance', 'service')),
    state TEXT NOT NULL CONSTRAINT products_state_check CHECK (state IN ('draft', 'deployed', 'inactive', 'obsolete')),
    line TEXT NOT NULL CONSTRAINT products_line_check CHECK (length(line) <= 40 AND line = trim(line) AND line <> ''),
    source TEXT NOT NULL CONSTRAINT products_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id)
) STRICT;
CREATE UNIQUE INDEX products_code_version_key ON products (code, ifnull(version, ''));

CREATE TABLE features (
    id TEXT NOT NULL CONSTRAINT features_id_check CHECK (length(id) = 36),
    code TEXT NOT NULL CONSTRAINT features_code_check CHECK (length(code) <= 40 AND code = trim(code) AND code <> ''),
    name TEXT NOT NULL CONSTRAINT features_name_check CHECK (length(name) <= 200),
    product_id TEXT NOT NULL CONSTRAINT features_product_id_check CHECK (length(product_id) = 36) REFERENCES products (id),
    optional INTEGER NOT NULL CONSTRAINT features_optional_check CHECK (optional IN (0, 1)),
    qty INTEGER,
    line TEXT NOT NULL CONSTRAINT features_line_check CHECK (length(line) <= 40 AND line = trim(line) AND line <> ''),
    source TEXT NOT NULL CONSTRAINT features_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    CONSTRAINT features_qty_sign_check CHECK (qty >= 0)
) STRICT;
CREATE INDEX features_product_id_idx ON features (product_id);

CREATE TABLE part_numbers (
    id TEXT NOT NULL CONSTRAINT part_numbers_id_check CHECK (length(id) = 36),
    sku TEXT NOT NULL CONSTRAINT part_numbers_sku_check CHECK (length(sku) <= 80 AND sku = trim(sku) AND sku <> ''),
    product_id TEXT NOT NULL CONSTRAINT part_numbers_product_id_check CHECK (length(product_id) = 36) REFERENCES products (id),
    license_model TEXT CONSTRAINT part_numbers_license_model_check CHECK (length(license_model) <= 40) REFERENCES license_models (code),
    uom TEXT CONSTRAINT part_numbers_uom_check CHECK (length(uom) <= 40) REFERENCES units_of_measure (code),
    units_per_sku INTEGER NOT NULL,
    term_n INTEGER,
    term_unit TEXT CONSTRAINT part_numbers_term_unit_check CHECK (term_unit IN ('days', 'weeks', 'months', 'years')),
    state TEXT NOT NULL CONSTRAINT part_numbers_state_check CHECK (state IN ('draft', 'deployed', 'inactive', 'obsolete')),
    valid_from TEXT CONSTRAINT part_numbers_valid_from_check CHECK (date(valid_from) = valid_from AND valid_from BETWEEN '1901-01-01' AND '2098-12-31'),
    valid_to TEXT CONSTRAINT part_numbers_valid_to_check CHECK (date(valid_to) = valid_to AND valid_to BETWEEN '1901-01-01' AND '2098-12-31'),
    line TEXT NOT NULL CONSTRAINT part_numbers_line_check CHECK (length(line) <= 40 AND line = trim(line) AND line <> ''),
    source TEXT NOT NULL CONSTRAINT part_numbers_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (source, sku),
    CONSTRAINT part_numbers_units_per_sku_sign_check CHECK (units_per_sku > 0),
    CONSTRAINT part_numbers_term_n_sign_check CHECK (term_n > 0),
    CONSTRAINT part_numbers_term_n_term_unit_check CHECK ((term_n IS NULL) = (term_unit IS NULL)),
    CONSTRAINT part_numbers_valid_from_valid_to_check CHECK (valid_to >= valid_from)
) STRICT;

CREATE TABLE organizations (
    id TEXT NOT NULL CONSTRAINT organizations_id_check CHECK (length(id) = 36),
    org_no TEXT NOT NULL CONSTRAINT organizations_org_no_check CHECK (length(org_no) <= 80 AND org_no = trim(org_no) AND org_no <> ''),
    name TEXT NOT NULL CONSTRAINT organizations_name_check CHECK (length(name) <= 400),
    legal_name TEXT CONSTRAINT organizations_legal_name_check CHECK (length(legal_name) <= 400),
    kind TEXT NOT NULL CONSTRAINT organizations_kind_check CHECK (kind IN ('customer', 'distributor', 'reseller', 'affiliate', 'publisher', 'self_registered')),
    parent_id TEXT CONSTRAINT organizations_parent_id_check CHECK (length(parent_id) = 36) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED,
    country TEXT CONSTRAINT organizations_country_check CHECK (length(country) <= 2),
    domains TEXT CONSTRAINT organizations_domains_check CHECK (length(domains) <= 1000),
    tax_id TEXT CONSTRAINT organizations_tax_id_check CHECK (length(tax_id) <= 80),
    tier TEXT CONSTRAINT organizations_tier_check CHECK (length(tier) <= 40),
    status TEXT NOT NULL CONSTRAINT organizations_status_check CHECK (status IN ('active', 'inactive', 'merged')),
    merged_into TEXT CONSTRAINT organizations_merged_into_check CHECK (length(merged_into) = 36) REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED,
    created_on TEXT CONSTRAINT organizations_created_on_check CHECK (date(created_on) = created_on AND created_on BETWEEN '1901-01-01' AND '2098-12-31'),
    source TEXT NOT NULL CONSTRAINT organizations_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (source, org_no),
    CONSTRAINT organizations_merged_check CHECK ((status = 'merged') = (merged_into IS NOT NULL)),
    CONSTRAINT organizations_parent_id_self_check CHECK (parent_id <> id),
    CONSTRAINT organizations_merged_into_self_check CHECK (merged_into <> id)
) STRICT;
CREATE INDEX organizations_parent_id_idx ON organizations (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX organizations_merged_into_idx ON organizations (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE org_relations (
    id TEXT NOT NULL CONSTRAINT org_relations_id_check CHECK (length(id) = 36),
    from_id TEXT NOT NULL CONSTRAINT org_relations_from_id_check CHECK (length(from_id) = 36) REFERENCES organizations (id),
    to_id TEXT NOT NULL CONSTRAINT org_relations_to_id_check CHECK (length(to_id) = 36) REFERENCES organizations (id),
    type TEXT NOT NULL CONSTRAINT org_relations_type_check CHECK (type IN ('parent_of', 'resells_to', 'affiliate_of', 'acquired_by')),
    valid_from TEXT CONSTRAINT org_relations_valid_from_check CHECK (date(valid_from) = valid_from AND valid_from BETWEEN '1901-01-01' AND '2098-12-31'),
    valid_to TEXT CONSTRAINT org_relations_valid_to_check CHECK (date(valid_to) = valid_to AND valid_to BETWEEN '1901-01-01' AND '2098-12-31'),
    source TEXT NOT NULL CONSTRAINT org_relations_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    CONSTRAINT org_relations_ends_check CHECK (from_id <> to_id),
    CONSTRAINT org_relations_valid_from_valid_to_check CHECK (valid_to >= valid_from)
) STRICT;
CREATE INDEX org_relations_from_id_idx ON org_relations (from_id);
CREATE INDEX org_relations_to_id_idx ON org_relations (to_id);

CREATE TABLE users (
    id TEXT NOT NULL CONSTRAINT users_id_check CHECK (length(id) = 36),
    email TEXT NOT NULL CONSTRAINT users_email_check CHECK (length(email) <= 320 AND email = trim(email) AND email <> ''),
    email_raw TEXT NOT NULL CONSTRAINT users_email_raw_check CHECK (length(email_raw) <= 400),
    first_name TEXT CONSTRAINT users_first_name_check CHECK (length(first_name) <= 200),
    last_name TEXT CONSTRAINT users_last_name_check CHECK (length(last_name) <= 200),
    phone TEXT CONSTRAINT users_phone_check CHECK (length(phone) <= 80),
    locale TEXT CONSTRAINT users_locale_check CHECK (length(locale) <= 20),
    status TEXT NOT NULL CONSTRAINT users_status_check CHECK (status IN ('staged', 'invited', 'active', 'suspended', 'merged', 'erased')),
    auth TEXT NOT NULL CONSTRAINT users_auth_check CHECK (auth IN ('sso', 'password_reset_required', 'none')),
    sso_subject TEXT CONSTRAINT users_sso_subject_check CHECK (length(sso_subject) <= 400),
    merged_into TEXT CONSTRAINT users_merged_into_check CHECK (length(merged_into) = 36) REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    last_login_at TEXT CONSTRAINT users_last_login_at_check CHECK (last_login_at GLOB '????-??-??T??:??:??.??????Z' AND last_login_at BETWEEN '1901-01-01T' AND '2099'),
    source TEXT NOT NULL CONSTRAINT users_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    CONSTRAINT users_merged_check CHECK ((status = 'merged') = (merged_into IS NOT NULL)),
    CONSTRAINT users_merged_into_self_check CHECK (merged_into <> id)
) STRICT;
CREATE INDEX users_merged_into_idx ON users (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE memberships (
    id TEXT NOT NULL CONSTRAINT memberships_id_check CHECK (length(id) = 36),
    user_id TEXT NOT NULL CONSTRAINT memberships_user_id_check CHECK (length(user_id) = 36) REFERENCES users (id),
    org_id TEXT NOT NULL CONSTRAINT memberships_org_id_check CHECK (length(org_id) = 36) REFERENCES organizations (id),
    role TEXT NOT NULL CONSTRAINT memberships_role_check CHECK (role IN ('org_admin', 'license_admin', 'user', 'support_contact', 'reseller_admin', 'sales_ro', 'support_ro', 'migration_operator', 'auditor')),
    app TEXT CONSTRAINT memberships_app_check CHECK (app IN ('licensing', 'community', 'downloads', 'support')),
    valid_from TEXT CONSTRAINT memberships_valid_from_check CHECK (date(valid_from) = valid_from AND valid_from BETWEEN '1901-01-01' AND '2098-12-31'),
    valid_to TEXT CONSTRAINT memberships_valid_to_check CHECK (date(valid_to) = valid_to AND valid_to BETWEEN '1901-01-01' AND '2098-12-31'),
    source TEXT NOT NULL CONSTRAINT memberships_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    CONSTRAINT memberships_valid_from_valid_to_check CHECK (valid_to >= valid_from)
) STRICT;
CREATE INDEX memberships_user_id_idx ON memberships (user_id);
CREATE INDEX memberships_org_id_idx ON memberships (org_id);

CREATE TABLE orders (
    id TEXT NOT NULL CONSTRAINT orders_id_check CHECK (length(id) = 36),
    order_no TEXT NOT NULL CONSTRAINT orders_order_no_check CHECK (length(order_no) <= 80 AND order_no = trim(order_no) AND order_no <> ''),
    sold_to_id TEXT NOT NULL CONSTRAINT orders_sold_to_id_check CHECK (length(sold_to_id) = 36) REFERENCES organizations (id),
    ship_to_id TEXT CONSTRAINT orders_ship_to_id_check CHECK (length(ship_to_id) = 36) REFERENCES organizations (id),
    bill_to_id TEXT CONSTRAINT orders_bill_to_id_check CHECK (length(bill_to_id) = 36) REFERENCES organizations (id),
    reseller_id TEXT CONSTRAINT orders_reseller_id_check CHECK (length(reseller_id) = 36) REFERENCES organizations (id),
    ordered_on TEXT CONSTRAINT orders_ordered_on_check CHECK (date(ordered_on) = ordered_on AND ordered_on BETWEEN '1901-01-01' AND '2098-12-31'),
    currency TEXT CONSTRAINT orders_currency_check CHECK (length(currency) <= 3),
    state TEXT NOT NULL CONSTRAINT orders_state_check CHECK (state IN ('draft', 'booked', 'fulfilled', 'closed', 'cancelled', 'returned')),
    line TEXT NOT NULL CONSTRAINT orders_line_check CHECK (length(line) <= 40 AND line = trim(line) AND line <> ''),
    source TEXT NOT NULL CONSTRAINT orders_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX orders_sold_to_id_idx ON orders (sold_to_id);
CREATE INDEX orders_ship_to_id_idx ON orders (ship_to_id) WHERE ship_to_id IS NOT NULL;
CREATE INDEX orders_bill_to_id_idx ON orders (bill_to_id) WHERE bill_to_id IS NOT NULL;
CREATE INDEX orders_reseller_id_idx ON orders (reseller_id) WHERE reseller_id IS NOT NULL;

CREATE TABLE order_lines (
    id TEXT NOT NULL CONSTRAINT order_lines_id_check CHECK (length(id) = 36),
    order_id TEXT NOT NULL CONSTRAINT order_lines_order_id_check CHECK (length(order_id) = 36) REFERENCES orders (id),
    line_no INTEGER NOT NULL,
    part_number_id TEXT NOT NULL CONSTRAINT order_lines_part_number_id_check CHECK (length(part_number_id) = 36) REFERENCES part_numbers (id),
    qty INTEGER NOT NULL,
    unit_price_minor INTEGER,
    type TEXT NOT NULL CONSTRAINT order_lines_type_check CHECK (type IN ('new', 'renewal', 'upgrade', 'upsell', 'maintenance', 'credit')),
    service_start TEXT CONSTRAINT order_lines_service_start_check CHECK (date(service_start) = service_start AND service_start BETWEEN '1901-01-01' AND '2098-12-31'),
    service_end TEXT CONSTRAINT order_lines_service_end_check CHECK (date(service_end) = service_end AND service_end BETWEEN '1901-01-01' AND '2098-12-31'),
    parent_id TEXT CONSTRAINT order_lines_parent_id_check CHECK (length(parent_id) = 36) REFERENCES order_lines (id) DEFERRABLE INITIALLY DEFERRED,
    line TEXT NOT NULL CONSTRAINT order_lines_line_check CHECK (length(line) <= 40 AND line = trim(line) AND line <> ''),
    source TEXT NOT NULL CONSTRAINT order_lines_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (order_id, line_no),
    CONSTRAINT order_lines_service_start_service_end_check CHECK (service_end >= service_start),
    CONSTRAINT order_lines_parent_id_self_check CHECK (parent_id <> id)
) STRICT;
CREATE INDEX order_lines_parent_id_idx ON order_lines (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE entitlements (
    id TEXT NOT NULL CONSTRAINT entitlements_id_check CHECK (length(id) = 36),
    entitlement_no TEXT NOT NULL CONSTRAINT entitlements_entitlement_no_check CHECK (length(entitlement_no) <= 80 AND entitlement_no = trim(entitlement_no) AND entitlement_no <> ''),
    org_id TEXT NOT NULL CONSTRAINT entitlements_org_id_check CHECK (length(org_id) = 36) REFERENCES organizations (id),
    end_customer_id TEXT CONSTRAINT entitlements_end_customer_id_check CHECK (length(end_customer_id) = 36) REFERENCES organizations (id),
    reseller_id TEXT CONSTRAINT entitlements_reseller_id_check CHECK (length(reseller_id) = 36) REFERENCES organizations (id),
    kind TEXT NOT NULL CONSTRAINT entitlements_kind_check CHECK (kind IN ('simple', 'bulk')),
    origin TEXT NOT NULL CONSTRAINT entitlements_origin_check CHECK (origin IN ('revenue', 'non_revenue', 'internal', 'trial', 'replacement')),
    state TEXT NOT NULL CONSTRAINT entitlements_state_check CHECK (state IN ('draft', 'deployed', 'on_hold', 'inactive', 'obsolete', 'revoked')),
    portal_login INTEGER NOT NULL CONSTRAINT entitlements_portal_login_check CHECK (portal_login IN (0, 1)),
    note TEXT,
    line TEXT NOT NULL CONSTRAINT entitlements_line_check CHECK (length(line) <= 40 AND line = trim(line) AND line <> ''),
    source TEXT NOT NULL CONSTRAINT entitlements_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX entitlements_org_id_idx ON entitlements (org_id);
CREATE INDEX entitlements_end_customer_id_idx ON entitlements (end_customer_id) WHERE end_customer_id IS NOT NULL;
CREATE INDEX entitlements_reseller_id_idx ON entitlements (reseller_id) WHERE reseller_id IS NOT NULL;

CREATE TABLE line_items (
    id TEXT NOT NULL CONSTRAINT line_items_id_check CHECK (length(id) = 36),
    activation_id TEXT NOT NULL CONSTRAINT line_items_activation_id_check CHECK (length(activation_id) <= 80 AND activation_id = trim(activation_id) AND activation_id <> ''),
    entitlement_id TEXT NOT NULL CONSTRAINT line_items_entitlement_id_check CHECK (length(entitlement_id) = 36) REFERENCES entitlements (id),
    part_number_id TEXT NOT NULL CONSTRAINT line_items_part_number_id_check CHECK (length(part_number_id) = 36) REFERENCES part_numbers (id),
    product_id TEXT NOT NULL CONSTRAINT line_items_product_id_check CHECK (length(product_id) = 36) REFERENCES products (id),
    license_model TEXT CONSTRAINT line_items_license_model_check CHECK (length(license_model) <= 40) REFERENCES license_models (code),
    uom TEXT CONSTRAINT line_items_uom_check CHECK (length(uom) <= 40) REFERENCES units_of_measure (code),
    qty INTEGER NOT NULL,
    unlimited INTEGER NOT NULL CONSTRAINT line_items_unlimited_check CHECK (unlimited IN (0, 1)),
    order_line_id TEXT CONSTRAINT line_items_order_line_id_check CHECK (length(order_line_id) = 36) REFERENCES order_lines (id),
    type TEXT NOT NULL CONSTRAINT line_items_type_check CHECK (type IN ('new', 'renewal', 'upgrade', 'upsell', 'split', 'transfer', 'temporary', 'replacement')),
    parent_id TEXT CONSTRAINT line_items_parent_id_check CHECK (length(parent_id) = 36) REFERENCES line_items (id) DEFERRABLE INITIALLY DEFERRED,
    start_date TEXT CONSTRAINT line_items_start_date_check CHECK (date(start_date) = start_date AND start_date BETWEEN '1901-01-01' AND '2098-12-31'),
    start_rule TEXT NOT NULL CONSTRAINT line_items_start_rule_check CHECK (start_rule IN ('fixed', 'first_activation', 'each_activation')),
    term_kind TEXT NOT NULL CONSTRAINT line_items_term_kind_check CHECK (term_kind IN ('perpetual', 'fixed', 'subscription')),
    term_n INTEGER,
    term_unit TEXT CONSTRAINT line_items_term_unit_check CHECK (term_unit IN ('days', 'weeks', 'months', 'years')),
    end_date TEXT CONSTRAINT line_items_end_date_check CHECK (date(end_date) = end_date AND end_date BETWEEN '1901-01-01' AND '2098-12-31'),
    version_date TEXT CONSTRAINT line_items_version_date_check CHECK (date(version_date) = version_date AND version_date BETWEEN '1901-01-01' AND '2098-12-31'),
    state TEXT NOT NULL CONSTRAINT line_items_state_check CHECK (state IN ('draft', 'deployed', 'on_hold', 'inactive', 'obsolete', 'revoked')),
    line TEXT NOT NULL CONSTRAINT line_items_line_check CHECK (length(line) <= 40 AND line = trim(line) AND line <> ''),
    source TEXT NOT NULL CONSTRAINT line_items_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    CONSTRAINT line_items_qty_sign_check CHECK (qty >= 0),
    CONSTRAINT line_items_parent_id_self_check CHECK (parent_id <> id),
    CONSTRAINT line_items_term_n_sign_check CHECK (term_n > 0),
    CONSTRAINT line_items_term_n_term_unit_check CHECK ((term_n IS NULL) = (term_unit IS NULL)),
    CONSTRAINT line_items_start_date_end_date_check CHECK (end_date >= start_date),
    CONSTRAINT line_items_perpetual_check CHECK (term_kind <> 'perpetual' OR end_date IS NULL),
    CONSTRAINT line_items_limited_check CHECK (term_kind = 'perpetual' OR end_date IS NOT NULL OR start_rule <> 'fixed' AND term_n IS NOT NULL)
) STRICT;
CREATE INDEX line_items_entitlement_id_idx ON line_items (entitlement_id);
CREATE INDEX line_items_order_line_id_idx ON line_items (order_line_id) WHERE order_line_id IS NOT NULL;
CREATE INDEX line_items_parent_id_idx ON line_items (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE license_keys (
    id TEXT NOT NULL CONSTRAINT license_keys_id_check CHECK (length(id) = 36),
    technology TEXT NOT NULL CONSTRAINT license_keys_technology_check CHECK (length(technology) <= 80),
    key_bytes BLOB NOT NULL,
    key_sha256 TEXT NOT NULL CONSTRAINT license_keys_key_sha256_check CHECK (length(key_sha256) <= 64),
    line_item_id TEXT NOT NULL CONSTRAINT license_keys_line_item_id_check CHECK (length(line_item_id) = 36) REFERENCES line_items (id),
    is_legacy INTEGER NOT NULL CONSTRAINT license_keys_is_legacy_check CHECK (is_legacy IN (0, 1)),
    issued_on TEXT CONSTRAINT license_keys_issued_on_check CHECK (date(issued_on) = issued_on AND issued_on BETWEEN '1901-01-01' AND '2098-12-31'),
    line TEXT NOT NULL CONSTRAINT license_keys_line_check CHECK (length(line) <= 40 AND line = trim(line) AND line <> ''),
    source TEXT NOT NULL CONSTRAINT license_keys_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    CONSTRAINT license_keys_sha256_check CHECK (length(key_sha256) = 64)
) STRICT;
CREATE INDEX license_keys_line_item_id_idx ON license_keys (line_item_id);

CREATE TABLE maintenance (
    id TEXT NOT NULL CONSTRAINT maintenance_id_check CHECK (length(id) = 36),
    maintenance_no TEXT NOT NULL CONSTRAINT maintenance_maintenance_no_check CHECK (length(maintenance_no) <= 80 AND maintenance_no = trim(maintenance_no) AND maintenance_no <> ''),
    product_id TEXT NOT NULL CONSTRAINT maintenance_product_id_check CHECK (length(product_id) = 36) REFERENCES products (id),
    level TEXT CONSTRAINT maintenance_level_check CHECK (length(level) <= 40),
    part_number_id TEXT CONSTRAINT maintenance_part_number_id_check CHECK (length(part_number_id) = 36) REFERENCES part_numbers (id),
    order_line_id TEXT CONSTRAINT maintenance_order_line_id_check CHECK (length(order_line_id) = 36) REFERENCES order_lines (id),
    start_date TEXT NOT NULL CONSTRAINT maintenance_start_date_check CHECK (date(start_date) = start_date AND start_date BETWEEN '1901-01-01' AND '2098-12-31'),
    end_date TEXT NOT NULL CONSTRAINT maintenance_end_date_check CHECK (date(end_date) = end_date AND end_date BETWEEN '1901-01-01' AND '2098-12-31'),
    state TEXT NOT NULL CONSTRAINT maintenance_state_check CHECK (state IN ('draft', 'deployed', 'obsolete')),
    line TEXT NOT NULL CONSTRAINT maintenance_line_check CHECK (length(line) <= 40 AND line = trim(line) AND line <> ''),
    source TEXT NOT NULL CONSTRAINT maintenance_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    CONSTRAINT maintenance_start_date_end_date_check CHECK (end_date >= start_date)
) STRICT;
CREATE INDEX maintenance_order_line_id_idx ON maintenance (order_line_id) WHERE order_line_id IS NOT NULL;

CREATE TABLE maintenance_coverage (
    id TEXT NOT NULL CONSTRAINT maintenance_coverage_id_check CHECK (length(id) = 36),
    maintenance_id TEXT NOT NULL CONSTRAINT maintenance_coverage_maintenance_id_check CHECK (length(maintenance_id) = 36) REFERENCES maintenance (id),
    line_item_id TEXT NOT NULL CONSTRAINT maintenance_coverage_line_item_id_check CHECK (length(line_item_id) = 36) REFERENCES line_items (id),
    line TEXT NOT NULL CONSTRAINT maintenance_coverage_line_check CHECK (length(line) <= 40 AND line = trim(line) AND line <> ''),
    source TEXT NOT NULL CONSTRAINT maintenance_coverage_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (maintenance_id, line_item_id)
) STRICT;
CREATE INDEX maintenance_coverage_line_item_id_idx ON maintenance_coverage (line_item_id);

CREATE TABLE subscriptions (
    id TEXT NOT NULL CONSTRAINT subscriptions_id_check CHECK (length(id) = 36),
    line_item_id TEXT NOT NULL CONSTRAINT subscriptions_line_item_id_check CHECK (length(line_item_id) = 36) REFERENCES line_items (id),
    period_start TEXT NOT NULL CONSTRAINT subscriptions_period_start_check CHECK (date(period_start) = period_start AND period_start BETWEEN '1901-01-01' AND '2098-12-31'),
    period_end TEXT NOT NULL CONSTRAINT subscriptions_period_end_check CHECK (date(period_end) = period_end AND period_end BETWEEN '1901-01-01' AND '2098-12-31'),
    expiry_rule TEXT CONSTRAINT subscriptions_expiry_rule_check CHECK (expiry_rule IN ('calendar_year', 'fiscal_year', 'anniversary', 'none')),
    fiscal_year_end TEXT CONSTRAINT subscriptions_fiscal_year_end_check CHECK (length(fiscal_year_end) <= 5),
    renew_n INTEGER,
    renew_unit TEXT CONSTRAINT subscriptions_renew_unit_check CHECK (renew_unit IN ('days', 'weeks', 'months', 'years')),
    auto_renew INTEGER NOT NULL CONSTRAINT subscriptions_auto_renew_check CHECK (auto_renew IN (0, 1)),
    notice_days INTEGER,
    cancel_requested_at TEXT CONSTRAINT subscriptions_cancel_requested_at_check CHECK (cancel_requested_at GLOB '????-??-??T??:??:??.??????Z' AND cancel_requested_at BETWEEN '1901-01-01T' AND '2099'),
    cancel_effective TEXT CONSTRAINT subscriptions_cancel_effective_check CHECK (date(cancel_effective) = cancel_effective AND cancel_effective BETWEEN '1901-01-01' AND '2098-12-31'),
    commercial_end TEXT CONSTRAINT subscriptions_commercial_end_check CHECK (date(commercial_end) = commercial_end AND commercial_end BETWEEN '1901-01-01' AND '2098-12-31'),
    technical_end TEXT CONSTRAINT subscriptions_technical_end_check CHECK (date(technical_end) = technical_end AND technical_end BETWEEN '1901-01-01' AND '2098-12-31'),
    requires_payment INTEGER NOT NULL CONSTRAINT subscriptions_requires_payment_check CHECK (requires_payment IN (0, 1)),
    state TEXT NOT NULL CONSTRAINT subscriptions_state_check CHECK (state IN ('pending', 'active', 'past_due', 'held', 'cancelling', 'expired', 'revoked', 'failed')),
    line TEXT NOT NULL CONSTRAINT subscriptions_line_check CHECK (length(line) <= 40 AND line = trim(line) AND line <> ''),
    source TEXT NOT NULL CONSTRAINT subscriptions_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (line_item_id),
    CONSTRAINT subscriptions_period_start_period_end_check CHECK (period_end >= period_start),
    CONSTRAINT subscriptions_renew_n_sign_check CHECK (renew_n > 0),
    CONSTRAINT subscriptions_renew_n_renew_unit_check CHECK ((renew_n IS NULL) = (renew_unit IS NULL)),
    CONSTRAINT subscriptions_notice_days_sign_check CHECK (notice_days >= 0)
) STRICT;

CREATE TABLE payment_schedules (
    id TEXT NOT NULL CONSTRAINT payment_schedules_id_check CHECK (length(id) = 36),
    line_item_id TEXT NOT NULL CONSTRAINT payment_schedules_line_item_id_check CHECK (length(line_item_id) = 36) REFERENCES line_items (id),
    currency TEXT NOT NULL CONSTRAINT payment_schedules_currency_check CHECK (length(currency) <= 3),
    total_minor INTEGER NOT NULL,
    line TEXT NOT NULL CONSTRAINT payment_schedules_line_check CHECK (length(line) <= 40 AND line = trim(line) AND line <> ''),
    source TEXT NOT NULL CONSTRAINT payment_schedules_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX payment_schedules_line_item_id_idx ON payment_schedules (line_item_id);

CREATE TABLE instalments (
    id TEXT NOT NULL CONSTRAINT instalments_id_check CHECK (length(id) = 36),
    schedule_id TEXT NOT NULL CONSTRAINT instalments_schedule_id_check CHECK (length(schedule_id) = 36) REFERENCES payment_schedules (id),
    seq INTEGER NOT NULL,
    due_on TEXT NOT NULL CONSTRAINT instalments_due_on_check CHECK (date(due_on) = due_on AND due_on BETWEEN '1901-01-01' AND '2098-12-31'),
    covers_from TEXT CONSTRAINT instalments_covers_from_check CHECK (date(covers_from) = covers_from AND covers_from BETWEEN '1901-01-01' AND '2098-12-31'),
    covers_to TEXT CONSTRAINT instalments_covers_to_check CHECK (date(covers_to) = covers_to AND covers_to BETWEEN '1901-01-01' AND '2098-12-31'),
    amount_minor INTEGER NOT NULL,
    state TEXT NOT NULL CONSTRAINT instalments_state_check CHECK (state IN ('planned', 'invoiced', 'overdue', 'paid', 'written_off', 'refunded', 'waived', 'cancelled')),
    paid_on TEXT CONSTRAINT instalments_paid_on_check CHECK (date(paid_on) = paid_on AND paid_on BETWEEN '1901-01-01' AND '2098-12-31'),
    external_ref TEXT CONSTRAINT instalments_external_ref_check CHECK (length(external_ref) <= 80),
    line TEXT NOT NULL CONSTRAINT instalments_line_check CHECK (length(line) <= 40 AND line = trim(line) AND line <> ''),
    source TEXT NOT NULL CONSTRAINT instalments_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (schedule_id, seq),
    CONSTRAINT instalments_covers_from_covers_to_check CHECK (covers_to >= covers_from)
) STRICT;

CREATE TABLE devices (
    id TEXT NOT NULL CONSTRAINT devices_id_check CHECK (length(id) = 36),
    host_type TEXT NOT NULL CONSTRAINT devices_host_type_check CHECK (length(host_type) <= 40 AND host_type = trim(host_type) AND host_type <> ''),
    host_id TEXT NOT NULL CONSTRAINT devices_host_id_check CHECK (length(host_id) <= 200 AND host_id = trim(host_id) AND host_id <> ''),
    name TEXT CONSTRAINT devices_name_check CHECK (length(name) <= 200),
    kind TEXT NOT NULL CONSTRAINT devices_kind_check CHECK (kind IN ('node', 'server', 'dongle', 'soft_container', 'cloud_container', 'cloud_server')),
    platform TEXT CONSTRAINT devices_platform_check CHECK (length(platform) <= 80),
    serial TEXT CONSTRAINT devices_serial_check CHECK (length(serial) <= 80),
    state TEXT NOT NULL CONSTRAINT devices_state_check CHECK (state IN ('active', 'dead', 'blacklisted', 'migration_placeholder')),
    source TEXT NOT NULL CONSTRAINT devices_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    UNIQUE (source, host_type, host_id)
) STRICT;

CREATE TABLE activations (
    id TEXT NOT NULL CONSTRAINT activations_id_check CHECK (length(id) = 36),
    fulfillment_no TEXT NOT NULL CONSTRAINT activations_fulfillment_no_check CHECK (length(fulfillment_no) <= 80 AND fulfillment_no = trim(fulfillment_no) AND fulfillment_no <> ''),
    line_item_id TEXT NOT NULL CONSTRAINT activations_line_item_id_check CHECK (length(line_item_id) = 36) REFERENCES line_items (id),
    device_id TEXT CONSTRAINT activations_device_id_check CHECK (length(device_id) = 36) REFERENCES devices (id),
    user_id TEXT CONSTRAINT activations_user_id_check CHECK (length(user_id) = 36) REFERENCES users (id),
    qty INTEGER NOT NULL,
    overdraft INTEGER NOT NULL,
    activated_on TEXT CONSTRAINT activations_activated_on_check CHECK (date(activated_on) = activated_on AND activated_on BETWEEN '1901-01-01' AND '2098-12-31'),
    returned_on TEXT CONSTRAINT activations_returned_on_check CHECK (date(returned_on) = returned_on AND returned_on BETWEEN '1901-01-01' AND '2098-12-31'),
    state TEXT NOT NULL CONSTRAINT activations_state_check CHECK (state IN ('requested', 'active', 'return_pending', 'returned', 'superseded', 'revoke_pending', 'removed', 'needs_decision')),
    parent_id TEXT CONSTRAINT activations_parent_id_check CHECK (length(parent_id) = 36) REFERENCES activations (id) DEFERRABLE INITIALLY DEFERRED,
    date_quality TEXT NOT NULL CONSTRAINT activations_date_quality_check CHECK (date_quality IN ('actual', 'inferred', 'synthesized')),
    line TEXT NOT NULL CONSTRAINT activations_line_check CHECK (length(line) <= 40 AND line = trim(line) AND line <> ''),
    source TEXT NOT NULL CONSTRAINT activations_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id),
    CONSTRAINT activations_qty_sign_check CHECK (qty >= 0),
    CONSTRAINT activations_overdraft_sign_check CHECK (overdraft >= 0),
    CONSTRAINT activations_activated_on_returned_on_check CHECK (returned_on >= activated_on),
    CONSTRAINT activations_parent_id_self_check CHECK (parent_id <> id)
) STRICT;
CREATE INDEX activations_line_item_id_idx ON activations (line_item_id);
CREATE INDEX activations_device_id_idx ON activations (device_id) WHERE device_id IS NOT NULL;
CREATE INDEX activations_user_id_idx ON activations (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX activations_parent_id_idx ON activations (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE tickets (
    id TEXT NOT NULL CONSTRAINT tickets_id_check CHECK (length(id) = 36),
    ticket_no TEXT NOT NULL CONSTRAINT tickets_ticket_no_check CHECK (length(ticket_no) <= 80 AND ticket_no = trim(ticket_no) AND ticket_no <> ''),
    line_item_id TEXT NOT NULL CONSTRAINT tickets_line_item_id_check CHECK (length(line_item_id) = 36) REFERENCES line_items (id),
    assignee_kind TEXT CONSTRAINT tickets_assignee_kind_check CHECK (length(assignee_kind) <= 20),
    assignee TEXT CONSTRAINT tickets_assignee_check CHECK (length(assignee) <= 320),
    visible_to_members INTEGER NOT NULL CONSTRAINT tickets_visible_to_members_check CHECK (visible_to_members IN (0, 1)),
    state TEXT NOT NULL CONSTRAINT tickets_state_check CHECK (state IN ('open', 'allocated', 'activated', 'withdrawn')),
    line TEXT NOT NULL CONSTRAINT tickets_line_check CHECK (length(line) <= 40 AND line = trim(line) AND line <> ''),
    source TEXT NOT NULL CONSTRAINT tickets_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id)
) STRICT;
CREATE INDEX tickets_line_item_id_idx ON tickets (line_item_id);

CREATE TABLE events (
    id TEXT NOT NULL CONSTRAINT events_id_check CHECK (length(id) = 36),
    entity TEXT NOT NULL CONSTRAINT events_entity_check CHECK (length(entity) <= 40),
    entity_id TEXT NOT NULL CONSTRAINT events_entity_id_check CHECK (length(entity_id) <= 36),
    op TEXT NOT NULL CONSTRAINT events_op_check CHECK (length(op) <= 40),
    effective_at TEXT NOT NULL CONSTRAINT events_effective_at_check CHECK (effective_at GLOB '????-??-??T??:??:??.??????Z' AND effective_at BETWEEN '1901-01-01T' AND '2099'),
    actor TEXT CONSTRAINT events_actor_check CHECK (length(actor) <= 320),
    reason TEXT,
    diff TEXT,
    line TEXT NOT NULL CONSTRAINT events_line_check CHECK (length(line) <= 40 AND line = trim(line) AND line <> ''),
    source TEXT NOT NULL CONSTRAINT events_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    PRIMARY KEY (id)
) STRICT;

CREATE TABLE xref (
    source TEXT NOT NULL CONSTRAINT xref_source_check CHECK (length(source) <= 40 AND source = trim(source) AND source <> ''),
    source_entity TEXT NOT NULL CONSTRAINT xref_source_entity_check CHECK (length(source_entity) <= 200 AND source_entity = trim(source_entity) AND source_entity <> ''),
    source_key TEXT NOT NULL CONSTRAINT xref_source_key_check CHECK (length(source_key) <= 1000),
    entity TEXT NOT NULL CONSTRAINT xref_entity_check CHECK (length(entity) <= 40 AND entity = trim(entity) AND entity <> ''),
    canonical_id TEXT NOT NULL CONSTRAINT xref_canonical_id_check CHECK (length(canonical_id) = 36),
    role TEXT NOT NULL CONSTRAINT xref_role_check CHECK (role IN ('primary', 'merged', 'split_part', 'alternate')),
    PRIMARY KEY (source, source_entity, source_key)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX xref_primary ON xref (canonical_id) WHERE role = 'primary';
CREATE INDEX xref_others ON xref (canonical_id) WHERE role <> 'primary';
