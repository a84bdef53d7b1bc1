package hub

// The rules that several tables share.
func inOrder(from, to string) Check {
	return Check{from + "_" + to, to + " >= " + from, to + " must not be before " + from}
}
func together(a, b string) Check {
	return Check{a + "_" + b, "(" + a + " IS NULL) = (" + b + " IS NULL)", a + " and " + b + " go together"}
}
func notItself(column string) Check {
	return Check{column + "_self", column + " <> id", column + " must not be the row itself"}
}
func notNegative(column string) Check {
	return Check{column + "_sign", column + " >= 0", column + " must not be negative"}
}
func positive(column string) Check {
	return Check{column + "_sign", column + " > 0", column + " must be positive"}
}
func merged() Check {
	return Check{"merged", "(status = 'merged') = (merged_into IS NOT NULL)", "status is merged exactly if merged_into is set"}
}

func catalog() []Table {
	state := code("state", "draft", "deployed", "inactive", "obsolete")
	return []Table{
		{Name: "product_lines", Columns: []Column{
			code("code"), text("name", 200), null(text("owner", 200)), code("write_owner", "legacy", "frozen", "store"), null(text("wave", 40)),
		}, Unique: [][]string{{"code"}}},
		{Name: "units_of_measure", Columns: []Column{
			code("code"), text("name", 200),
			code("family", "user", "concurrent", "device", "server", "core", "capacity", "transfer", "transaction", "financial", "site", "time"),
			integer("scale"), code("aggregation", "sum", "max", "last"),
		}, Unique: [][]string{{"code"}}, Checks: []Check{notNegative("scale")}},
		{Name: "license_models", Columns: []Column{
			code("code"), text("name", 200), null(text("technology", 80)), boolean("counted"),
			null(coded("uom", "units_of_measure.code")), null(code("start_rule", "fixed", "first_activation", "each_activation")),
			integer("overdraft"), integer("grace_days"),
		}, Unique: [][]string{{"code"}}, Checks: []Check{notNegative("overdraft"), notNegative("grace_days")}},
		{Name: "products", Line: true, Columns: []Column{
			code("code"), text("name", 200), null(text("version", 40)), code("kind", "product", "suite", "maintenance", "service"), state,
		}, Unique: [][]string{{"code", "version"}}},
		{Name: "features", Line: true, Columns: []Column{
			code("code"), text("name", 200), ref("product_id", "products"), boolean("optional"), null(integer("qty")),
		}, Checks: []Check{notNegative("qty")}},
		{Name: "part_numbers", Line: true, Columns: []Column{
			key("sku", 80), part("product_id", "products"), null(coded("license_model", "license_models.code")),
			null(coded("uom", "units_of_measure.code")), integer("units_per_sku"), null(integer("term_n")),
			null(code("term_unit", "days", "weeks", "months", "years")), state, null(date("valid_from")), null(date("valid_to")),
		}, Unique: [][]string{{"source", "sku"}},
			Checks: []Check{positive("units_per_sku"), positive("term_n"), together("term_n", "term_unit"), inOrder("valid_from", "valid_to")}},
	}
}

func parties() []Table {
	return []Table{
		{Name: "organizations", Columns: []Column{
			key("org_no", 80), text("name", 400), null(text("legal_name", 400)),
			code("kind", "customer", "distributor", "reseller", "affiliate", "publisher", "self_registered"),
			null(ref("parent_id", "organizations")), null(text("country", 2)), null(text("domains", 1000)), null(text("tax_id", 80)),
			null(text("tier", 40)), code("status", "active", "inactive", "merged"), null(ref("merged_into", "organizations")),
			null(date("created_on")),
		}, Unique: [][]string{{"source", "org_no"}}, Checks: []Check{merged(), notItself("parent_id"), notItself("merged_into")}},
		{Name: "org_relations", Columns: []Column{
			ref("from_id", "organizations"), ref("to_id", "organizations"),
			code("type", "parent_of", "resells_to", "affiliate_of", "acquired_by"), null(date("valid_from")), null(date("valid_to")),
		}, Checks: []Check{{"ends", "from_id <> to_id", "an organization has no relation to itself"}, inOrder("valid_from", "valid_to")}},
		{Name: "users", Columns: []Column{
			key("email", 320), text("email_raw", 400), null(text("first_name", 200)), null(text("last_name", 200)), null(text("phone", 80)),
			null(text("locale", 20)), code("status", "staged", "invited", "active", "suspended", "merged", "erased"),
			code("auth", "sso", "password_reset_required", "none"), null(text("sso_subject", 400)), null(ref("merged_into", "users")),
			null(instant("last_login_at")),
		}, Checks: []Check{merged(), notItself("merged_into")}},
		{Name: "memberships", Columns: []Column{
			ref("user_id", "users"), ref("org_id", "organizations"),
			code("role", "org_admin", "license_admin", "user", "support_contact", "reseller_admin", "sales_ro", "support_ro", "migration_operator", "auditor"),
			null(code("app", "licensing", "community", "downloads", "support")), null(date("valid_from")), null(date("valid_to")),
		}, Checks: []Check{inOrder("valid_from", "valid_to")}},
	}
}

