package connectors_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/connectors/memory"
)

func failing(class connectors.Class) error {
	return connectors.Errorf(class, "write", "users", "no")
}

func TestOnlyPassingFailuresAreTriedAgain(t *testing.T) {
	for class := connectors.Unknown; class <= connectors.Invalid; class++ {
		want := 1
		if class == connectors.Transient || class == connectors.Throttled {
			want = 3
		}
		calls := 0
		err := connectors.Retry(t.Context(), 3, 0, func() error {
			calls++
			return fmt.Errorf("line fleet: %w", failing(class))
		})
		if calls != want || connectors.ClassOf(err) != class {
			t.Errorf("%s: %d calls, want %d, and the error %v", class, calls, want, err)
		}
	}
}

func TestRetryWaitsLongerEachTimeOrAsLongAsItIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttled := &connectors.Error{Op: "write", Class: connectors.Throttled, Wait: time.Minute, Err: errors.New("too many calls")}
		failures := []error{failing(connectors.Transient), failing(connectors.Transient), throttled, failing(connectors.Transient), nil}
		start := time.Now()
		var at []time.Duration
		err := connectors.Retry(t.Context(), 9, time.Second, func() error {
			at = append(at, time.Since(start))
			return failures[len(at)-1]
		})
		want := []time.Duration{0, time.Second, 3 * time.Second, 63 * time.Second, 71 * time.Second}
		if diff := cmp.Diff(want, at); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}

func TestRetryDoesNotWaitForHours(t *testing.T) {
	used := &connectors.Error{Op: "write", Class: connectors.Throttled, Wait: time.Hour, Err: errors.New("no calls are left today")}
	calls := 0
	err := connectors.Retry(t.Context(), 9, 0, func() error {
		calls++
		return used
	})
	if !errors.Is(err, used.Err) || calls != 1 {
		t.Errorf("%d calls, and the error %v", calls, err)
	}
}

func TestRetryGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := connectors.Retry(ctx, 9, time.Hour, func() error { return failing(connectors.Transient) })
		if !errors.Is(err, context.DeadlineExceeded) || connectors.ClassOf(err) != connectors.Transient {
			t.Errorf("got %v", err)
		}
	})
}

// Callers find the end of the rows with errors.Is.
func TestAFailureIsNeverTheEndOfTheRows(t *testing.T) {
	err := connectors.Errorf(connectors.Transient, "read", "users", "the server hung up: %w", io.EOF)
	if errors.Is(err, io.EOF) || !errors.Is(err, io.ErrUnexpectedEOF) || err.Error() != "read users: the server hung up: EOF" {
		t.Errorf("got %v", err)
	}
	if err := connectors.Errorf(connectors.Unknown, "read", "users", "%w", context.Canceled); !errors.Is(err, context.Canceled) {
		t.Errorf("another cause is lost: %v", err)
	}
}

func TestUnknownNumbersHaveAName(t *testing.T) {
	got := []string{connectors.Invalid.String(), connectors.Class(99).String(), connectors.Op(9).String(), connectors.Outcome(9).String()}
	if diff := cmp.Diff([]string{"invalid", "class(99)", "no op", "no outcome"}, got); diff != "" {
		t.Error(diff)
	}
}

// shelf is the settings of a kind of connector.
type shelf struct{ Path string }

func (s shelf) Validate() error {
	if s.Path == "" {
		return errors.New("path is missing")
	}
	return nil
}

func TestRegistryOpensWhatItsSettingsSay(t *testing.T) {
	var r connectors.Registry
	connectors.Register(&r, "shelf", func(_ context.Context, s shelf) (*memory.DB, error) {
		if s.Path == "gone" {
			return nil, connectors.Errorf(connectors.Missing, "open", s.Path, "there is no such shelf")
		}
		return memory.New(), nil
	})
	for path, want := range map[string]string{
		"here": "", "": "path is missing", "gone": "open gone: there is no such shelf", "odd": "not a shelf",
	} {
		src, err := r.Open(t.Context(), "shelf", func(into any) error {
			if path == "odd" {
				return errors.New("not a shelf")
			}
			into.(*shelf).Path = path
			return nil
		})
		if got := fmt.Sprint(err); (err == nil) != (want == "") || err != nil && got != want {
			t.Errorf("%q: got %s, want %s", path, got, want)
		}
		if (src == nil) != (err != nil) {
			t.Errorf("%q: got the source %v beside the error %v", path, src, err)
		}
	}
	_, err := r.Open(t.Context(), "shelves", nil)
	if err == nil || !strings.HasSuffix(err.Error(), "there are shelf") {
		t.Errorf("unknown kind: %v", err)
	}
	if r.Settings("shelf") != connectors.Config(shelf{}) || r.Settings("shelves") != nil {
		t.Errorf("settings: %v", r.Settings("shelf"))
	}
}

func TestAbilitiesAreWhatAConnectorImplements(t *testing.T) {
	want := []connectors.Ability{"write", "partition", "lookup", "snapshot", "digest", "feed", "deletelog", "note"}
	if diff := cmp.Diff(want, connectors.Abilities(memory.New())); diff != "" {
		t.Error(diff)
	}
	frozen, err := memory.New().Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]connectors.Ability{"partition", "lookup", "digest"}, connectors.Abilities(frozen)); diff != "" {
		t.Error(diff)
	}
}
