package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The credentials that every simulator knows.
const (
	demoClient = "demo-client"
	demoSecret = "demo-secret"
)

// accounts is how many customers share the assets.
const accounts = 1000

// The columns of the file of assets, and the fields of the org that they fill.
var (
	assetColumns = []string{"key", "name", "account", "quantity", "installed", "ends", "status", "serial", "line"}
	assetFields  = []string{"Entl_Key__c", "Name", "Account.LICDB_Id__c", "Quantity", "InstallDate", "UsageEndDate", "Status", "SerialNumber", "Entl_Line__c"}
)

// orgFile fills an org with customers and the fields that assets need.
func orgFile() string {
	var b strings.Builder
	field := func(object, name, more string) {
		fmt.Fprintf(&b, `{"object":%q,"field":{"name":%q,"type":"string","length":80%s}}`+"\n", object, name, more)
	}
	field("Account", "LICDB_Id__c", `,"externalId":true,"unique":true`)
	field("Asset", "Entl_Key__c", `,"externalId":true,"unique":true,"caseSensitive":true`)
	field("Asset", "Entl_Line__c", "")
	for n := range accounts {
		fmt.Fprintf(&b, `{"attributes":{"type":"Account"},"Name":"Customer %d","LICDB_Id__c":"C-%04d"}`+"\n", n, n)
	}
	return b.String()
}

func (s *simulated) writeWorkspace() error {
	for name, text := range map[string]string{
		"crosswalk.yaml": fmt.Sprintf(`version: 1
systems:
  files: {kind: csv, path: assets.csv}
  crm:
    kind: salesforce
    url: %q
    client_id: %s
    client_secret: %s
    external_ids: {Account: LICDB_Id__c, Asset: Entl_Key__c}
hub: {driver: sqlite, path: hub.db}
ledger: {driver: sqlite, path: ledger.db}
lines:
  - {code: bench, name: Bench, mappings: ["*.yaml"]}
masking: {key: not-secret}
`, s.url, demoClient, demoSecret),
		"mappings/assets.yaml": `mapping: assets
source: {system: files, table: assets}
target: {system: crm, table: Asset, line: Entl_Line__c}
key: [key]
line: line
fields:
  Entl_Key__c: key
  Name: name
  Account.LICDB_Id__c: account
  Quantity: decimal(quantity)
  InstallDate: date(installed)
  UsageEndDate: date(ends)
  Status: status
  SerialNumber: serial
`,
	} {
		path := filepath.Join(s.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
