package hubstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
)

// liteStmt is a prepared statement and which fields of a row it takes.
type liteStmt struct {
	stmt   driver.Stmt
	fields []int
	args   []driver.Value
}

func (s *liteStmt) exec(args ...driver.Value) (int64, error) {
	result, err := s.stmt.(driver.StmtExecContext).ExecContext(context.Background(), named(args))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// values are the parameters of s for row i, valid until the next call.
func (w *liteWriter) values(s *liteStmt, i int) []driver.Value {
	s.args = s.args[:0]
	for _, f := range s.fields {
		s.args = append(s.args, sqliteSQL{}.param(w.rows[i][f]))
	}
	return s.args
}

func (w *liteWriter) linkArgs(i int) []driver.Value {
	row := w.rows[i]
	return []driver.Value{sqliteSQL{}.param(row[w.link[0]]), sqliteSQL{}.param(row[w.link[1]]), row[w.key[0]].AsText()}
}

// prepare prepares the statements of this Write.
func (w *liteWriter) prepare() error {
	t, name := w.table, w.table.model.Name
	own, columns := w.own()
	keyIs := strings.Join(w.keyColumns(), " = ? AND ") + " = ?"
	var exprs, set []string
	for _, c := range w.columns {
		exprs = append(exprs, t.sql(c))
	}
	for _, c := range columns {
		set = append(set, c+" = ?")
	}
	statements := []struct {
		to     **liteStmt
		fields []int
		sql    string
	}{
		{&w.insert, own, "INSERT INTO " + name + " (" + joined(columns) + ") VALUES (?" + strings.Repeat(", ?", len(columns)-1) + ") ON CONFLICT (" + joined(w.keyColumns()) + ") DO NOTHING"},
		{&w.update, append(append([]int(nil), own...), w.key...), "UPDATE " + name + " SET " + joined(set) + " WHERE " + keyIs},
		{&w.remove, w.key, "DELETE FROM " + name + " WHERE " + keyIs},
		{&w.current, w.key, "SELECT " + joined(exprs) + " FROM " + t.from + " WHERE t." + strings.ReplaceAll(keyIs, " AND ", " AND t.")},
		{&w.dropLinks, w.key, "DELETE FROM xref WHERE canonical_id = ?"},
		{&w.addLink, nil, "INSERT INTO xref (source, source_entity, source_key, entity, canonical_id, role) SELECT source, ?, ?, '" + name + "', id, 'primary' FROM " + name + " WHERE id = ? ON CONFLICT DO NOTHING"},
	}
	for _, s := range statements {
		if !t.linked && (s.to == &w.dropLinks || s.to == &w.addLink) {
			continue
		}
		stmt, err := w.conn.Prepare(s.sql)
		if err != nil {
			return errors.Join(err, w.close())
		}
		*s.to = &liteStmt{stmt: stmt, fields: s.fields}
	}
	return nil
}

func (w *liteWriter) close() error {
	var errs []error
	for _, s := range []*liteStmt{w.insert, w.current, w.update, w.remove, w.addLink, w.dropLinks} {
		if s != nil {
			errs = append(errs, s.stmt.Close())
		}
	}
	return errors.Join(errs...)
}
