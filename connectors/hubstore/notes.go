package hubstore

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"

	"crosswalk/connectors"
	"crosswalk/hub"
	"crosswalk/record"
)

// notes is the table in which a Write keeps its answers, in the transaction that
// they tell of: see hub.Notes.
const notes = "write_notes"

// checkNote says what is wrong with the note of a Write, or "".
func checkNote(note string) string {
	if note == "" {
		return ""
	}
	_, reason := admit(hub.Notes().Columns[0], record.Text(note))
	return reason
}

// recall takes the answers that an earlier Write has kept under the same note,
// and reports whether there are any.
func (w *work) recall(ctx context.Context, s session, d dialect) (found bool, err error) {
	if w.Note == "" {
		return false, nil
	}
	var kept driver.Value
	err = s.each(ctx, func(row []driver.Value) error {
		kept, found = row[0], true
		return nil
	}, "SELECT answers FROM "+notes+" WHERE note = "+d.placeholder(1), w.Note)
	if err != nil || !found {
		return false, err
	}
	answers, err := decodeAnswers(kept)
	if err != nil {
		return false, fmt.Errorf("the note %s: %w", w.Note, err)
	}
	if len(answers) != len(w.answers) {
		return false, connectors.Errorf(connectors.Invalid, "write", w.table.model.Name, "the note %s is of %d rows, not of %d", w.Note, len(answers), len(w.answers))
	}
	w.answers = answers
	return true, nil
}

// keep keeps the answers under the note. If another Write with this note is
// under way, it waits for its end.
func (w *work) keep(ctx context.Context, s session, d dialect) error {
	if w.Note == "" {
		return nil
	}
	n, err := s.exec(ctx, "INSERT INTO "+notes+" (note, answers) VALUES ("+d.placeholder(1)+", "+d.placeholder(2)+") ON CONFLICT DO NOTHING",
		w.Note, encodeAnswers(w.answers))
	if err == nil && n == 0 {
		err = connectors.Errorf(connectors.Transient, "write", w.table.model.Name, "another writer has written the same rows just now: try again")
	}
	return err
}

// ForgetNotes drops the notes whose names begin with prefix.
func (s *Store) ForgetNotes(ctx context.Context, prefix string) error {
	p := s.dialect.placeholder
	_, err := s.hub.Writer().ExecContext(ctx, "DELETE FROM "+notes+" WHERE substr(note, 1, length("+p(1)+")) = "+p(2), prefix, prefix)
	if err != nil {
		return fail(ctx, "forget notes in", "hub", err)
	}
	return nil
}

// alike is a run of rows with the same answer. Nearly all rows of a Write have.
type alike struct {
	Rows    int    `json:"rows"`
	Outcome string `json:"outcome"`
	Reason  string `json:"reason,omitempty"`
}

func encodeAnswers(answers []connectors.Answer) string {
	var runs []alike
	for i, a := range answers {
		if i == 0 || a != answers[i-1] {
			runs = append(runs, alike{Outcome: a.Outcome.String(), Reason: a.Reason})
		}
		runs[len(runs)-1].Rows++
	}
	text, _ := json.Marshal(runs) // of numbers and texts it never fails
	return string(text)
}

func decodeAnswers(kept driver.Value) ([]connectors.Answer, error) {
	text, ok := kept.(string)
	if !ok {
		return nil, fmt.Errorf("the driver returned a %T", kept)
	}
	var runs []alike
	if err := json.Unmarshal([]byte(text), &runs); err != nil {
		return nil, err
	}
	var answers []connectors.Answer
	for _, r := range runs {
		outcome, ok := outcomeOf(r.Outcome)
		if !ok {
			return nil, errors.New("there is no outcome " + r.Outcome)
		}
		for range r.Rows {
			answers = append(answers, connectors.Answer{Outcome: outcome, Reason: r.Reason})
		}
	}
	return answers, nil
}

func outcomeOf(name string) (connectors.Outcome, bool) {
	for o := connectors.Applied; o <= connectors.Unsure; o++ {
		if o.String() == name {
			return o, true
		}
	}
	return 0, false
}
