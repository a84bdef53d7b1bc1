package ledger_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/lib/pq"

	"crosswalk/ledger"
)

func TestManyOpenANewLedgerAtOnce(t *testing.T) {
	for _, d := range databases {
		config := d.config(t)
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				l, err := ledger.Open(t.Context(), config)
				if err != nil {
					t.Error(err)
					return
				}
				defer l.Close()
				if _, err := l.Begin(t.Context(), ledger.Run{Kind: "plan"}, nil); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		l := must[*ledger.Ledger](t)(ledger.Open(t.Context(), config))
		defer l.Close()
		if _, n, err := l.Verify(t.Context()); n != 6 || err != nil {
			t.Errorf("%s: %d entries, %v", d.name, n, err)
		}
	}
}

func TestLedgerOfANewerVersionIsRefused(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		_, err := f.raw(t).Exec("INSERT INTO ledger_schema (version_id, is_applied) VALUES (99, '1')")
		ok(t, err)
		_, err = ledger.Open(t.Context(), f.config)
		if !errors.Is(err, ledger.ErrNewer) || !strings.Contains(err.Error(), "version 99") {
			t.Errorf("%v", err)
		}
	})
}

func TestBadConfigGivesOneClearLineWithoutThePassword(t *testing.T) {
	folder := t.TempDir()
	text := filepath.Join(folder, "notes.txt")
	ok(t, os.WriteFile(text, []byte(strings.Repeat("not a database\n", 100)), 0o600))
	for _, test := range []struct {
		config ledger.Config
		want   string
	}{
		{ledger.Config{Driver: "mysql"}, `driver "mysql" is unknown: use sqlite or postgres`},
		{ledger.Config{Driver: "sqlite"}, "the path of the SQLite file is empty"},
		{ledger.Config{Driver: "sqlite", DSN: filepath.Join(folder, "no", "ledger.db")}, "its folder must exist"},
		{ledger.Config{Driver: "sqlite", DSN: text}, "the file is not a SQLite database"},
		{ledger.Config{Driver: "postgres", DSN: "host=db password=s3cret"}, "is not a URL such as"},
		{ledger.Config{Driver: "postgres", DSN: "postgres://u:s3cret%zz@db/x"}, "is not a URL such as"},
		{ledger.Config{Driver: "postgres", DSN: "postgres://u:s3cret@127.0.0.1:1/x?sslmode=nonsense"}, "127.0.0.1:1/x"},
		{ledger.Config{Driver: "postgres", DSN: "postgres://u:s3cret@127.0.0.1:1/x?sslmode=disable"}, "connection refused"},
	} {
		_, err := ledger.Open(t.Context(), test.config)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", test.config.Driver, err)
		}
	}
}

func TestPathOfALedgerMayHoldAnyCharacter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b%20?x=1#ü.db")
	l := must[*ledger.Ledger](t)(ledger.Open(t.Context(), ledger.Config{Driver: "sqlite", DSN: path}))
	ok(t, l.Close())
	ok(t, l.Close())
	_, err := os.Stat(path)
	ok(t, err)
}

func TestFullDiskLosesNothingThatWasKept(t *testing.T) {
	f := newFixture(t, databases[0].config(t))
	ctx := t.Context()
	run := f.begin(t, "plan")
	ok(t, f.LimitPages(60))
	rows := make([]ledger.SetAside, 200)
	for i := range rows {
		rows[i].Input = strings.Repeat("x", 200)
	}
	kept := int64(0)
	var err error
	for err == nil && kept < 1e6 {
		if err = f.SetAside(ctx, run.ID, rows); err == nil {
			kept += int64(len(rows))
		}
	}
	want := "ledger " + f.config.DSN + ": set rows aside in " + run.ID + ": the disk is full; nothing of this step was kept: free space and run the command again"
	if !errors.Is(err, ledger.ErrFull) || err.Error() != want {
		t.Fatalf("got  %v\nwant %s", err, want)
	}
	ok(t, f.LimitPages(1e6))
	ok(t, f.SetAside(ctx, run.ID, rows))
	if got := f.finish(t, run, ledger.End{Verdict: ledger.Pass}); got.SetAside != kept+200 {
		t.Errorf("%d rows kept, want %d", got.SetAside, kept+200)
	}
	_, _, err = f.Verify(ctx)
	ok(t, err)
	if err := f.Explain("finish", &pq.Error{Code: "53100"}); !errors.Is(err, ledger.ErrFull) {
		t.Errorf("a full disk of PostgreSQL gives %v", err)
	}
}
