package hubstore

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"crosswalk/connectors"
	"crosswalk/hub"
	"crosswalk/internal/testdb"
	"crosswalk/record"
)

// proxy stands between a store and its server and can break connections.
type proxy struct {
	server string
	word   []byte // break the connection that sends this
	pass   bool   // let it through, and break when the server has answered
	armed  atomic.Bool
	closed atomic.Bool // to new connections
	dark   bool        // closed once the word was seen
}

// behindProxy opens a new hub through p.
func behindProxy(t *testing.T, p *proxy) *Store {
	t.Helper()
	dsn, err := url.Parse(testdb.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p.server, dsn.Host = dsn.Host, l.Addr().String()
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(client)
		}
	}()
	return open(t, Config{Driver: hub.Postgres, DSN: dsn.String()})
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	if p.closed.Load() {
		return
	}
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	cut := make(chan struct{})
	go func() {
		buf := make([]byte, 1<<16)
		for {
			n, err := server.Read(buf)
			if err != nil {
				client.Close()
				return
			}
			select {
			case <-cut:
				client.Close() // the answer is lost
				return
			default:
				if _, err := client.Write(buf[:n]); err != nil {
					return
				}
			}
		}
	}()
	buf := make([]byte, 1<<16)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if bytes.Contains(buf[:n], p.word) && p.armed.CompareAndSwap(true, false) {
			p.closed.Store(p.dark)
			if !p.pass {
				return
			}
			close(cut)
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

func TestCommitWhoseReplyIsLostIsReadBack(t *testing.T) {
	p := &proxy{word: []byte("COMMIT"), pass: true}
	s := behindProxy(t, p)
	p.armed.Store(true)
	wantReasons(t, write(t, s, orgs(t, s, connectors.Create, []record.Row{org(1), org(2, "kind", "x")}, nil)),
		"applied", `rejected: kind "x" is none of customer, distributor, reseller, affiliate, publisher, self_registered`)
	wantRows(t, readOrgs(t, s), org(1))
}

func TestCommitThatNeverArrivedMayBeTriedAgain(t *testing.T) {
	p := &proxy{word: []byte("COMMIT")}
	s := behindProxy(t, p)
	p.armed.Store(true)
	c := orgs(t, s, connectors.Create, []record.Row{org(1)}, nil)
	if _, err := s.Write(t.Context(), c); connectors.ClassOf(err) != connectors.Transient {
		t.Fatalf("got %v", err)
	}
	wantReasons(t, write(t, s, c), "applied")
}

func TestCommitThatCannotBeReadBackIsUnsure(t *testing.T) {
	p := &proxy{word: []byte("COMMIT"), pass: true, dark: true}
	s := behindProxy(t, p)
	p.armed.Store(true)
	wantOutcomes(t, write(t, s, orgs(t, s, connectors.Create, []record.Row{org(1), org(2, "kind", "x")}, nil)), connectors.Unsure, connectors.Rejected)
}

func TestConnectionLostDuringACopyMayBeTriedAgain(t *testing.T) {
	p := &proxy{word: []byte("O001")}
	s := behindProxy(t, p)
	p.armed.Store(true)
	c := orgs(t, s, connectors.Create, []record.Row{org(1)}, nil)
	if _, err := s.Write(t.Context(), c); connectors.ClassOf(err) != connectors.Transient {
		t.Fatalf("got %v", err)
	}
	wantReasons(t, write(t, s, c), "applied")
}

func TestRowsLockedByAnotherWriterMayBeTriedAgain(t *testing.T) {
	onBoth(t, []storeTest{{"locked", func(t *testing.T, s *Store) {
		write(t, s, orgs(t, s, connectors.Create, []record.Row{org(1)}, nil))
		c := orgs(t, s, connectors.Update, []record.Row{org(1, "name", "New")}, []record.Row{org(1)})
		release := lock(t, s)
		if _, err := s.Write(t.Context(), c); connectors.ClassOf(err) != connectors.Transient {
			t.Errorf("got %v", err)
		}
		release()
		wantReasons(t, write(t, s, c), "applied")
	}}})
}

// lock keeps writers off the organizations, and makes the store impatient.
func lock(t *testing.T, s *Store) (release func()) {
	t.Helper()
	if s.Hub().Dialect() == hub.Postgres {
		s.lockWait = 20 * time.Millisecond
		tx, err := s.Hub().Writer().Begin()
		if err == nil {
			_, err = tx.Exec("SELECT 1 FROM organizations FOR UPDATE")
		}
		if err != nil {
			t.Fatal(err)
		}
		return func() { tx.Rollback() }
	}
	execute(t, s, "PRAGMA busy_timeout = 20")
	var path string
	if err := s.Hub().Reader().QueryRow("SELECT file FROM pragma_database_list").Scan(&path); err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		tx.Rollback()
		other.Close()
	}
}

