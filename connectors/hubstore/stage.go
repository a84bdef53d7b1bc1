package hubstore

import (
	"context"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lib/pq"

	"crosswalk/connectors"
	"crosswalk/record"
)

// stageName is a table that only this transaction sees, with the rows of a
// Write and their numbers n.
const stageName = "crosswalk_stage"

func (w *pgWriter) stage(ctx context.Context) error {
	columns := []string{"n"}
	types := []string{"n integer"}
	for f, c := range w.columns {
		column := w.table.columns[c]
		columns = append(columns, w.schema.Fields[f].Name)
		types = append(types, column.Name+" "+postgresSQL{}.native(column))
	}
	// A chunk is small beside its table, and its rows are found by an index.
	// Left alone, the planner reads the whole table for every chunk, and after
	// a first load, when it knows nothing of the table, once for every row.
	const plan = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off; "
	if _, err := w.exec(ctx, plan+"CREATE TEMP TABLE "+stageName+" ("+joined(types)+") ON COMMIT DROP"); err != nil {
		return err
	}
	all := make([]int, len(w.columns))
	for f := range all {
		all[f] = f
	}
	return w.copyRows(ctx, stageName, columns, w.open(), func(dst []byte, i int) []byte {
		return w.appendFields(append(strconv.AppendInt(dst, int64(i), 10), '\t'), i, all)
	})
}

func (w *pgWriter) insertRows(ctx context.Context, rows []int) error {
	_, columns := w.own()
	n, err := w.exec(ctx, "INSERT INTO "+w.table.model.Name+" ("+joined(columns)+") SELECT "+joined(columns)+" FROM "+stageName+
		" WHERE n = ANY($1::int[]) ON CONFLICT ("+joined(w.keyColumns())+") DO NOTHING", list(rows))
	if err != nil {
		return err
	}
	if int(n) != len(rows) {
		return connectors.Errorf(connectors.Transient, "write", w.table.model.Name, "another writer has created some of the rows just now: try again")
	}
	return w.relinkRows(ctx, rows)
}

func (w *pgWriter) updateRows(ctx context.Context, rows []int, relinks map[int]bool) error {
	_, columns := w.own()
	var set []string
	for _, name := range columns {
		set = append(set, name+" = s."+name)
	}
	n, err := w.exec(ctx, "UPDATE "+w.table.model.Name+" t SET "+joined(set)+" FROM "+stageName+" s WHERE "+w.sameKey()+" AND s.n = ANY($1::int[])", list(rows))
	if err != nil {
		return err
	}
	if int(n) != len(rows) {
		return connectors.Errorf(connectors.Transient, "write", w.table.model.Name, "%d of %d locked rows were updated: try again", n, len(rows))
	}
	var changed []int
	for _, i := range rows {
		if relinks[i] {
			changed = append(changed, i)
		}
	}
	return w.relinkRows(ctx, changed)
}

func (w *pgWriter) removeRows(ctx context.Context, rows []int) error {
	_, err := w.exec(ctx, "DELETE FROM "+w.table.model.Name+" t USING "+stageName+" s WHERE "+w.sameKey()+" AND s.n = ANY($1::int[])", list(rows))
	if err != nil || !w.table.linked {
		return err
	}
	ids := make(pq.StringArray, len(rows))
	for n, i := range rows {
		ids[n] = w.rows[i][w.key[0]].AsText()
	}
	all, err := ids.Value()
	if err != nil {
		return err
	}
	// Two statements, since each of the two indexes of canonical_id knows
	// some of the links.
	for _, role := range []string{"= 'primary'", "<> 'primary'"} {
		if _, err := w.exec(ctx, "DELETE FROM xref WHERE canonical_id = ANY($1::uuid[]) AND role "+role, all); err != nil {
			return err
		}
	}
	return nil
}

// relinkRows makes the links of rows as wanted.
func (w *pgWriter) relinkRows(ctx context.Context, rows []int) error {
	if w.link == nil || len(rows) == 0 {
		return nil
	}
	name := w.table.model.Name
	_, err := w.exec(ctx, "DELETE FROM xref x USING "+stageName+" s JOIN "+name+` t ON t.id = s.id
		WHERE s.n = ANY($1::int[]) AND x.canonical_id = s.id AND x.role = 'primary'
		AND (x.source, x.source_entity, x.source_key, x.entity) IS DISTINCT FROM (t.source, s.source_entity, s.source_key, '`+name+"')", list(rows))
	if err != nil {
		return err
	}
	missing, err := w.addLinks(ctx, rows)
	if err != nil || len(missing) == 0 {
		return err
	}
	faults := rowFaults{}
	var freed []int
	for _, i := range missing {
		n, err := w.clearLink(ctx, i)
		if err != nil {
			return err
		}
		if n == 0 {
			faults[i] = linkTaken{}.Error()
		} else {
			freed = append(freed, i)
		}
	}
	missing, err = w.addLinks(ctx, freed)
	for _, i := range missing {
		faults[i] = linkTaken{}.Error()
	}
	if err != nil || len(faults) == 0 {
		return err
	}
	return faults
}