func commerce() []Table {
	return []Table{
		{Name: "orders", Line: true, Columns: []Column{
			key("order_no", 80), ref("sold_to_id", "organizations"), null(ref("ship_to_id", "organizations")), null(ref("bill_to_id", "organizations")),
			null(ref("reseller_id", "organizations")), null(date("ordered_on")), null(text("currency", 3)),
			code("state", "draft", "booked", "fulfilled", "closed", "cancelled", "returned"),
		}},
		{Name: "order_lines", Line: true, Columns: []Column{
			ref("order_id", "orders"), integer("line_no"), part("part_number_id", "part_numbers"), integer("qty"),
			null(integer("unit_price_minor")), code("type", "new", "renewal", "upgrade", "upsell", "maintenance", "credit"),
			null(date("service_start")), null(date("service_end")), null(ref("parent_id", "order_lines")),
		}, Unique: [][]string{{"order_id", "line_no"}}, Checks: []Check{inOrder("service_start", "service_end"), notItself("parent_id")}},
		{Name: "entitlements", Line: true, Columns: []Column{
			key("entitlement_no", 80), ref("org_id", "organizations"), null(ref("end_customer_id", "organizations")), null(ref("reseller_id", "organizations")),
			code("kind", "simple", "bulk"), code("origin", "revenue", "non_revenue", "internal", "trial", "replacement"),
			code("state", "draft", "deployed", "on_hold", "inactive", "obsolete", "revoked"), boolean("portal_login"), null(text("note", 0)),
		}},
	}
}

