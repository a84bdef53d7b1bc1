package hub

import "testing"

func TestALocationTellsHubsApartAndHoldsNoPassword(t *testing.T) {
	for want, c := range map[string]Config{
		"sqlite hub.db":                     {Driver: SQLite, Path: "hub.db"},
		"postgres db.example:5432/hub":      {Driver: Postgres, DSN: "postgres://me:secret@db.example:5432/hub?sslmode=disable"},
		"postgres db.example:5432/hub_test": {Driver: Postgres, DSN: "postgres://you:other@db.example:5432/hub_test"},
		"postgres":                          {Driver: Postgres, DSN: "postgres://me:%zz@db.example/hub"},
	} {
		if got := c.Location(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
