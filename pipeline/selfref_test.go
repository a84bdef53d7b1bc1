package pipeline_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/record"
)

// groups are companies that belong to companies; %s is what becomes of one
// whose parent is not carried.
const groups = `
mapping: groups
source: {system: crm, table: company}
target: groups
key: [id]
fields:
  name: name
  parent_id: {ref: company, key: [parent], when_missing: %s}
rules: [{quarantine: "name == 'bad'", because: bad}]
`

func groupWorld(t failer, missing string, rows ...record.Row) *world {
	w := newWorld(t, []*record.Schema{filled("groups", "name", "parent_id")}, fmt.Sprintf(groups, missing))
	load(t, w.system("crm", table("company", "id", "name", "parent")), "company", rows...)
	return w
}

func TestParentsOfOneTableAreFoundInAnyOrder(t *testing.T) {
	for seed := range uint64(20) {
		// Keys decide the order of reading, so they are shuffled.
		order := rand.New(rand.NewPCG(seed, 0)).Perm(6)
		key := func(i int) string { return fmt.Sprint("k", order[i]) }
		rows := []record.Row{row(key(0), "root", nil)}
		for i := 1; i < 6; i++ {
			rows = append(rows, row(key(i), fmt.Sprint("level", i), key(i-1)))
		}
		w := groupWorld(t, "quarantine", rows...)
		w.migrate()
		w.settled()
		if got := w.rows("groups", "name"); len(got) != 6 {
			t.Fatalf("seed %d: %v", seed, got)
		}
	}
}

func TestAMissingParentSetsItsWholeLineOfDescendantsAside(t *testing.T) {
	rows := []record.Row{
		row("a", "Acme", nil), row("b", "Bolt", "a"),
		row("z", "bad", nil), row("y", "Y", "z"), row("x", "X", "y"), row("w", "W", "x"), row("v", "V", "w"), row("u", "U", "v"),
		row("o", "Orphan", "nowhere"), row("p", "P", "o"),
	}
	w := groupWorld(t, "quarantine", rows...)
	r := w.migrate()
	if diff := cmp.Diff([]string{"a -", "b a"}, w.rows("groups", "source_key", "parent_id")); diff != "" {
		t.Error(diff)
	}
	if c := counted(t, r, "groups"); c.Quarantined != 8 {
		t.Errorf("%+v", c)
	}
	if len(w.recorder.asides) != 8 {
		t.Errorf("each row is set aside once: %v", w.recorder.aside())
	}
	w.settled()
}

func TestOnlyTheChildrenOfAMissingParentLoseItIfTheMappingSaysSo(t *testing.T) {
	w := groupWorld(t, "null", row("z", "bad", nil), row("y", "Y", "z"), row("x", "X", "y"), row("w", "W", "nowhere"))
	w.migrate()
	if diff := cmp.Diff([]string{"w -", "x y", "y -"}, w.rows("groups", "source_key", "parent_id")); diff != "" {
		t.Error(diff)
	}
	w.settled()
}

func TestParentsThatGoInACircleAreCarried(t *testing.T) {
	w := groupWorld(t, "quarantine", row("a", "A", "c"), row("b", "B", "a"), row("c", "C", "b"), row("s", "S", "s"))
	w.migrate()
	if diff := cmp.Diff([]string{"a c", "b a", "c b", "s s"}, w.rows("groups", "source_key", "parent_id")); diff != "" {
		t.Error(diff)
	}
	w.settled()
}

func TestACircleWithAMissingMemberIsSetAsideAltogether(t *testing.T) {
	w := groupWorld(t, "quarantine", row("a", "A", "c"), row("b", "B", "a"), row("c", "bad", "b"))
	w.migrate()
	if got := w.rows("groups", "source_key"); len(got) > 0 {
		t.Error(got)
	}
	w.settled()
}

func TestChildrenOfAnAmbiguousRowOfTheSameTableAreSetAside(t *testing.T) {
	rows := []record.Row{
		row("p", "Parent", nil), row("p", "Other name", nil),
		row("c", "Child", "p"), row("d", "Grandchild", "c"), row("a", "Acme", nil), row("a", "Acme", nil), row("b", "Bolt", "a"),
	}
	w := groupWorld(t, "quarantine", rows...)
	r := w.migrate()
	if diff := cmp.Diff([]string{"a -", "b a"}, w.rows("groups", "source_key", "parent_id")); diff != "" {
		t.Error(diff)
	}
	if c := counted(t, r, "groups"); c.Quarantined != 4 || c.Merged != 1 {
		t.Errorf("%+v", c)
	}
	w.settled()

	w = groupWorld(t, "null", rows...)
	w.migrate()
	if diff := cmp.Diff([]string{"a -", "b a", "c -", "d c"}, w.rows("groups", "source_key", "parent_id")); diff != "" {
		t.Errorf("null: %s", diff)
	}
	w.settled()
}

func TestTwoMappingsOfOneTableMayReferToEachOther(t *testing.T) {
	target := []*record.Schema{filled("groups", "name", "parent_id")}
	w := newWorld(t, target, fmt.Sprintf(groups, "quarantine"), `
mapping: branches
source: {system: crm, table: branch}
target: groups
key: [id]
fields:
  name: name
  parent_id: {ref: company, key: [company]}
`)
	crm := w.system("crm", table("company", "id", "name", "parent"), table("branch", "id", "name", "company"))
	load(t, crm, "company", row("a", "A", nil), row("b", "B", "z"), row("z", "bad", nil))
	load(t, crm, "branch", row("1", "One", "a"), row("2", "Two", "b"))
	w.migrate()
	if diff := cmp.Diff([]string{"1 a", "a -"}, w.rows("groups", "source_key", "parent_id")); diff != "" {
		t.Error(diff)
	}
	w.settled()
}