func rights() []Table {
	lineState := code("state", "draft", "deployed", "on_hold", "inactive", "obsolete", "revoked")
	return []Table{
		{Name: "line_items", Line: true, Columns: []Column{
			key("activation_id", 80), ref("entitlement_id", "entitlements"), part("part_number_id", "part_numbers"), part("product_id", "products"),
			null(coded("license_model", "license_models.code")), null(coded("uom", "units_of_measure.code")), integer("qty"), boolean("unlimited"),
			null(ref("order_line_id", "order_lines")),
			code("type", "new", "renewal", "upgrade", "upsell", "split", "transfer", "temporary", "replacement"), null(ref("parent_id", "line_items")),
			null(date("start_date")), code("start_rule", "fixed", "first_activation", "each_activation"), code("term_kind", "perpetual", "fixed", "subscription"),
			null(integer("term_n")), null(code("term_unit", "days", "weeks", "months", "years")), null(date("end_date")), null(date("version_date")), lineState,
		}, Checks: []Check{
			notNegative("qty"), notItself("parent_id"), positive("term_n"), together("term_n", "term_unit"), inOrder("start_date", "end_date"),
			{"perpetual", "term_kind <> 'perpetual' OR end_date IS NULL", "a perpetual line item has no end date"},
			{"limited", "term_kind = 'perpetual' OR end_date IS NOT NULL OR start_rule <> 'fixed' AND term_n IS NOT NULL",
				"a line item that is not perpetual has an end date, or starts with an activation and has a term"},
		}},
		{Name: "license_keys", Line: true, Columns: []Column{
			text("technology", 80), bytes("key_bytes"), text("key_sha256", 64), ref("line_item_id", "line_items"), boolean("is_legacy"), null(date("issued_on")),
		}, Checks: []Check{{"sha256", "length(key_sha256) = 64", "key_sha256 has 64 hexadecimal digits"}}},
		{Name: "maintenance", Line: true, Columns: []Column{
			key("maintenance_no", 80), part("product_id", "products"), null(text("level", 40)), null(part("part_number_id", "part_numbers")),
			null(ref("order_line_id", "order_lines")), date("start_date"), date("end_date"), code("state", "draft", "deployed", "obsolete"),
		}, Checks: []Check{inOrder("start_date", "end_date")}},
		{Name: "maintenance_coverage", Line: true, Columns: []Column{
			ref("maintenance_id", "maintenance"), ref("line_item_id", "line_items"),
		}, Unique: [][]string{{"maintenance_id", "line_item_id"}}},
		{Name: "subscriptions", Line: true, Columns: []Column{
			ref("line_item_id", "line_items"), date("period_start"), date("period_end"), null(code("expiry_rule", "calendar_year", "fiscal_year", "anniversary", "none")),
			null(text("fiscal_year_end", 5)), null(integer("renew_n")), null(code("renew_unit", "days", "weeks", "months", "years")), boolean("auto_renew"),
			null(integer("notice_days")), null(instant("cancel_requested_at")), null(date("cancel_effective")), null(date("commercial_end")), null(date("technical_end")),
			boolean("requires_payment"), code("state", "pending", "active", "past_due", "held", "cancelling", "expired", "revoked", "failed"),
		}, Unique: [][]string{{"line_item_id"}},
			Checks: []Check{inOrder("period_start", "period_end"), positive("renew_n"), together("renew_n", "renew_unit"), notNegative("notice_days")}},
		{Name: "payment_schedules", Line: true, Columns: []Column{
			ref("line_item_id", "line_items"), text("currency", 3), integer("total_minor"),
		}},
		{Name: "instalments", Line: true, Columns: []Column{
			ref("schedule_id", "payment_schedules"), integer("seq"), date("due_on"), null(date("covers_from")), null(date("covers_to")), integer("amount_minor"),
			code("state", "planned", "invoiced", "overdue", "paid", "written_off", "refunded", "waived", "cancelled"), null(date("paid_on")), null(text("external_ref", 80)),
		}, Unique: [][]string{{"schedule_id", "seq"}}, Checks: []Check{inOrder("covers_from", "covers_to")}},
		{Name: "devices", Columns: []Column{
			key("host_type", 40), key("host_id", 200), null(text("name", 200)),
			code("kind", "node", "server", "dongle", "soft_container", "cloud_container", "cloud_server"), null(text("platform", 80)),
			null(text("serial", 80)), code("state", "active", "dead", "blacklisted", "migration_placeholder"),
		}, Unique: [][]string{{"source", "host_type", "host_id"}}},
		{Name: "activations", Line: true, Columns: []Column{
			key("fulfillment_no", 80), ref("line_item_id", "line_items"), null(ref("device_id", "devices")), null(ref("user_id", "users")),
			integer("qty"), integer("overdraft"), null(date("activated_on")), null(date("returned_on")),
			code("state", "requested", "active", "return_pending", "returned", "superseded", "revoke_pending", "removed", "needs_decision"),
			null(ref("parent_id", "activations")), code("date_quality", "actual", "inferred", "synthesized"),
		}, Checks: []Check{notNegative("qty"), notNegative("overdraft"), inOrder("activated_on", "returned_on"), notItself("parent_id")}},
		{Name: "tickets", Line: true, Columns: []Column{
			key("ticket_no", 80), ref("line_item_id", "line_items"), null(text("assignee_kind", 20)), null(text("assignee", 320)),
			boolean("visible_to_members"), code("state", "open", "allocated", "activated", "withdrawn"),
		}},
		{Name: "events", Line: true, Columns: []Column{
			text("entity", 40), text("entity_id", 36), text("op", 40), instant("effective_at"), null(text("actor", 320)), null(text("reason", 0)), null(text("diff", 0)),
		}},
	}
}
