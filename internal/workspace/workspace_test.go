package workspace

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/connectors/memory"
)

const valid = `version: 1
systems:
  old: {kind: shop, path: old.db}
hub: {driver: sqlite, path: hub.db}
ledger: {driver: postgres, dsn: "postgres://me:${PASSWORD}@here/ledger"}
lines:
  - {code: fleet, name: Fleet, mappings: ["*.yaml"]}
masking: {key: "${file:key.txt}"}
`

const users = `mapping: users
source: {system: old, table: person}
target: users
key: [id]
fields: {email: mail}
`

// files makes a workspace of the current folder. Without a crosswalk.yaml or a
// mapping among them it has the valid ones.
func files(t *testing.T, given map[string]string) {
	t.Helper()
	all := map[string]string{FileName: valid, "mappings/users.yaml": users, "key.txt": "mask-secret\n"}
	maps.Copy(all, given)
	t.Chdir(t.TempDir())
	for name, content := range all {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func env(name string) (string, bool) {
	value, ok := map[string]string{"PASSWORD": "hunter2-secret"}[name]
	return value, ok
}

// shop is the settings of a kind of system for tests.
type shop struct {
	Path string `yaml:"path" doc:"The folder."`
	Port int    `yaml:"port" doc:"The port."`
	Live bool   `yaml:"live" doc:"Whether it is open."`
}

func (s shop) Validate() error {
	if s.Path == "" {
		return errors.New("path is missing: give the folder")
	}
	return nil
}

// registry knows shops, and opens those whose folder is not "gone".
func registry() *connectors.Registry {
	r := new(connectors.Registry)
	connectors.Register(r, "shop", func(_ context.Context, s shop) (*memory.DB, error) {
		switch s.Path {
		case "gone":
			return nil, connectors.Errorf(connectors.Missing, "open", s.Path, "there is no such folder")
		case "odd":
			return nil, fmt.Errorf("cannot log in with hunter2-secret")
		}
		return memory.New(), nil
	})
	return r
}

func TestWorkspaceHoldsWhatItsFilesSay(t *testing.T) {
	files(t, nil)
	w, err := Load(env)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := w.Hub, (Database{Driver: "sqlite", Path: "hub.db"}); got != want {
		t.Errorf("hub is %v, want %v", got, want)
	}
	if got, want := w.Ledger.Location(), "postgres://me:hunter2-secret@here/ledger"; got != want {
		t.Errorf("ledger is at %s, want %s", got, want)
	}
	if got := string(w.MaskKey); got != "mask-secret" {
		t.Errorf("mask key is %q", got)
	}
	if want := (DeleteCap{Rows: 50, Percent: 1}); w.Deletes != want {
		t.Errorf("deletes are bounded by %v, want %v", w.Deletes, want)
	}
	line, err := w.Line("fleet")
	if err != nil || len(line.Mappings) != 1 || line.Mappings[0].Name != "users" {
		t.Errorf("line is %v, %v", line, err)
	}
	if err := w.Check(registry()); err != nil {
		t.Errorf("settings: %v", err)
	}
}

func TestDeletesThatAreGivenHaveNoDefaults(t *testing.T) {
	files(t, map[string]string{FileName: valid + "deletes: {rows: 0}\n"})
	w, err := Load(env)
	if err != nil {
		t.Fatal(err)
	}
	if want := (DeleteCap{}); w.Deletes != want {
		t.Errorf("deletes are bounded by %v, want %v", w.Deletes, want)
	}
}

func TestFolderWithoutWorkspaceSaysWhatToDo(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := Load(env)
	if err == nil || !strings.Contains(err.Error(), "crosswalk init DIR") {
		t.Errorf("got %v", err)
	}
}

// change edits the valid crosswalk.yaml.
func change(old, new string) map[string]string {
	if !strings.Contains(valid, old) {
		panic("the valid workspace has no " + old)
	}
	return map[string]string{FileName: strings.Replace(valid, old, new, 1)}
}

func TestEveryMistakeHasItsPlaceAndWhatWasExpected(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"unknown key":       {change("masking:", "maskin:"), "crosswalk.yaml:8:1: unknown key `maskin`; did you mean `masking`?"},
		"missing key":       {change("hub: {driver: sqlite, path: hub.db}\n", ""), "crosswalk.yaml:1:1: key `hub` is missing"},
		"no YAML":           {change("lines:", "lines: ]"), "crosswalk.yaml:6:8: "},
		"wrong version":     {change("version: 1", "version: 2"), "crosswalk.yaml:1:10: version 2 is unknown; this crosswalk reads version 1"},
		"unset variable":    {change("${PASSWORD}", "${PASSWROD}"), "crosswalk.yaml:5:33: the environment variable PASSWROD is not set; set it, or write ${PASSWROD:-default}"},
		"missing file":      {change("${file:key.txt}", "${file:kye.txt}"), "crosswalk.yaml:8:16: ${file:kye.txt}: open kye.txt: no such file or directory"},
		"unknown driver":    {change("driver: sqlite", "driver: oracle"), `crosswalk.yaml:4:15: driver "oracle" is unknown; it is sqlite or postgres`},
		"no driver":         {change("driver: sqlite, ", ""), "crosswalk.yaml:4:6: key `driver` is missing; it is sqlite or postgres"},
		"foreign setting":   {change("{driver: sqlite, path", "{driver: postgres, path"), "crosswalk.yaml:4:6: key `dsn` is missing\ncrosswalk.yaml:4:25: unknown key `path`; known are dsn"},
		"no path":           {change(", path: hub.db", ""), "crosswalk.yaml:4:6: key `path` is missing"},
		"system of no kind": {change("kind: shop, ", ""), "crosswalk.yaml:3:3: system old needs `kind`, such as csv, xlsx or postgres"},
		"system called hub": {change("  old: {kind: shop, path: old.db}", "  old: {kind: shop}\n  hub: {kind: shop}"), "crosswalk.yaml:4:3: `hub` is the new store; call the system something else"},
		"odd system name":   {change("  old: {kind: shop, path: old.db}", "  old: {kind: shop}\n  old.2: {kind: shop}"), "crosswalk.yaml:4:3: system name \"old.2\": use letters, digits, - and _"},
		"system twice":      {change("  old: {kind: shop, path: old.db}", "  old: {kind: shop}\n  old: {kind: shop}"), "crosswalk.yaml:4:3: key `old` stands here twice; first on line 3"},
		"odd line code":     {change("code: fleet", "code: a/b"), `crosswalk.yaml:7:12: line code "a/b": use letters, digits, - and _`},
		"line twice":        {change("lines:\n", "lines:\n  - {code: fleet, name: Fleet, mappings: [\"*.yaml\"]}\n"), "crosswalk.yaml:8:12: product line fleet stands here twice"},
		"no mapping":        {change(`"*.yaml"`, `"*.yaml", fleet/x.yaml`), "crosswalk.yaml:7:53: no mapping file matches mappings/fleet/x.yaml"},
		"no mappings":       {change(`["*.yaml"]`, `[]`), "crosswalk.yaml:7:12: product line fleet has no mappings"},
		"too many deletes":  {change("masking:", "deletes: {percent: 101}\nmasking:"), "crosswalk.yaml:8:10: deletes: rows is at least 0, percent is from 0 to 100"},
		"mapping is wrong":  {map[string]string{"mappings/users.yaml": users + "tarjet: x\n"}, "mappings/users.yaml:6:1: unknown key `tarjet`; did you mean `target`?"},
		"missing system":    {map[string]string{"mappings/users.yaml": strings.Replace(users, "old", "odl", 1)}, `mappings/users.yaml:2:18: crosswalk.yaml has no system "odl"; it has old`},
	} {
		t.Run(name, func(t *testing.T) {
			files(t, c.files)
			_, err := Load(env)
			if err == nil {
				t.Fatalf("no error, want %s", c.want)
			}
			if got := err.Error(); got != c.want && !(strings.HasSuffix(c.want, " ") && strings.HasPrefix(got, c.want)) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestAllMistakesAreToldAtOnceFileByFile(t *testing.T) {
	crosswalk := strings.NewReplacer("version: 1", "version: 3", `["*.yaml"]}`, `["*.yaml"]}`+"\n  - {code: more, name: More, mappings: [\"*.yaml\", none.yaml]}").Replace(valid)
	files(t, map[string]string{FileName: crosswalk, "mappings/users.yaml": "sorce: 1\n" + users, "mappings/a.yaml": users + "tarjet: 1\n"})
	_, err := Load(env)
	want := []string{
		"crosswalk.yaml:1:10: version 3 is unknown; this crosswalk reads version 1",
		"crosswalk.yaml:8:51: no mapping file matches mappings/none.yaml",
		"mappings/a.yaml:6:1: unknown key `tarjet`; did you mean `target`?",
		"mappings/users.yaml:1:1: unknown key `sorce`; did you mean `source`?",
	}
	if diff := cmp.Diff(want, strings.Split(fmt.Sprint(err), "\n")); diff != "" {
		t.Error(diff)
	}
}

func TestOverlappingPatternsNameAMappingOnce(t *testing.T) {
	files(t, change(`"*.yaml"`, `"*.yaml", "users.yaml"`))
	w, err := Load(env)
	if err != nil || len(w.Lines[0].Mappings) != 1 {
		t.Errorf("got %v, %v", w, err)
	}
}

func TestUnknownNamesOfAWorkspaceListTheKnown(t *testing.T) {
	files(t, nil)
	w, err := Load(env)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Line("flete"); err == nil || err.Error() != `no product line "flete"; crosswalk.yaml has fleet` {
		t.Errorf("line: %v", err)
	}
	if _, err := w.Open(t.Context(), registry(), "new"); err == nil || err.Error() != `no system "new"; crosswalk.yaml has old` {
		t.Errorf("system: %v", err)
	}
}

func TestSettingsOfSystemsAreCheckedWithTheirPlace(t *testing.T) {
	for name, c := range map[string]struct{ settings, want string }{
		"unknown kind":    {"{kind: shoop, path: x}", "crosswalk.yaml:3:8: system old: no kind of system is called \"shoop\"; did you mean `shop`?"},
		"unknown setting": {"{kind: shop, path: x, prot: 1}", "crosswalk.yaml:3:30: unknown key `prot`; did you mean `port`?"},
		"wrong type":      {"{kind: shop, path: x, port: http}", `crosswalk.yaml:3:36: expected a whole number, found "http"`},
		"not valid":       {"{kind: shop}", "crosswalk.yaml:3:8: system old: path is missing: give the folder"},
	} {
		t.Run(name, func(t *testing.T) {
			files(t, change("{kind: shop, path: old.db}", c.settings))
			w, err := Load(env)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Check(registry()); err == nil || err.Error() != c.want {
				t.Errorf("Check got  %v\nwant %s", err, c.want)
			}
			if name == "unknown kind" {
				return
			}
			if _, err := w.Open(t.Context(), registry(), "old"); err == nil || err.Error() != c.want {
				t.Errorf("Open got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestErrorOfASystemKeepsItsClass(t *testing.T) {
	files(t, change("old.db", "gone"))
	w, err := Load(env)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Open(t.Context(), registry(), "old")
	if err == nil || err.Error() != "system old: open gone: there is no such folder" || connectors.ClassOf(err) != connectors.Missing {
		t.Errorf("got %v, class %v", err, connectors.ClassOf(err))
	}
}

func TestSecretsAreInNoError(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"wrong driver":   {change("driver: sqlite", `driver: "${PASSWORD}"`), `crosswalk.yaml:4:15: driver "***" is unknown; it is sqlite or postgres`},
		"wrong version":  {change("version: 1", "version: ${file:key.txt}"), "crosswalk.yaml:1:10: version *** is unknown; this crosswalk reads version 1"},
		"part of a text": {change(`"*.yaml"`, `"a-${PASSWORD}.yaml"`), "crosswalk.yaml:7:43: no mapping file matches mappings/a-***.yaml"},
		"wrong port":     {change("old.db", "x, port: \"${PASSWORD}\""), "crosswalk.yaml:3:36: expected a whole number, found a secret"},
		"from a system":  {change("old.db", "odd"), "crosswalk.yaml:3:8: system old: cannot log in with ***"},
	} {
		t.Run(name, func(t *testing.T) {
			files(t, c.files)
			w, err := Load(env)
			if err == nil {
				_, err = w.Open(t.Context(), registry(), "old")
			}
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestShortSecretsAreHiddenWithoutGarblingMessages(t *testing.T) {
	err := discreet(errors.New(`expected a port, found "a"`), []string{"a"})
	if got, want := err.Error(), `expected a port, found "***"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSecretWithinAnotherBetraysNothing(t *testing.T) {
	err := discreet(errors.New("cannot log in with winter2024 or winter"), []string{"winter", "winter2024"})
	if got, want := err.Error(), "cannot log in with *** or ***"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSecretsAreHiddenHoweverMessagesSpellThem(t *testing.T) {
	secret := "two\nlines \"quoted\""
	inner := &connectors.Error{Op: "connect", Where: "db", Class: connectors.Denied, Err: fmt.Errorf("user %q, password %s", secret, secret)}
	err := discreet(fmt.Errorf("system old: %w", inner), []string{secret})
	if got, want := err.Error(), `system old: connect db: user "***", password ***`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if connectors.ClassOf(err) != connectors.Denied {
		t.Error("the class is lost")
	}
}
