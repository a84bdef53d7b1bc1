package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/connectors/csvfile"
	"crosswalk/connectors/salesforce"
	"crosswalk/connectors/salesforce/bulk"
	connection "crosswalk/connectors/salesforce/session"
	"crosswalk/internal/simulator"
	"crosswalk/internal/simulator/faults"
	"crosswalk/internal/simulator/org"
)

// rehearsal is a copy of the workspace testdata/crm, which is the current
// folder, and the org that it speaks to.
type rehearsal struct {
	t   *testing.T
	env map[string]string
	org atomic.Pointer[simulator.Server] // behind an address that stays the same

	kept     []byte              // an org, as a file
	troubled simulator.Options   // of the org that was started from it
	struck   map[faults.Kind]int // by the orgs before

	// refuse answers a request in place of the org, or says that it does not.
	refuse func(http.ResponseWriter, *http.Request) bool
}

func newRehearsal(t *testing.T) *rehearsal {
	t.Helper()
	r := &rehearsal{t: t, env: map[string]string{}, struck: map[faults.Kind]int{}}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "crm"))); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if r.refuse == nil || !r.refuse(w, q) {
			r.org.Load().ServeHTTP(w, q)
		}
	}))
	t.Cleanup(func() {
		web.Close()
		if last := r.org.Load(); last != nil {
			last.Close()
		}
	})
	r.env["CRM_URL"] = web.URL
	return r
}

// rehearse makes a rehearsal with an org of a few rows, which is kept, and that
// nothing goes wrong with.
func rehearse(t *testing.T) *rehearsal {
	t.Helper()
	r := newRehearsal(t)
	r.troubled.Path = filepath.Join(t.TempDir(), "org.db")
	r.serve(r.troubled)
	r.load(readText(t, "org.jsonl"))
	r.keep()
	return r
}

// keep lets restart begin with the org as it is now.
func (r *rehearsal) keep() {
	r.t.Helper()
	if err := r.org.Swap(nil).Close(); err != nil {
		r.t.Fatal(err)
	}
	data, err := os.ReadFile(r.troubled.Path)
	if err != nil {
		r.t.Fatal(err)
	}
	r.kept = data
	r.calm()
}

// restart puts an org as it was kept behind the address, with troubles.
func (r *rehearsal) restart(o simulator.Options) {
	r.t.Helper()
	o.Path = filepath.Join(r.t.TempDir(), "org.db")
	if err := os.WriteFile(o.Path, r.kept, 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.troubled = o
	r.serve(o)
}

// calm ends the troubles of the org, and keeps its rows.
func (r *rehearsal) calm() {
	r.t.Helper()
	r.serve(simulator.Options{Path: r.troubled.Path})
}

// serve puts another org behind the address, and closes the one before. Orgs
// with the same Path have the same rows.
func (r *rehearsal) serve(o simulator.Options) {
	r.t.Helper()
	if before := r.org.Load(); before != nil {
		for kind, n := range before.Struck() {
			r.struck[kind] += n
		}
		if err := before.Close(); err != nil {
			r.t.Fatal(err)
		}
	}
	next, err := simulator.New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	r.org.Store(next)
}

func (r *rehearsal) load(lines string) {
	r.t.Helper()
	if _, err := r.org.Load().Org().Load(context.Background(), strings.NewReader(lines)); err != nil {
		r.t.Fatal(err)
	}
}

// run runs a command, which must end with one of the codes.
func (r *rehearsal) run(codes []int, args ...string) (code int, stdout, stderr string) {
	r.t.Helper()
	code, stdout, stderr = r.command(args...)
	if !slices.Contains(codes, code) {
		r.t.Fatalf("crosswalk %s: exit code %d, want one of %d\n%s%s", strings.Join(args, " "), code, codes, stdout, stderr)
	}
	return code, stdout, stderr
}

// command runs a command without waiting for anything but the org.
func (r *rehearsal) command(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	a := newApp()
	a.stdout, a.stderr, a.terminal, a.color, a.width = &out, &errs, false, false, 0
	a.env = func(name string) (string, bool) {
		value, ok := r.env[name]
		return value, ok
	}
	a.registry = new(connectors.Registry)
	connectors.Register(a.registry, "csv", csvfile.Open)
	connectors.Register(a.registry, "salesforce", func(ctx context.Context, c salesforce.Config) (*salesforce.Org, error) {
		return salesforce.OpenWith(ctx, c, connection.Options{Wait: briefly}, bulk.Options{})
	})
	code = a.run(append(slices.Clone(args), "--quiet"))
	return code, out.String(), errs.String()
}

// ends runs a command that ends with this code.
func (r *rehearsal) ends(code int, args ...string) (stdout, stderr string) {
	r.t.Helper()
	_, stdout, stderr = r.run([]int{code}, args...)
	return stdout, stderr
}

// refusal answers requests behind the login, of a method if one is given, as
// Salesforce does when it refuses them.
func refusal(method string, status int, code, message string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, q *http.Request) bool {
		if method != "" && q.Method != method || !strings.HasPrefix(q.URL.Path, "/services/data/") {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `[{"errorCode":%q,"message":%q}]`, code, message)
		return true
	}
}

