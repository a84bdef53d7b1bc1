package ledger

import (
	"context"
	"encoding/json"
	"slices"

	"crosswalk/record"
)

// Finding is one difference between what a target should hold and what it holds.
type Finding struct {
	ID     string // FindingID; set by the ledger
	Entity string
	Key    string // of the target row
	Kind   string // missing, extra, changed, ...
	Fields []FieldDiff
}

// FieldDiff is what differs in one field, as reports show it: masked fields as digests.
type FieldDiff struct {
	Name string `json:"name"`
	Want string `json:"want"`
	Have string `json:"have"`
}

// FindingID identifies a difference from run to run: by product line, entity,
// key, kind and the names of the fields, but not by their values. So a
// difference that changes its value stays the same difference.
func FindingID(line string, f *Finding) string {
	var buf []byte
	for _, s := range []string{line, f.Entity, f.Key, f.Kind} {
		buf = record.Append(buf, record.Text(clean(s)))
	}
	names := make([]string, len(f.Fields))
	for i := range f.Fields {
		names[i] = clean(f.Fields[i].Name)
	}
	slices.Sort(names)
	for _, n := range names {
		buf = record.Append(buf, record.Text(n))
	}
	return record.DigestOf(buf).String()
}

// RecordFindings keeps differences that a run has found: all of them, or none
// if it fails. Hand over some thousand at a time.
func (l *Ledger) RecordFindings(ctx context.Context, run string, findings []Finding) error {
	return l.update(ctx, "record findings of "+run, func(t *tx) error {
		r, err := t.writable(ctx, run)
		if err != nil {
			return err
		}
		sealed, err := unseal(r.FindingRows, r.FindingSeal)
		if err != nil {
			return err
		}
		return findingSheet.add(ctx, t, r, len(findings), sealed, func(i int, cells []string) {
			f := &findings[i]
			cells[0], cells[1], cells[2], cells[3] = FindingID(r.Line, f), f.Entity, f.Key, f.Kind
			cells[4] = encodeFields(f.Fields)
		})
	})
}

func encodeFields(fields []FieldDiff) string {
	if len(fields) == 0 {
		return "[]"
	}
	diffs := make([]FieldDiff, len(fields))
	for i, f := range fields {
		diffs[i] = FieldDiff{clean(f.Name), clean(f.Want), clean(f.Have)}
	}
	line, err := json.Marshal(diffs)
	if err != nil {
		panic(err) // strings always have a JSON form
	}
	return string(line)
}

// FindingFilter selects findings. A field that is empty selects all.
type FindingFilter struct {
	ID, Entity, Kind string
}

// FindingRows calls visit for each difference that a run found, sorted by
// entity, key, kind and ID, until visit returns an error.
func (l *Ledger) FindingRows(ctx context.Context, run string, f FindingFilter, visit func(Finding) error) error {
	return l.snapshot(ctx, "findings of "+run, func(t *tx) error {
		n, err := t.runNumber(ctx, run)
		if err != nil {
			return err
		}
		w := where{conditions: []string{"run = ?"}, args: []any{n}}
		w.equal("id", f.ID)
		w.equal("entity", f.Entity)
		w.equal("kind", f.Kind)
		return t.findings(ctx, w, visit)
	})
}

func (t *tx) findings(ctx context.Context, w where, visit func(Finding) error) error {
	rows, err := t.QueryContext(ctx, t.Rebind("SELECT id, entity, row_key, kind, fields FROM ledger_findings WHERE "+
		w.String()+" ORDER BY entity, row_key, kind, id, n"), w.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var f Finding
		var fields string
		if err := rows.Scan(&f.ID, &f.Entity, &f.Key, &f.Kind, &fields); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(fields), &f.Fields); err != nil {
			return err
		}
		if err := visit(f); err != nil {
			return err
		}
	}
	return rows.Err()
}
