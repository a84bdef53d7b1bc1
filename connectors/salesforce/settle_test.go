package salesforce

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/bulk"
	"crosswalk/record"
)

// workOn is a Write of rows with a name and a parent that were sent once.
func workOn(rows ...record.Row) *work {
	parent := text("Account.Key__c")
	parent.relation, parent.parentKey, parent.reference = "Account", "Key__c", "AccountId"
	schema := &record.Schema{Fields: []record.Field{{Name: "Name"}, {Name: "Account.Key__c"}}}
	c := &connectors.Changes{Rows: &record.Batch{}, Ops: slices.Repeat([]connectors.Op{connectors.Update}, len(rows))}
	c.Rows.Reset(schema)
	return &work{
		Changes: c, table: &table{columns: []column{text("Name"), parent}, object: &describedObject{}}, columns: []int{0, 1},
		rows: rows, answers: make([]connectors.Answer, len(rows)), steps: make([]step, len(rows)), wait: map[int]wait{}, orphaned: map[int]bool{},
	}
}

func TestARowInDoubtStaysInDoubtWhenTheNextTryIsRefused(t *testing.T) {
	for _, code := range []string{"UNABLE_TO_LOCK_ROW", "DUPLICATE_VALUE", "ENTITY_IS_DELETED"} {
		w := workOn(record.Row{record.Text("a"), record.Null()})
		w.wait[0] = wait{lost: true, reason: "the reply was lost"}
		w.refuse(0, []rowError{{Code: code}})
		if len(w.open()) != 1 || !w.wait[0].lost {
			t.Errorf("%s: the answer is %v, the doubt %v", code, w.answers[0], w.wait[0])
		}
		if w.giveUp(); w.answers[0].Outcome != connectors.Unsure {
			t.Errorf("%s: in the end the row is %s", code, w.answers[0].Outcome)
		}
	}
}

func TestARowThatWasDeletedMeanwhileIsReadAgain(t *testing.T) {
	w := workOn(record.Row{record.Text("a"), record.Null()})
	w.refuse(0, []rowError{{Code: "ENTITY_IS_DELETED"}})
	if len(w.open()) != 1 || w.wait[0].lost {
		t.Errorf("the answer is %v, the doubt %v", w.answers[0], w.wait[0])
	}
	w.Ops[0] = connectors.Delete
	if w.decide(0, nil); w.answers[0].Outcome != connectors.Unchanged {
		t.Errorf("a row to delete that is gone is %s", w.answers[0].Outcome)
	}
}

func TestAJobThatEndedEarlyProvesNothing(t *testing.T) {
	rows := []record.Row{{record.Text("a"), record.Null()}, {record.Text("b"), record.Null()}}
	for state, open := range map[string]int{"JobComplete": 0, "Failed": 2, "Aborted": 2} {
		w := workOn(rows...)
		if err := w.settle(t.Context(), shipment{}, []int{0, 1}, &bulk.Done{State: state, Rows: 2}); err != nil {
			t.Error(err)
		}
		if len(w.open()) != open {
			t.Errorf("after a job that is %s, %d rows are open", state, len(w.open()))
		}
	}
}

func TestAJobCarriesOnlyWhatItCan(t *testing.T) {
	w := workOn(
		record.Row{record.Text("a"), record.Text("A-1")},
		record.Row{record.Text("#N/A"), record.Text("A-1")},
		record.Row{record.Text("new, without a parent"), record.Null()},
		record.Row{record.Text("loses its parent"), record.Null()},
		record.Row{record.Text(strings.Repeat("x", 400_001)), record.Text("A-1")},
	)
	w.orphaned[3] = true
	odd, plain := w.split(shipment{rows: []int{0, 1, 2, 3, 4}, fields: []int{0, 1}})
	if diff := cmp.Diff([][]int{{1, 3, 4}, {0, 2}}, [][]int{odd.rows, plain.rows}); diff != "" {
		t.Error(diff)
	}
	for cells := range w.cells(shipment{rows: []int{2}, fields: []int{0, 1}}) {
		if cells[1] == nil || len(cells[1]) > 0 {
			t.Errorf("a parent that is null is sent as %q", cells[1])
		}
	}
}
