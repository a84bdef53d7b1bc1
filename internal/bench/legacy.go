package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

const (
	legacyColumns = "id acct_no name legal kind country domain vat tier active created city street zip"
	hubColumns    = "id org_no name legal_name kind parent_id country domains tax_id tier status merged_into created_on source"
)

// fillLegacy makes the legacy table: 14 columns of plausible widths.
func fillLegacy(ctx context.Context, db *sql.DB, rows int) error {
	_, err := db.ExecContext(ctx, `CREATE TABLE account (
		id INT UNSIGNED NOT NULL PRIMARY KEY, acct_no VARCHAR(20) NOT NULL, name VARCHAR(80) NOT NULL, legal VARCHAR(80),
		kind CHAR(1) NOT NULL, country CHAR(2), domain VARCHAR(60), vat VARCHAR(20), tier VARCHAR(10), active TINYINT NOT NULL,
		created DATE, city VARCHAR(40), street VARCHAR(60), zip VARCHAR(10)) CHARACTER SET utf8mb4`)
	if err != nil {
		return err
	}
	const chunk = 2000
	for from := 1; from <= rows; from += chunk {
		var values []string
		for i := from; i < from+chunk && i <= rows; i++ {
			values = append(values, fmt.Sprintf("(%d,'A-%08d','Example Customer %d Industries','Example Customer %d Industries GmbH','%c','DE','customer-%d.example','DE%09d','gold',%d,'20%02d-%02d-%02d','Town %d','Long Street %d','%05d')",
				i, i, i, i, "CDR"[i%3], i, i, i%2, i%25, i%12+1, i%28+1, i%997, i%9973, i%99999))
		}
		if _, err := db.ExecContext(ctx, "INSERT INTO account VALUES "+strings.Join(values, ",")); err != nil {
			return err
		}
	}
	_, err = db.ExecContext(ctx, "ANALYZE TABLE account")
	return err
}

// workspaceFiles is the workspace of the measurement.
func workspaceFiles(legacyURL, hubURL string) map[string]string {
	return map[string]string{
		"crosswalk.yaml": fmt.Sprintf(`version: 1
systems:
  legacy: {kind: mysql, dsn: %q}
hub: {driver: postgres, dsn: %q}
ledger: {driver: sqlite, path: ledger.db}
lines:
  - {code: bench, name: Bench, mappings: ["*.yaml"]}
masking: {key: not-secret}
`, legacyURL, hubURL),
		"lookups/kinds.csv": "code,kind\nC,customer\nD,distributor\nR,reseller\n",
		"mappings/organizations.yaml": `mapping: organizations
source: {system: legacy, table: account}
target: organizations
key: [id]
lookups:
  kinds: {file: lookups/kinds.csv, key: code, value: kind}
fields:
  org_no: acct_no
  name: name
  legal_name: legal
  kind: lookup('kinds', kind)
  country: country
  domains: lower(domain)
  tax_id: vat
  tier: tier
  status: "active == 1 ? 'active' : 'inactive'"
  created_on: created
`,
	}
}