// addLinks adds the links of rows and returns the rows that still have none,
// since another row has the source row that they want.
func (w *pgWriter) addLinks(ctx context.Context, rows []int) (missing []int, err error) {
	name := w.table.model.Name
	n, err := w.exec(ctx, "INSERT INTO xref (source, source_entity, source_key, entity, canonical_id, role) SELECT t.source, s.source_entity, s.source_key, '"+name+
		"', s.id, 'primary' FROM "+stageName+" s JOIN "+name+" t ON t.id = s.id WHERE s.n = ANY($1::int[]) AND s.source_key IS NOT NULL ON CONFLICT DO NOTHING", list(rows))
	if err != nil || int(n) == len(rows) {
		return nil, err
	}
	err = w.ask(ctx, rows, "s.source_key IS NOT NULL AND NOT EXISTS (SELECT 1 FROM xref x WHERE x.canonical_id = s.id AND x.role = 'primary')",
		func(i int) { missing = append(missing, i) })
	return missing, err
}

// clearLink deletes what is in the way of the link of row i, unless it is the
// link of another row that exists.
func (w *pgWriter) clearLink(ctx context.Context, i int) (int64, error) {
	name, row := w.table.model.Name, w.rows[i]
	return w.exec(ctx, "DELETE FROM xref x WHERE x.source = (SELECT source FROM "+name+` WHERE id = $1) AND x.source_entity = $2 AND x.source_key = $3
		AND (x.role <> 'primary' OR x.canonical_id = $1 OR x.entity = '`+name+"' AND NOT EXISTS (SELECT 1 FROM "+name+" o WHERE o.id = x.canonical_id))",
		row[w.key[0]].AsText(), row[w.link[0]].AsText(), row[w.link[1]].AsText())
}

// sameKey is the condition that s and t are one row.
func (w *pgWriter) sameKey() string {
	var same []string
	for _, name := range w.keyColumns() {
		same = append(same, "s."+name+" = t."+name)
	}
	return and(same)
}

func and(conditions []string) string { return strings.Join(conditions, " AND ") }

// copyBlock is how many bytes go to the driver at once.
const copyBlock = 60 << 10

// copyRows sends rows by COPY. The driver's CopyData takes lines that are
// ready, where its Exec would box every value.
func (w *pgWriter) copyRows(ctx context.Context, table string, columns []string, rows []int, line func(dst []byte, i int) []byte) (err error) {
	if len(rows) == 0 {
		return nil
	}
	stmt, err := w.conn.Prepare("COPY " + table + " (" + joined(columns) + ") FROM STDIN")
	if err != nil {
		return err
	}
	in, ok := stmt.(interface {
		CopyData(ctx context.Context, line string) (driver.Result, error)
	})
	if !ok {
		return errors.Join(fmt.Errorf("the driver cannot copy: %T", stmt), stmt.Close())
	}
	background := context.Background() // see transact
	block := make([]byte, 0, copyBlock+4096)
	for n, i := range rows {
		if len(block) > 0 {
			block = append(block, '\n')
		}
		block = line(block, i)
		if len(block) < copyBlock && n < len(rows)-1 {
			continue
		}
		if ctx.Err() != nil {
			return errors.Join(ctx.Err(), stmt.Close())
		}
		if _, err := in.CopyData(background, string(block)); err != nil {
			stmt.Close() // says the same again
			return err
		}
		block = block[:0]
	}
	return stmt.Close()
}

// appendFields appends fields of row i as COPY reads them. Of a row to delete
// only the key counts.
func (w *pgWriter) appendFields(dst []byte, i int, fields []int) []byte {
	for n, f := range fields {
		if n > 0 {
			dst = append(dst, '\t')
		}
		if w.Ops[i] == connectors.Delete && !slices.Contains(w.key, f) {
			dst = append(dst, `\N`...)
			continue
		}
		dst = appendCopy(dst, w.rows[i][f])
	}
	return dst
}

func appendCopy(dst []byte, v record.Value) []byte {
	switch v.Kind() {
	case record.KindNull:
		return append(dst, `\N`...)
	case record.KindText:
		return appendEscaped(dst, v.AsText())
	case record.KindBytes:
		return hex.AppendEncode(append(dst, `\\x`...), []byte(v.AsText()))
	}
	return v.AppendString(dst)
}

var copyEscapes = [...]byte{'\\': '\\', '\t': 't', '\n': 'n', '\r': 'r'}

// appendEscaped escapes the characters that COPY takes for its own.
func appendEscaped(dst []byte, s string) []byte {
	for {
		i := strings.IndexAny(s, "\\\t\n\r")
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		dst = append(dst, '\\', copyEscapes[s[i]])
		s = s[i+1:]
	}
}
