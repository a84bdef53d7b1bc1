package sqldb

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync"

	"github.com/jmoiron/sqlx"
)

// lender lends connections on which to run one query each.
type lender interface {
	lend(ctx context.Context) (*loan, error)
}

// closer is a lender that holds something, as a snapshot does.
type closer interface{ close() }

// loan is a borrowed connection.
type loan struct {
	conn *sqlx.Conn
	back func(broken bool) // gives it back, or throws it away if broken

	// keep asks to read a result to its end rather than throw away the
	// connection, which holds a snapshot.
	keep bool
}

// pool lends the connections of a database, each statement on its own.
type pool struct{ db *sqlx.DB }

func (p pool) lend(ctx context.Context) (*loan, error) {
	conn, err := p.db.Connx(ctx)
	if err != nil {
		return nil, err
	}
	return &loan{conn: conn, back: func(broken bool) {
		if broken {
			discard(conn)
		}
		conn.Close()
	}}, nil
}

// discard closes the connection under conn instead of giving it to others: that
// is what database/sql does after this error, which it hands back.
func discard(conn *sqlx.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
}

// pinned lends one connection, on which a transaction sees one moment.
type pinned struct {
	conn *sqlx.Conn
	end  string // ends the transaction
	many bool   // several results may be open at once

	mu   sync.Mutex
	lent int
}

var errBusy = errors.New("this snapshot reads one table at a time: close the reader before")

// pin opens a connection and begins a transaction on it.
func pin(ctx context.Context, db *sqlx.DB, end string, begin ...string) (*pinned, error) {
	conn, err := db.Connx(ctx)
	if err != nil {
		return nil, err
	}
	for _, statement := range begin {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			discard(conn)
			conn.Close()
			return nil, err
		}
	}
	return &pinned{conn: conn, end: end}, nil
}

func (p *pinned) lend(context.Context) (*loan, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lent > 0 && !p.many {
		return nil, errBusy
	}
	p.lent++
	return &loan{conn: p.conn, keep: true, back: func(bool) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.lent--
	}}, nil
}

func (p *pinned) close() {
	if _, err := p.conn.ExecContext(context.Background(), p.end); err != nil {
		discard(p.conn)
	}
	p.conn.Close()
}

// shared lends connections that join the snapshot of another one.
type shared struct {
	pool
	holder *pinned
	join   []string
}

func (s *shared) lend(ctx context.Context) (*loan, error) {
	member, err := pin(ctx, s.db, s.holder.end, s.join...)
	if err != nil {
		return nil, err
	}
	return &loan{conn: member.conn, back: func(broken bool) {
		if broken {
			discard(member.conn)
		}
		member.close()
	}}, nil
}

func (s *shared) close() { s.holder.close() }
