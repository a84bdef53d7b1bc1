package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"time"

	"crosswalk/connectors"
	"crosswalk/record"
)

// How a connector behaves whatever it reads.
func conductChecks() []Check {
	return []Check{
		{"Cancel", always, checkCancel},
		{"CloseTwice", always, checkClose},
		{"ClosedIsNotTheEnd", always, checkClosed},
		{"NoGoroutineLeft", always, checkGoroutines},
		{"ReadersInParallel", always, checkParallel},
		{"SecretsNotInErrors", secretive, checkSecrets},
	}
}

// A canceled context gives an error that is context.Canceled, before the
// first row and between two batches; never io.EOF.
func checkCancel(ctx context.Context, h Harness) error {
	return h.on(ctx, h.fixture().rows(20), func(s *subject) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		r, err := s.Read(ctx, s.query())
		if err != nil {
			return err
		}
		defer r.Close()
		b := &record.Batch{Limit: 3}
		if err := r.Read(ctx, b); err != nil {
			return err
		}
		cancel()
		if err := r.Read(ctx, b); !errors.Is(err, context.Canceled) || b.Len() > 0 {
			return fmt.Errorf("canceled between two batches: %d rows and the error %v, want context.Canceled", b.Len(), err)
		}
		if _, err := s.read(ctx, s.query()); !errors.Is(err, context.Canceled) {
			return fmt.Errorf("canceled before the first row: the error is %v, want context.Canceled", err)
		}
		return nil
	})
}

// Closing a Reader or a Source twice does no harm, and a closed Reader does
// none to its Source.
func checkClose(ctx context.Context, h Harness) error {
	s, err := h.subject(ctx, h.fixture().rows(9))
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := s.Read(ctx, s.query())
	if err != nil {
		return err
	}
	if err := r.Read(ctx, &record.Batch{Limit: 2}); err != nil {
		return err
	}
	if err := closeTwice(r); err != nil {
		return wrap(err, "Reader")
	}
	if err := s.holds(ctx, s.rows); err != nil {
		return wrap(err, "after a Reader was closed early")
	}
	return wrap(closeTwice(s), "Source")
}

func closeTwice(c io.Closer) error {
	if err := c.Close(); err != nil {
		return fmt.Errorf("Close: %w", err)
	}
	return wrap(c.Close(), "Close again")
}

// Reading what was closed early is an error and never io.EOF, which would
// pass for the end of the table.
func checkClosed(ctx context.Context, h Harness) error {
	s, err := h.subject(ctx, h.fixture().rows(9))
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := s.Read(ctx, s.query())
	if err != nil {
		return err
	}
	b := &record.Batch{Limit: 2}
	if err := r.Read(ctx, b); err != nil {
		return err
	}
	if err := r.Close(); err != nil {
		return err
	}
	if err := r.Read(ctx, b); err == nil || err == io.EOF {
		return fmt.Errorf("Read of a closed Reader returns %v, want an error", err)
	}
	if err := s.Close(); err != nil {
		return err
	}
	if rows, err := s.read(ctx, s.query()); err == nil {
		return fmt.Errorf("Read of a closed Source finds %d rows, want an error", len(rows))
	}
	return nil
}

// No goroutine outlives its connector. A pool outside the connector may
// start some that stay, but not each time: the last of three rounds counts.
func checkGoroutines(ctx context.Context, h Harness) error {
	var round string
	for n := range 3 {
		round = fmt.Sprintf("%p-%d", &round, n)
		var err error
		pprof.Do(ctx, pprof.Labels("conformance", round), func(ctx context.Context) { err = h.useAndClose(ctx) })
		if err != nil {
			return err
		}
	}
	const grace = 2 * time.Second // closing is done, ending may take a moment
	left := goroutines(round)
	for until := time.Now().Add(grace); left != "" && time.Now().Before(until); left = goroutines(round) {
		time.Sleep(time.Millisecond)
	}
	if left != "" {
		return fmt.Errorf("after Close a goroutine is left:\n%s", left)
	}
	return nil
}

// useAndClose reads one Reader to the end, and closes one early and one
// after its context was canceled.
func (h Harness) useAndClose(ctx context.Context) error {
	return h.on(ctx, h.fixture().rows(20), func(s *subject) error {
		if err := s.holds(ctx, s.rows); err != nil {
			return err
		}
		for _, early := range []bool{false, true} {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			r, err := s.Read(ctx, s.query())
			if err != nil {
				return err
			}
			if err := r.Read(ctx, &record.Batch{Limit: 2}); err != nil {
				return errors.Join(err, r.Close())
			}
			if early {
				cancel()
			}
			if err := r.Close(); err != nil && !early {
				return err
			}
		}
		return nil
	})
}

// goroutines returns the stacks of those with this label: a goroutine
// inherits the labels of the one that starts it.
func goroutines(label string) string {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return err.Error()
	}
	for stack := range strings.SplitSeq(profile.String(), "\n\n") {
		if strings.Contains(stack, fmt.Sprintf("%q:%q", "conformance", label)) {
			return stack
		}
	}
	return ""
}

// Traits.Parallel Readers at once each see the whole table. None goes past
// its first batch before all have one.
func checkParallel(ctx context.Context, h Harness) error {
	return h.on(ctx, h.fixture().rows(200), func(s *subject) error {
		readers := min(max(s.Traits().Parallel, 1), 8)
		errs := make([]error, readers)
		var all, begun sync.WaitGroup
		begun.Add(readers)
		for i := range readers {
			all.Go(func() { errs[i] = wrap(s.readTogether(ctx, &begun), "reader %d of %d", i+1, readers) })
		}
		all.Wait()
		return errors.Join(errs...)
	})
}

// readTogether reads a batch, waits for the other readers, and reads the rest.
func (s *subject) readTogether(ctx context.Context, begun *sync.WaitGroup) error {
	met := sync.OnceFunc(begun.Done)
	defer met()
	r, err := s.Read(ctx, s.query())
	if err != nil {
		return err
	}
	defer r.Close()
	b := &record.Batch{Limit: 3}
	if err := r.Read(ctx, b); err != nil {
		return err
	}
	var rows []record.Row
	for i := range b.Len() {
		rows = append(rows, slices.Clone(b.Row(i)))
	}
	met()
	begun.Wait()
	rest, _, err := drain(ctx, r, 7)
	if err != nil {
		return err
	}
	return s.sameRows(append(rows, rest...), s.rows, nil)
}

// A credential never shows up in an error.
func checkSecrets(ctx context.Context, h Harness) error {
	if h.Refused == nil {
		return errors.New("the harness has a Secret and no Refused to try it")
	}
	err := h.Refused(ctx)
	if err == nil {
		return errors.New("Refused of the harness does not fail")
	}
	if err := hides(h.Secret, err); err != nil {
		return wrap(err, "opening")
	}
	return h.on(ctx, nil, func(s *subject) error {
		calls := append(s.calls(ctx, noTable, nil), s.calls(ctx, s.fix.Schema.Table, []string{noColumn})...)
		_, err := s.Read(ctx, connectors.Query{Table: s.fix.Schema.Table, After: "no cursor"})
		calls = append(calls, call{"Read after a false cursor", err})
		return each(calls, func(method string, err error) error { return wrap(hides(h.Secret, err), "%s", method) })
	})
}

// hides checks that no form of err shows the secret.
func hides(secret string, err error) error {
	for _, text := range []string{fmt.Sprint(err), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
		if strings.Contains(text, secret) {
			return fmt.Errorf("the error shows the secret: %s", strings.ReplaceAll(text, secret, "<secret>"))
		}
	}
	return nil
}