// briefly waits no longer than a job of the simulator needs to go on.
func briefly(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(min(d, time.Millisecond)):
		return nil
	}
}

// rows shows fields of all rows of an object, of which the first is the key.
// What is there twice is shown twice.
func (r *rehearsal) rows(object string, fields ...string) []string {
	r.t.Helper()
	ctx := context.Background()
	rows, err := r.org.Load().Org().Query(ctx, "SELECT "+strings.Join(fields, ", ")+" FROM "+object, false)
	if err != nil {
		r.t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next(ctx) {
		line := object
		for _, cell := range rows.Cells() {
			line += " | " + cell.Text
		}
		all = append(all, line+" |")
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// content is all that the mappings could touch in the org.
func (r *rehearsal) content() []string {
	r.t.Helper()
	return slices.Concat(
		r.rows("Account", "Key__c", "Name", "BillingCountry"),
		r.rows("Asset", "Key__c", "Line__c", "Account.Key__c", "Name", "Quantity", "InstallDate", "UsageEndDate", "Status", "SerialNumber", "Description"),
		r.rows("Entitlement", "Key__c", "Line__c", "Account.Key__c", "Asset.Key__c", "Name", "Type", "StartDate", "EndDate"),
	)
}

// holds compares the org with what it should hold.
func (r *rehearsal) holds(want []string) {
	r.t.Helper()
	if diff := cmp.Diff(want, r.content()); diff != "" {
		r.t.Errorf("the org (-should be +is):\n%s", diff)
	}
}

// find looks values up in what a command printed as JSON.
func (r *rehearsal) find(document string, want map[string]string) {
	r.t.Helper()
	for path, value := range want {
		if found, err := findIn(document, path); err != nil || spell(found) != value {
			r.t.Errorf("%s is %s (%v), want %s", path, spell(found), err, value)
		}
	}
}

// edit changes a row of the org as another user would.
func (r *rehearsal) edit(object, key string, values map[string]string) {
	r.t.Helper()
	c := org.Change{Object: object, Op: org.Update, ID: r.id(object, key), Values: map[string]org.Cell{}}
	for name, value := range values {
		c.Values[name] = org.Text(value)
	}
	r.change(c)
}

func (r *rehearsal) remove(object, key string) {
	r.t.Helper()
	r.change(org.Change{Object: object, Op: org.Delete, ID: r.id(object, key)})
}

func (r *rehearsal) change(c org.Change) {
	r.t.Helper()
	results, err := r.org.Load().Org().Apply(context.Background(), []org.Change{c}, true)
	if err == nil && len(results[0].Errors) > 0 {
		err = fmt.Errorf("%+v", results[0].Errors)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rehearsal) id(object, key string) string {
	r.t.Helper()
	ids, err := r.org.Load().Org().FindExternal(context.Background(), object, "Key__c", key)
	if err != nil || len(ids) != 1 {
		r.t.Fatalf("%d rows of %s have the key %s (%v)", len(ids), object, key, err)
	}
	return ids[0]
}

// replace replaces a text in a file until the end of the test.
func (r *rehearsal) replace(path, old, replacement string) {
	r.t.Helper()
	before := readText(r.t, path)
	after := strings.Replace(before, old, replacement, 1)
	if after == before {
		r.t.Fatalf("%s does not hold %q", path, old)
	}
	if err := os.WriteFile(path, []byte(after), 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = os.WriteFile(path, []byte(before), 0o600) })
}