func TestFullDiskLosesNothing(t *testing.T) {
	s := open(t, Config{Driver: hub.SQLite, Path: filepath.Join(t.TempDir(), "hub.db")})
	write(t, s, orgs(t, s, connectors.Create, []record.Row{org(9000)}, nil))
	var rows []record.Row
	for n := range 900 {
		rows = append(rows, org(n+1, "name", strings.Repeat("long ", 80)))
	}
	c := orgs(t, s, connectors.Create, rows, nil)
	execute(t, s, "PRAGMA max_page_count = 150")
	_, err := s.Write(t.Context(), c)
	if err == nil || connectors.ClassOf(err) != connectors.Unknown || !strings.Contains(err.Error(), "full") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
	wantRows(t, readOrgs(t, s), org(9000))
	execute(t, s, "PRAGMA max_page_count = 1000000")
	if a := write(t, s, c)[899]; a.Outcome != connectors.Applied {
		t.Errorf("afterwards: %v", a)
	}
}

// weary is a context that is canceled once it was asked often enough.
type weary struct {
	context.Context
	left atomic.Int64
}

func (w *weary) Err() error {
	if w.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

func TestCanceledWriteLeavesNothing(t *testing.T) {
	onBoth(t, []storeTest{{"canceled", func(t *testing.T, s *Store) {
		var rows []record.Row
		for n := range 2000 {
			rows = append(rows, org(n))
		}
		c := orgs(t, s, connectors.Create, rows, nil)
		for patience := range int64(6) {
			ctx := &weary{Context: t.Context()}
			ctx.left.Store(patience)
			if _, err := s.Write(ctx, c); err == nil {
				break // it was done before anyone asked again
			} else if !errors.Is(err, context.Canceled) {
				t.Fatalf("got %v", err)
			}
			if have := readOrgs(t, s); len(have) > 0 {
				t.Fatalf("%d rows are left", len(have))
			}
		}
		if a := write(t, s, c)[0]; a.Outcome != connectors.Applied && a.Outcome != connectors.Unchanged {
			t.Errorf("afterwards: %v", a)
		}
	}}})
}

func TestErrorsAreClassedByWhatToDo(t *testing.T) {
	server := func(code string) error { return &pq.Error{Code: pqerror.Code(code), Severity: "ERROR"} }
	for _, c := range []struct {
		err  error
		want connectors.Class
	}{
		{server("40001"), connectors.Transient},
		{server("40P01"), connectors.Transient},
		{server("55P03"), connectors.Transient},
		{server("57P01"), connectors.Transient},
		{server("08006"), connectors.Transient},
		{server("53300"), connectors.Transient},
		{server("53100"), connectors.Unknown},
		{server("28P01"), connectors.Denied},
		{server("42501"), connectors.Denied},
		{server("3D000"), connectors.Missing},
		{server("XX000"), connectors.Unknown},
		{fmt.Errorf("read: %w", io.ErrUnexpectedEOF), connectors.Transient},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, connectors.Transient},
		{&fs.PathError{Op: "stat", Path: "nowhere", Err: syscall.ENOENT}, connectors.Missing},
		{&fs.PathError{Op: "stat", Path: "old.sql/hub.db", Err: syscall.ENOTDIR}, connectors.Unknown},
		{errors.New("anything"), connectors.Unknown},
	} {
		if have := classOf(c.err); have != c.want {
			t.Errorf("%v is %s, want %s", c.err, have, c.want)
		}
	}
	if err := explained(server("53100")); !strings.Contains(err.Error(), "free some space") {
		t.Errorf("a full disk is explained as %v", err)
	}
}

func TestRangeThatNoKeyCanBoundIsUnsupported(t *testing.T) {
	onBoth(t, []storeTest{{"range", func(t *testing.T, s *Store) {
		for _, from := range []record.Row{values("x"), values(5), {}, values(id(1), id(2))} {
			_, err := s.Read(t.Context(), connectors.Query{Table: "organizations", Range: record.Range{From: from}})
			if !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("from %v: %v", from, err)
			}
		}
	}}})
}
