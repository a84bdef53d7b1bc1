package record_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"crosswalk/record"
)

func TestValuesOutliveTheirBatch(t *testing.T) {
	schema := &record.Schema{Fields: make([]record.Field, 2)}
	var b record.Batch
	var kept []record.Value
	buffer := make([]byte, 0, 8192)
	for round := range 20 {
		b.Reset(schema)
		for i := range 300 {
			buffer = fmt.Appendf(buffer[:0], "%d/%d%s", round, i, strings.Repeat("x", i*i%5000))
			row := b.Add()
			row[0], row[1] = b.Text(buffer), b.Bytes(buffer)
			kept = append(kept, row[0], row[1])
		}
	}
	for n, v := range kept {
		round, i := n/2/300, n/2%300
		if want := fmt.Sprintf("%d/%d%s", round, i, strings.Repeat("x", i*i%5000)); v.AsText() != want {
			t.Fatalf("value %d of round %d is now %.20q", i, round, v.AsText())
		}
	}
}

func TestABatchThatIsUsedAgainHoldsNothingOld(t *testing.T) {
	wide, narrow := &record.Schema{Fields: make([]record.Field, 3)}, &record.Schema{Fields: make([]record.Field, 1)}
	var b record.Batch
	b.Reset(wide)
	for range 100 {
		copy(b.Add(), record.Row{record.Int(1), record.Int(2), record.Int(3)})
	}
	b.Rejects, b.Cursor = append(b.Rejects, record.Reject{Reason: "broken"}), "here"
	b.Reset(narrow)
	if b.Len() != 0 || len(b.Rejects) != 0 || b.Cursor != "" || b.Schema != narrow {
		t.Fatal("something was left")
	}
	for range 301 {
		if row := b.Add(); len(row) != 1 || !row[0].IsNull() {
			t.Fatalf("a new row holds %v", row)
		}
	}
}

func TestDropTakesTheLastRowAway(t *testing.T) {
	var b record.Batch
	b.Reset(&record.Schema{Fields: make([]record.Field, 1)})
	b.Add()[0] = record.Int(1)
	b.Add()[0] = record.Int(2)
	b.Drop()
	if b.Len() != 1 || b.Row(0)[0] != record.Int(1) || !b.Add()[0].IsNull() {
		t.Error("want the first row, and an empty one after it")
	}
}

func TestARowCannotGrowIntoTheNext(t *testing.T) {
	var b record.Batch
	b.Reset(&record.Schema{Fields: make([]record.Field, 1)})
	b.Add()
	b.Add()
	_ = append(b.Row(0), record.Int(9))
	if !b.Row(1)[0].IsNull() {
		t.Error("appending to one row overwrote the next")
	}
}

func TestRowsAndRejectsBothFillABatch(t *testing.T) {
	b := record.Batch{Limit: 2}
	b.Reset(&record.Schema{Fields: make([]record.Field, 1)})
	b.Add()
	if b.Full() {
		t.Error("full after one of two")
	}
	b.Rejects = append(b.Rejects, record.Reject{})
	if !b.Full() {
		t.Error("a row and a reject do not fill two places")
	}
}

func TestSelectKeepsTheKeyOnlyWhole(t *testing.T) {
	s := &record.Schema{Table: "t", Key: []int{0, 1}, Unique: true, Fields: []record.Field{{Name: "a"}, {Name: "b"}, {Name: "c"}}}
	all, from, err := s.Select([]string{"c", "b", "a"})
	if err != nil || !slices.Equal(from, []int{2, 1, 0}) || !slices.Equal(all.Key, []int{2, 1}) || !all.Unique {
		t.Errorf("got %+v from %v, %v", all, from, err)
	}
	part, _, err := s.Select([]string{"a", "c"})
	if err != nil || part.Key != nil || part.Unique {
		t.Errorf("half a key is %v, unique %v, %v", part.Key, part.Unique, err)
	}
	if _, _, err := s.Select([]string{"d"}); err == nil || !strings.Contains(err.Error(), "a, b, c") {
		t.Errorf("an unknown column: %v; want the known ones named", err)
	}
}

func TestTimesAreSpelledInTheirOwnTerms(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	moment := time.Date(2024, 1, 1, 0, 30, 0, 1999, berlin)
	for want, v := range map[string]record.Value{
		"2024-01-01":                  record.DateOf(moment),
		"2023-12-31T23:30:00.000001Z": record.Instant(moment),
		"2024-01-01T00:30:00.000001":  record.Local(moment),
		"0001-01-01":                  record.Date(1, 1, 1),
		"1899-12-30":                  record.Date(1899, 12, 30),
	} {
		if v.String() != want {
			t.Errorf("got %s, want %s", v, want)
		}
	}
	before := time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	if got := record.Instant(before).String(); got != "1969-12-31T23:59:59.999999Z" {
		t.Errorf("a moment before 1970 is cut to %s, not to the earlier microsecond", got)
	}
}
