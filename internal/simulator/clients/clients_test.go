package clients

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/internal/simulator"
	"crosswalk/internal/simulator/bulk"
	"crosswalk/internal/simulator/org"
)

func TestJSForcePassesItsScenario(t *testing.T) {
	t.Parallel()
	modules := installJSForce(t)
	cmd := exec.CommandContext(t.Context(), "node", "jsforce/scenario.js")
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	compare(t, cmd, "jsforce/want.jsonl")
}

func TestGoSalesforcePassesItsScenario(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "run", ".")
	cmd.Dir = "gosalesforce"
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly")
	compare(t, cmd, "gosalesforce/want.jsonl")
}

// compare runs a scenario against a simulator of its own, and holds each step
// against the file.
func compare(t *testing.T, cmd *exec.Cmd, file string) {
	t.Helper()
	credentials := simulator.DemoCredentials()
	cmd.Env = append(cmd.Env,
		"SIMULATOR_URL="+serve(t),
		"SIMULATOR_USER="+credentials.Username,
		"SIMULATOR_PASSWORD="+credentials.Password+credentials.SecurityToken,
		"SIMULATOR_CLIENT_ID="+credentials.ClientID,
		"SIMULATOR_CLIENT_SECRET="+credentials.ClientSecret,
	)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, &stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, want := steps(t, out), steps(t, text)
	for i := range min(len(got), len(want)) {
		message := got[i]["message"]
		delete(got[i], "message")
		if diff := cmp.Diff(want[i], got[i]); diff != "" {
			t.Errorf("%v: %v\n%s", want[i]["step"], message, diff)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d steps, want %d; the last is %v", len(got), len(want), got[len(got)-1]["step"])
	}
}

// serve starts a simulator whose accounts and assets have a key, and whose
// pages are short.
func serve(t *testing.T) string {
	t.Helper()
	s, err := simulator.New(simulator.Options{Bulk: bulk.Options{Dir: t.TempDir(), PageRows: 500}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	key := org.Field{Name: "Entl_Key__c", Label: "Key", Type: "string", Length: 80, ExternalID: true, Unique: true}
	for _, object := range []string{"Account", "Asset"} {
		if err := s.Org().Define(t.Context(), object, key); err != nil {
			t.Fatal(err)
		}
	}
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return web.URL
}

func steps(t *testing.T, text []byte) []map[string]any {
	t.Helper()
	var all []map[string]any
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		var step map[string]any
		if err := json.Unmarshal(lines.Bytes(), &step); err != nil {
			t.Fatalf("%v: %s", err, lines.Bytes())
		}
		all = append(all, step)
	}
	if err := lines.Err(); err != nil || len(all) == 0 {
		t.Fatalf("no steps: %v", err)
	}
	return all
}

// installJSForce returns the folder of the modules that the lock file names. It
// lies in the cache of the user, so only the first run needs the registry, and
// no linter or packer of ours finds it.
func installJSForce(t *testing.T) string {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is not installed: run `make servers`, or install Debian's nodejs and npm", program)
		}
	}
	lock, err := os.ReadFile("jsforce/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cache = filepath.Join(cache, "crosswalk")
	folder := filepath.Join(cache, fmt.Sprintf("jsforce-%x", sha256.Sum256(lock)))
	modules := filepath.Join(folder, "node_modules")
	if _, err := os.Stat(modules); err == nil {
		return modules
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	fresh, err := os.MkdirTemp(cache, "installing-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(fresh) })
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join("jsforce", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(fresh, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = fresh
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci of jsforce: %v\n%s", err, out)
	}
	// Whoever is first gives the folder its name; it holds the same in any case.
	if err := os.Rename(fresh, folder); err != nil {
		if _, taken := os.Stat(modules); taken != nil {
			t.Fatal(err)
		}
	}
	return modules
}
