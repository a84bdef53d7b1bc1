package salesforce

import (
	"context"
	"slices"

	"crosswalk/connectors"
	"crosswalk/record"
)

// guard reads the open rows as Salesforce has them now and decides what to do
// with each.
func (w *work) guard(ctx context.Context) error {
	open := w.open()
	if len(open) == 0 {
		return nil
	}
	keys := make([]record.Value, len(open))
	for n, i := range open {
		keys[n] = w.rows[i][w.key]
		w.steps[i] = none
	}
	s := &selection{table: w.table, columns: slices.Clone(w.columns), where: w.table.keyed}
	id := s.column(w.table.schema.Index("Id"))
	s.schema, _, _ = w.table.schema.Select(w.names(s.columns))
	found := make([]bool, len(w.rows))
	err := w.org.visit(ctx, "write", w.org.with(s, w.table.key, keys), func(have record.Row) {
		i, ours := w.byKey[w.table.fold(have[w.key].String())]
		if !ours || !found[i] && w.answers[i].Outcome != 0 {
			return
		}
		w.meet(i, have, have[id].AsText(), found[i])
		found[i] = true
	})
	if err != nil {
		return err
	}
	for _, i := range open {
		if !found[i] {
			w.decide(i, nil)
		}
	}
	return nil
}

func (w *work) names(columns []int) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = w.table.schema.Fields[c].Name
	}
	return names
}

// meet compares row i with a record that has its key.
func (w *work) meet(i int, have record.Row, id string, again bool) {
	switch {
	case again:
		w.reject(i, "two records have the external id "+w.show(w.key, w.rows[i][w.key])+": merge them, and mark the field as unique")
	case have[w.key] != w.rows[i][w.key]:
		w.reject(i, "a record has the external id "+w.show(w.key, have[w.key])+", which Salesforce takes for the same: mark the field as case sensitive, or change one of them")
	default:
		if w.decide(i, have[:len(w.columns)]); w.steps[i] == remove {
			w.ids[i] = id
		}
	}
}

// decide compares row i with the row that Salesforce has, nil if it has none.
// It answers the rows that are as wanted, and those that are not as they were.
func (w *work) decide(i int, have record.Row) {
	op := w.Ops[i]
	var seen record.Digest
	if have != nil {
		w.encoded = record.AppendFields(w.encoded[:0], have, w.Compared)
		seen = record.DigestOf(w.encoded)
	}
	lost := w.wait[i].lost
	switch {
	case op == connectors.Delete && have == nil, op != connectors.Delete && have != nil && slices.Equal(have, w.rows[i]):
		w.answers[i] = connectors.Answer{Outcome: connectors.Unchanged}
		if lost {
			w.answers[i].Outcome = connectors.Applied
		}
	case seen != w.Before[i] && lost:
		w.answers[i] = connectors.Answer{Outcome: connectors.Unsure, Reason: "the reply was lost, and the row is neither as it was nor as wanted: make a new plan"}
	case seen != w.Before[i]:
		w.answers[i] = connectors.Answer{Outcome: connectors.Stale, Reason: w.whyStale(i, have)}
	case op == connectors.Delete:
		w.steps[i] = remove
	case have == nil && w.table.byID():
		w.reject(i, "a new row gets its Id from Salesforce, so it cannot be created under this one: name an external id of "+w.table.name+" in external_ids")
	case have == nil && lost && !w.table.schema.Unique:
		// A request on its way could make a second record.
		w.answers[i] = connectors.Answer{Outcome: connectors.Unsure, Reason: w.wait[i].reason}
	default:
		w.steps[i] = update
		if have == nil {
			w.steps[i] = create
		}
		w.refuseFixed(i, have)
		w.orphaned[i] = have != nil && w.losesParent(i, have)
	}
}

// losesParent reports whether row i is to be without a parent that it has.
func (w *work) losesParent(i int, have record.Row) bool {
	for f, c := range w.columns {
		if w.table.columns[c].relation != "" && w.rows[i][f].IsNull() && !have[f].IsNull() {
			return true
		}
	}
	return false
}

// refuseFixed rejects a row that sets a field which cannot be set any more, or
// not yet.
func (w *work) refuseFixed(i int, have record.Row) {
	for f, c := range w.columns {
		column := &w.table.columns[c]
		switch {
		case f == w.key:
		case have != nil && !column.updateable && have[f] != w.rows[i][f]:
			w.reject(i, column.path+" is fixed once the record is made: delete the record and create it again, or leave the field out")
			return
		case have == nil && !column.createable && !w.rows[i][f].IsNull():
			w.reject(i, column.path+" cannot be set in a new record")
			return
		}
	}
}

func (w *work) whyStale(i int, have record.Row) string {
	switch {
	case have == nil:
		return "the row is gone"
	case w.Before[i].IsZero():
		return "a row with this key exists, with other values"
	}
	return "the row has changed since it was seen"
}
