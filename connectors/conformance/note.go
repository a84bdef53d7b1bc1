package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"crosswalk/connectors"
	"crosswalk/record"
)

// How a Noter keeps the answers to a Write.
func noteChecks() []Check {
	return []Check{
		{"NotedWriteOnce", offering(connectors.CanNote), checkNotedOnce},
		{"NotedWritesAtOnce", offering(connectors.CanNote), checkNotedAtOnce},
		{"NoteIsExact", offering(connectors.CanNote), checkNoteIsExact},
		{"NoteOfAFailedWrite", offering(connectors.CanNote), checkNoteOfFailure},
		{"NotesAreForgotten", offering(connectors.CanNote), checkForgetNotes},
	}
}

// noted writes edits under a note.
func (s *subject) noted(ctx context.Context, note string, edits ...edit) ([]connectors.Answer, error) {
	c := s.changes(s.fix.columns(), s.fix.columns(), edits)
	c.Note = note
	answers, err := s.send(ctx, c, edits)
	return answers, wrap(err, "the note %q", note)
}

// creation creates row i of the fixture.
func (s *subject) creation(i int, want connectors.Outcome) edit {
	return edit{connectors.Create, s.fix.Row(i), nil, want}
}

// The second Write under a note gives the answers of the first, with their
// reasons, and does nothing, even if the rows have moved meanwhile.
func checkNotedOnce(ctx context.Context, h Harness) error {
	f := h.fixture()
	return h.on(ctx, f.rows(6), func(s *subject) error {
		bad := f.Row(11)
		if err := s.spoil(bad); err != nil {
			return err
		}
		edits := []edit{
			s.creation(10, applied),
			s.creation(0, unchanged),
			{connectors.Create, f.changed(1), nil, stale},
			{connectors.Create, bad, nil, rejected},
			{connectors.Update, f.changed(2), f.Row(2), applied},
			{connectors.Delete, f.Row(5), f.Row(5), applied},
		}
		first, err := s.noted(ctx, "once", edits...)
		if err != nil {
			return err
		}
		if err := s.write(ctx, edit{connectors.Delete, f.Row(10), f.Row(10), applied}); err != nil {
			return err
		}
		again, err := s.noted(ctx, "once", edits...)
		if err != nil {
			return wrap(err, "the second time")
		}
		if !slices.Equal(first, again) {
			return fmt.Errorf("the answers are %v the first time and %v the second", first, again)
		}
		return s.holds(ctx, h.expect([]record.Row{f.Row(0), f.Row(1), f.changed(2), f.Row(3), f.Row(4)}))
	})
}

// Of two Writes at once under one note, one is carried out.
func checkNotedAtOnce(ctx context.Context, h Harness) error {
	return h.on(ctx, nil, func(s *subject) error {
		if s.Traits().Parallel < 2 {
			return nil
		}
		edits := make([]edit, 50)
		for i := range edits {
			edits[i] = s.creation(i, applied)
		}
		for note := range 5 {
			var both errgroup.Group
			for range 2 {
				both.Go(func() error {
					return connectors.Retry(ctx, 9, time.Millisecond, func() error {
						_, err := s.noted(ctx, fmt.Sprint("at once ", note), edits...)
						return err
					})
				})
			}
			if err := both.Wait(); err != nil {
				return err
			}
			for i := range edits {
				edits[i].want = unchanged // by every later note
			}
		}
		return nil
	})
}

// A note is found by its whole name only, none is no name, and a note that is
// used for other rows is noticed.
func checkNoteIsExact(ctx context.Context, h Harness) error {
	return h.on(ctx, nil, func(s *subject) error {
		for _, w := range []struct {
			note string
			edit edit
		}{
			{"exact/1", s.creation(0, applied)},
			{"exact/", s.creation(0, unchanged)},
			{"exact/10", s.creation(0, unchanged)},
			{"EXACT/1", s.creation(0, unchanged)},
			{"exact_1", s.creation(0, unchanged)},
			{"", s.creation(1, applied)},
			{"", s.creation(1, unchanged)},
		} {
			if _, err := s.noted(ctx, w.note, w.edit); err != nil {
				return err
			}
		}
		_, err := s.noted(ctx, "exact/1", s.creation(0, applied), s.creation(1, applied))
		if connectors.ClassOf(err) != connectors.Invalid {
			return fmt.Errorf("a note of 1 row is used for 2, and the error is %v, want one of class invalid", err)
		}
		return s.holds(ctx, h.expect(s.fix.rows(2)))
	})
}

// A Write that fails keeps no note.
func checkNoteOfFailure(ctx context.Context, h Harness) error {
	return h.on(ctx, nil, func(s *subject) error {
		canceled, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := s.noted(canceled, "failed", s.creation(0, applied)); err == nil {
			return errors.New("a canceled Write gives no error")
		}
		if _, err := s.noted(ctx, "failed", s.creation(0, applied)); err != nil {
			return err
		}
		return s.holds(ctx, h.expect(s.fix.rows(1)))
	})
}

// ForgetNotes drops the notes that begin with the prefix, character by
// character, and no others.
func checkForgetNotes(ctx context.Context, h Harness) error {
	return h.on(ctx, nil, func(s *subject) error {
		forget := s.Source.(connectors.Noter).ForgetNotes
		names := []string{"p_1/1", "p_1/2", "p_1", "px1/1", "P_1/1", "p%/1"}
		for i, name := range names {
			if _, err := s.noted(ctx, name, s.creation(i, applied)); err != nil {
				return err
			}
		}
		for _, round := range []struct {
			prefix string
			left   []string
		}{
			{"none", names}, {"p_1/", names[2:]}, {"p_1/", names[2:]}, {"p%", names[2:5]}, {"", nil},
		} {
			if err := forget(ctx, round.prefix); err != nil {
				return fmt.Errorf("ForgetNotes(%q): %w", round.prefix, err)
			}
			for i, name := range names {
				want := unchanged
				if slices.Contains(round.left, name) {
					want = applied // as it was then
				}
				if _, err := s.noted(ctx, name, s.creation(i, want)); err != nil {
					return wrap(err, "after ForgetNotes(%q)", round.prefix)
				}
			}
		}
		return nil
	})
}
