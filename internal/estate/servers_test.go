//go:build unix

package estate_test

import (
	"database/sql"
	"net/url"
	"os"
	"testing"

	"github.com/go-sql-driver/mysql"

	"crosswalk/connectors"
	"crosswalk/connectors/hubstore"
	"crosswalk/connectors/sqldb"
	"crosswalk/hub"
	"crosswalk/internal/estate"
	"crosswalk/internal/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

func TestFleetComesToTheSameFromMariaDBIntoPostgreSQL(t *testing.T) {
	expected := newWorkspace(t, estate.Options{Seed: 7, MariaDB: true})
	dsn := testdb.MariaDB(t)
	loadMariaDB(t, dsn)
	source, err := sqldb.MySQL(t.Context(), sqldb.Config{DSN: dsn, Zone: "Europe/Berlin"})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	checkLine(t, "fleet", expected["fleet"], hubstore.Config{Driver: hub.Postgres, DSN: testdb.Postgres(t)},
		map[string]connectors.Source{"licdb": source})
}

func loadMariaDB(t *testing.T, dsn string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	c := mysql.NewConfig()
	c.User, c.Net, c.Addr, c.DBName = u.User.Username(), "tcp", u.Host, u.Path[1:]
	c.Passwd, _ = u.User.Password()
	connector, err := mysql.NewConnector(c)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	if err := estate.Load(t.Context(), db, "legacy/licdb.sql"); err != nil {
		t.Fatal(err)
	}
}
