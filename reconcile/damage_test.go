package reconcile

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/record"
)

// orders is a table in which rows can differ in every way that has fooled
// verifiers: neighboring texts, null and empty, the last bit of a float.
func orders() *record.Schema {
	return &record.Schema{Table: "orders", Key: []int{0}, Fields: []record.Field{
		{Name: "id", Type: record.Type{Kind: record.KindText}},
		{Name: "first", Type: record.Type{Kind: record.KindText}},
		{Name: "second", Type: record.Type{Kind: record.KindText}, Nullable: true},
		{Name: "price", Type: record.Type{Kind: record.KindDecimal}},
		{Name: "rate", Type: record.Type{Kind: record.KindFloat}},
	}}
}

func order(i int) record.Row {
	second := record.Text("r")
	switch i % 3 {
	case 0:
		second = record.Null()
	case 1:
		second = record.Text("")
	}
	return record.Row{record.Text(fmt.Sprintf("%05d", i)), record.Text(fmt.Sprintf("p,%d", i)), second, record.Decimal(int64(i)*10+1, 2), record.Float(float64(i) / 7)}
}

// A mutation damages row i of a table and says what must be found.
type mutation func(i int, all [][]record.Row) string

// mutations work on one list of rows for each key, so that rows can go and
// come twice without moving the others.
func mutations() map[string]mutation {
	edit := func(all [][]record.Row, i int, change func(record.Row)) string {
		was := all[i][0]
		row := slices.Clone(was)
		change(row)
		all[i][0] = row
		found := "* " + was[0].AsText()
		for f, name := range orders().Names() {
			if row[f] != was[f] {
				found += " " + name
			}
		}
		return found
	}
	return map[string]mutation{
		"drop": func(i int, all [][]record.Row) string {
			found := "+ " + all[i][0][0].AsText()
			all[i] = nil
			return found
		},
		"twice": func(i int, all [][]record.Row) string {
			all[i] = append(all[i], all[i][0])
			return "! " + all[i][0][0].AsText()
		},
		"thrice": func(i int, all [][]record.Row) string {
			all[i] = append(all[i], all[i][0], all[i][0])
			return "! " + all[i][0][0].AsText()
		},
		"a cent": func(i int, all [][]record.Row) string {
			return edit(all, i, func(row record.Row) { row[3] = record.Decimal(int64(i)*10+2, 2) })
		},
		"the sixteenth digit": func(i int, all [][]record.Row) string {
			return edit(all, i, func(row record.Row) { row[3] = record.Decimal((int64(i)*10+1)*1e14+1, 16) })
		},
		"the last bit": func(i int, all [][]record.Row) string {
			return edit(all, i, func(row record.Row) { row[4] = record.Float(math.Nextafter(row[4].AsFloat(), 1e9)) })
		},
		"a trailing blank": func(i int, all [][]record.Row) string {
			return edit(all, i, func(row record.Row) { row[1] = record.Text(row[1].AsText() + " ") })
		},
		"null and empty": func(i int, all [][]record.Row) string {
			return edit(all, i, func(row record.Row) {
				if row[2].IsNull() {
					row[2] = record.Text("")
				} else {
					row[2] = record.Null()
				}
			})
		},
		"the word NULL": func(i int, all [][]record.Row) string {
			return edit(all, i, func(row record.Row) { row[2] = record.Text("NULL") })
		},
		"the comma in the other column": func(i int, all [][]record.Row) string {
			return edit(all, i, func(row record.Row) {
				first, rest, _ := strings.Cut(row[1].AsText(), ",")
				row[1], row[2] = record.Text(first), record.Text(rest+","+row[2].AsText())
			})
		},
		"columns swapped": func(i int, all [][]record.Row) string {
			return edit(all, i, func(row record.Row) { row[1], row[2] = record.Text(row[2].AsText()), row[1] })
		},
		"the contents of its neighbor": func(i int, all [][]record.Row) string {
			return edit(all, i, func(row record.Row) { copy(row[1:], order((i + 1) % 5000)[1:]) })
		},
	}
}

func TestInjectedDamageIsFoundExactly(t *testing.T) {
	const size = 5000
	names := make([]string, 0)
	for name := range mutations() {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for seed := range uint64(3) {
			t.Run(fmt.Sprintf("%s, %d", name, seed), func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 1))
				places := map[int]string{0: name, size - 1: name} // boundary keys
				for len(places) < 6 {
					places[random.IntN(size)] = names[random.IntN(len(names))]
				}
				checkDamage(t, random, size, places)
			})
		}
	}
}

// Every row damaged: the worst case.
func TestDamageEverywhereIsFoundEverywhere(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	places := map[int]string{}
	for i := range 2000 {
		places[i] = []string{"a cent", "drop", "null and empty"}[random.IntN(3)]
	}
	checkDamage(t, random, 2000, places)
}

func checkDamage(t *testing.T, random *rand.Rand, size int, places map[int]string) {
	t.Helper()
	var want []record.Row
	all := make([][]record.Row, size)
	for i := range size {
		want = append(want, order(i))
		all[i] = []record.Row{order(i)}
	}
	// A key before all others and one after them: both belong to no one.
	expected := []string{"- ", fmt.Sprintf("- %05d", size)}
	have := []record.Row{order(0), order(size)}
	have[0][0] = record.Text("")
	for i, name := range places {
		expected = append(expected, mutations()[name](i, all))
	}
	for _, group := range all {
		have = append(have, group...)
	}
	random.Shuffle(len(have), func(i, j int) { have[i], have[j] = have[j], have[i] })
	random.Shuffle(len(want), func(i, j int) { want[i], want[j] = want[j], want[i] })
	slices.SortFunc(expected, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })

	got, tally := compareAll(t, parts(orders(), 2, want), parts(orders(), 3, have), Spec{Schema: orders(), Compared: []int{1, 2, 3, 4}})
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Error(diff)
	}
	found := tally.Missing + tally.Changed
	for _, line := range got {
		if line[0] == '!' {
			found++
		}
	}
	if tally.Want != int64(size) || tally.Have != int64(len(have)) || tally.Same+found != int64(size) || tally.Clean() {
		t.Errorf("the counts do not add up: %+v", tally)
	}
}

// parts is a Side that is read by n readers at once.
func parts(s *record.Schema, n int, all []record.Row) Side {
	return Side{Open: func(context.Context) ([]record.Reader, error) {
		var readers []record.Reader
		for i := range n {
			readers = append(readers, &listReader{s, all[i*len(all)/n : (i+1)*len(all)/n]})
		}
		return readers, nil
	}}
}
