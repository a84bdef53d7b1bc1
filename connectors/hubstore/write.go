package hubstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"slices"
	"time"

	"crosswalk/connectors"
	"crosswalk/hub"
	"crosswalk/record"
)

// Write applies c in one transaction. A row that breaks a rule of the hub is
// Rejected, and the others are applied. If the reply to the commit was lost,
// the rows are read back; with a Note the error is Transient, for the same
// Write then tells what became of it.
func (s *Store) Write(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
	name := c.Rows.Schema.Table
	if ctx.Err() != nil {
		return nil, fail(ctx, "write", name, ctx.Err())
	}
	w, err := s.prepare(c)
	if err != nil {
		return nil, err
	}
	if len(w.open()) == 0 && c.Note == "" {
		return w.answers, nil
	}
	conn, err := s.hub.Writer().Conn(ctx)
	if err != nil {
		return nil, fail(ctx, "write", name, err)
	}
	err = conn.Raw(func(dc any) error {
		session := session{dc.(driver.Conn)}
		if s.hub.Dialect() == hub.Postgres {
			return (&pgWriter{session: session, work: w, lockWait: s.lockWait}).write(ctx)
		}
		return (&liteWriter{session: session, work: w}).write(ctx)
	})
	conn.Close() // what was committed stays so, whatever becomes of the connection
	if doubt := (*inDoubt)(nil); errors.As(err, &doubt) {
		return s.resolve(ctx, w, doubt)
	}
	if err != nil {
		return nil, fail(ctx, "write", name, err)
	}
	return w.answers, nil
}

// inDoubt is a commit whose reply was lost.
type inDoubt struct{ error }

func (e *inDoubt) Unwrap() error { return e.error }

// resolveLimit bounds the search for what became of a lost commit.
const resolveLimit = 30 * time.Second

// resolve reads back what a lost commit should have written. The transaction
// was either carried out or not, so one row that is as wanted, or as before,
// settles most cases; a row that is neither was changed by someone else since.
func (s *Store) resolve(ctx context.Context, w *work, doubt *inDoubt) ([]connectors.Answer, error) {
	if w.Note != "" {
		return nil, connectors.Errorf(connectors.Transient, "write", w.table.model.Name, "the connection was lost at the commit: try again: %w", doubt.error)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), resolveLimit)
	defer cancel()
	have, err := s.readBack(ctx, w)
	if err != nil {
		for i, a := range w.answers {
			if a.Outcome == connectors.Applied {
				w.answers[i] = connectors.Answer{Outcome: connectors.Unsure, Reason: "the connection was lost at the commit, and again when the row was read back"}
			}
		}
		return w.answers, nil
	}
	done := 0
	for i, a := range w.answers {
		if a.Outcome != connectors.Applied {
			continue
		}
		row, exists := have[w.keyText(i)]
		if w.Ops[i] == connectors.Delete && !exists || w.Ops[i] != connectors.Delete && exists && slices.Equal(row, w.rows[i]) {
			done++
			continue
		}
		w.answers[i] = connectors.Answer{Outcome: connectors.Unsure, Reason: "the connection was lost at the commit, and the row is not as it was written"}
	}
	if done == 0 {
		return nil, connectors.Errorf(connectors.Transient, "write", w.table.model.Name, "the connection was lost at the commit, which was not carried out: %w", doubt.error)
	}
	return w.answers, nil
}

// readBack reads the applied rows by their keys.
func (s *Store) readBack(ctx context.Context, w *work) (map[string]record.Row, error) {
	var keys []record.Row
	for i, a := range w.answers {
		if a.Outcome == connectors.Applied {
			keys = append(keys, w.keyOf(i))
		}
	}
	r, err := s.Lookup(ctx, w.table.model.Name, w.schema.Names(), keys)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	have := make(map[string]record.Row, len(keys))
	var b record.Batch
	for {
		if err := r.Read(ctx, &b); err == io.EOF {
			return have, nil
		} else if err != nil {
			return nil, err
		}
		for i := range b.Len() {
			row := slices.Clone(b.Row(i))
			have[string(record.AppendFields(nil, row, w.key))] = row
		}
	}
}

func (w *work) keyOf(i int) record.Row {
	key := make(record.Row, len(w.key))
	for j, f := range w.key {
		key[j] = w.rows[i][f]
	}
	return key
}

// keyText is the key of row i, to be looked up in a map.
func (w *work) keyText(i int) string { return string(record.AppendFields(nil, w.rows[i], w.key)) }
