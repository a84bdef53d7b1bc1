package conformance_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"crosswalk/connectors"
	"crosswalk/connectors/conformance"
	"crosswalk/connectors/memory"
	"crosswalk/record"
)

// openMemory makes an honest connector.
func openMemory(_ context.Context, s *record.Schema, rows []record.Row) (connectors.Source, error) {
	db := memory.New(s)
	return db, db.Load(s.Table, rows...)
}

// every is what the reference connector offers.
var every = connectors.Abilities(memory.New())

// A suite is worth what it catches: for each check there are connectors that
// break its promise alone, and the check must say so.
func TestLiarsAreCaught(t *testing.T) {
	for _, lie := range lies() {
		t.Run(lie.check+"/"+strings.ReplaceAll(lie.says, " ", "_"), func(t *testing.T) {
			t.Parallel()
			h := conformance.Harness{Offers: every}
			h.Open = func(ctx context.Context, s *record.Schema, rows []record.Row) (connectors.Source, error) {
				honest, err := openMemory(ctx, s, rows)
				l := &liar{DB: honest.(*memory.DB)}
				if lie.lie != nil {
					lie.lie(l)
				}
				return l, err
			}
			if lie.harness != nil {
				lie.harness(&h)
			}
			c := check(t, lie.check)
			if !c.Applies(h) {
				t.Fatal("the check does not apply")
			}
			err := c.Func(t.Context(), h)
			if err == nil || !strings.Contains(err.Error(), lie.says) {
				t.Errorf("%s reports %v, want an error that says %q", lie.check, err, lie.says)
			}
		})
	}
}

func check(t *testing.T, name string) conformance.Check {
	all := conformance.Checks()
	i := slices.IndexFunc(all, func(c conformance.Check) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("there is no check %q", name)
	}
	return all[i]
}

func TestEveryCheckHasALiar(t *testing.T) {
	for _, c := range conformance.Checks() {
		if !slices.ContainsFunc(lies(), func(l lie) bool { return l.check == c.Name }) {
			t.Errorf("nothing shows that check %s can fail", c.Name)
		}
	}
}

func TestNamesOfChecksAndValuesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range conformance.Checks() {
		if seen[c.Name] {
			t.Errorf("two checks are called %s", c.Name)
		}
		seen[c.Name] = true
	}
	for _, v := range conformance.Values() {
		if seen[v.Name] {
			t.Errorf("two values are called %q", v.Name)
		}
		seen[v.Name] = true
	}
}

// An honest connector with hooks that are not set passes, so each liar is
// caught for its lie and not for its disguise.
func TestHonestLiarConforms(t *testing.T) {
	conformance.Run(t, conformance.Harness{
		Offers: every,
		Open: func(ctx context.Context, s *record.Schema, rows []record.Row) (connectors.Source, error) {
			honest, err := openMemory(ctx, s, rows)
			return &liar{DB: honest.(*memory.DB)}, err
		},
	})
}
