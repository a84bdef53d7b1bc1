package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// noHead is the hash before the first entry.
var noHead = strings.Repeat("0", 2*sha256.Size)

// entry is one link of the chain. It is kept as a line of JSON, so that
// anybody can check it without this program:
//
//	printf '%s\n%s' "$hash_before" "$entry" | sha256sum
type entry struct {
	N     int64       `json:"n"`
	At    string      `json:"at"`
	Run   string      `json:"run"`
	Begin *beginEntry `json:"begin,omitempty"` // one of the three is set
	Part  *partEntry  `json:"part,omitempty"`
	End   *endEntry   `json:"end,omitempty"`
}

type beginEntry struct {
	Kind     string `json:"kind"`
	Line     string `json:"line"`
	Target   string `json:"target,omitempty"` // entries from before there were several targets have none
	Tool     string `json:"tool"`
	Mapping  string `json:"mapping"`
	Scope    string `json:"scope"`
	Plan     string `json:"plan"`
	Operator string `json:"operator"`
	Lease    string `json:"lease"`
	Holder   string `json:"holder"`
	Fence    int64  `json:"fence"`
}

type partEntry struct {
	Part   int    `json:"part"`
	Counts Counts `json:"counts"`
}

type endEntry struct {
	Verdict      Verdict  `json:"verdict"`
	Message      string   `json:"message"`
	ReportSHA256 string   `json:"report_sha256"`
	Counts       []Counts `json:"counts"`
	AsideRows    int64    `json:"aside_rows"`
	AsideSeal    string   `json:"aside_seal"`
	FindingRows  int64    `json:"finding_rows"`
	FindingSeal  string   `json:"finding_seal"`
}

// encode returns the line that is hashed and kept.
func (e *entry) encode() (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// link returns the hash of an entry that follows the hash before it.
func link(before, line string) string {
	sum := sha256.Sum256([]byte(before + "\n" + line))
	return hex.EncodeToString(sum[:])
}

// chainEnd is the last entry and its hash.
type chainEnd struct {
	N    int64  `db:"n"`
	Hash string `db:"hash"`
}

// lockChain makes the transaction the only one that appends, and returns
// where the chain ends.
func (t *tx) lockChain(ctx context.Context) (chainEnd, error) {
	if t.dialect.lockChain != "" {
		if err := t.exec(ctx, t.dialect.lockChain); err != nil {
			return chainEnd{}, err
		}
	}
	return t.chainEnd(ctx)
}

func (t *tx) chainEnd(ctx context.Context) (chainEnd, error) {
	end := chainEnd{0, noHead}
	err := t.get(ctx, &end, "SELECT n, hash FROM ledger_chain ORDER BY n DESC LIMIT 1")
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return end, err
}

// append adds e after end, which lockChain has returned, and returns the new head.
func (t *tx) append(ctx context.Context, end chainEnd, e entry) (head string, err error) {
	e.N = end.N + 1
	line, err := e.encode()
	if err != nil {
		return "", err
	}
	head = link(end.Hash, line)
	err = t.exec(ctx, "INSERT INTO ledger_chain (n, entry, hash) VALUES (?, ?, ?)", e.N, line, head)
	return head, err
}

// Head returns the hash of the last entry, which stands for the whole ledger.
// An empty ledger has a head of 64 zeros.
func (l *Ledger) Head(ctx context.Context) (head string, err error) {
	err = l.snapshot(ctx, "head", func(t *tx) error {
		end, err := t.chainEnd(ctx)
		head = end.Hash
		return err
	})
	return head, err
}

// decode reads a line of the chain.
func decode(line string) (entry, error) {
	var e entry
	d := json.NewDecoder(strings.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return e, fmt.Errorf("not an entry: %w", err)
	}
	return e, nil
}
