// Package all is the one list of connectors that crosswalk ships. A connector
// that is not in it does not exist for the command line; adding one is a line
// here.
package all

import (
	"crosswalk/connectors"
	"crosswalk/connectors/csvfile"
	"crosswalk/connectors/salesforce"
	"crosswalk/connectors/sqldb"
	"crosswalk/connectors/xlsxfile"
)

// Connectors returns a registry of every kind of system that a workspace may
// name.
func Connectors() *connectors.Registry {
	r := new(connectors.Registry)
	connectors.Register(r, "csv", csvfile.Open)
	connectors.Register(r, "xlsx", xlsxfile.Open)
	connectors.Register(r, "sqlite", sqldb.SQLite)
	connectors.Register(r, "postgres", sqldb.Postgres)
	connectors.Register(r, "mysql", sqldb.MySQL)
	connectors.Register(r, "sqlserver", sqldb.SQLServer)
	connectors.Register(r, "salesforce", salesforce.Open)
	addOracle(r)
	return r
}
