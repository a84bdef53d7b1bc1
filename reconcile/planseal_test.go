package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crosswalk/connectors"
	"crosswalk/record"
)

// reopen writes content over the plan and opens it.
func reopen(t *testing.T, path string, content []byte) error {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := OpenPlan(path)
	return err
}

func TestAPlanThatWasCutAnywhereIsRefused(t *testing.T) {
	path, _ := writePlan(t, t.TempDir(), sample()[1:])
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := info.Size() - 1; n >= 0; n-- {
		if err := os.Truncate(path, n); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenPlan(path); err == nil {
			t.Fatalf("%d of %d bytes were taken for a plan", n, info.Size())
		}
	}
}

func TestAPlanWithOneEditedByteIsRefused(t *testing.T) {
	path, _ := writePlan(t, t.TempDir(), sample()[1:])
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for n, was := range whole {
		for _, edit := range []byte{was ^ 1, was ^ 0x20, was} {
			if _, err := file.WriteAt([]byte{edit}, int64(n)); err != nil {
				t.Fatal(err)
			}
			if _, err := OpenPlan(path); (err == nil) != (edit == was) {
				t.Fatalf("byte %d is %q instead of %q: %v", n, edit, was, err)
			}
		}
	}
}

func TestAPlanWithMoreLinesIsRefused(t *testing.T) {
	path, _ := writePlan(t, t.TempDir(), sample())
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	for name, content := range map[string]string{
		"a line after the end": string(whole) + lines[2],
		"an empty line":        string(whole) + "\n",
		"two plans":            string(whole) + string(whole),
		"a line twice":         lines[0] + lines[1] + lines[2] + lines[2] + strings.Join(lines[3:], ""),
		"two lines swapped":    lines[0] + lines[1] + lines[3] + lines[2] + strings.Join(lines[4:], ""),
	} {
		if err := reopen(t, path, []byte(content)); err == nil {
			t.Errorf("%s: not noticed", name)
		}
	}
}

func TestWhatIsNoPlanIsSaidToBeNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.plan")
	if _, err := OpenPlan(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	for content, says := range map[string]string{
		"":                              "was cut short",
		"hello\n":                       "is no plan file",
		"{}\n":                          "is no plan file",
		`{"crosswalk_plan":2}` + "\n":   "reads format 1",
		`{"crosswalk_plan":1}` + "\n":   "was cut short",
		`{"crosswalk_plan":1}` + "\n{}": "was cut short",
	} {
		if err := reopen(t, path, []byte(content)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want that it %s", content, err, says)
		}
	}
}

// Whoever seals nonsense gets an error, never a panic or half a plan.
func TestASealedPlanThatMakesNoSenseIsRefused(t *testing.T) {
	const section = `{"section":"seats","columns":[["id","text"],["qty","int"]],"key":["id"],"compared":["qty"],"origins":["m"]}`
	for name, lines := range map[string][]string{
		"a row without a section":   {`{"op":"+","row":["a",1]}`},
		"an unknown kind":           {`{"section":"s","columns":[["id","word"]],"key":["id"]}`},
		"an unknown key":            {`{"section":"s","columns":[["id","text"]],"key":["no"]}`},
		"an unknown masked column":  {`{"section":"s","columns":[["id","text"]],"key":["id"],"masked":["no"]}`},
		"an unknown changed column": {section, `{"op":"*","row":["a",1],"was":["a",2],"changed":["no"],"before":"` + digest("x").String() + `"}`},
		"an unknown operation":      {section, `{"op":"x","row":["a",1]}`},
		"too few values":            {section, `{"op":"+","row":["a"]}`},
		"too many values":           {section, `{"op":"+","row":["a",1,2]}`},
		"no values":                 {section, `{"op":"+"}`},
		"a text for a number":       {section, `{"op":"+","row":["a","x"]}`},
		"no digest":                 {section, `{"op":"-","row":["a",1],"before":""}`},
		"an update without before":  {section, `{"op":"*","row":["a",1],"before":"` + digest("x").String() + `"}`},
		"no JSON":                   {section, `{"op":`},
	} {
		t.Run(name, func(t *testing.T) {
			body := `{"crosswalk_plan":1}` + "\n" + strings.Join(lines, "\n") + "\n"
			sum := sha256.Sum256([]byte(body))
			body += fmt.Sprintf(`{"end":true,"changes":%d,"sha256":"%s"}`, strings.Count(body, `{"op":`), hex.EncodeToString(sum[:])) + "\n"
			path := filepath.Join(t.TempDir(), "x.plan")
			if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
				t.Fatal(err)
			}
			p, err := OpenPlan(path)
			if err != nil {
				t.Fatalf("the seal is in order: %v", err)
			}
			var got list
			if err := p.Each(t.Context(), &got); err == nil {
				t.Errorf("was read as %+v", got)
			}
		})
	}
}

func TestAPlanThatIsReplacedAfterItWasOpenedIsAnError(t *testing.T) {
	path, _ := writePlan(t, t.TempDir(), sample())
	p, err := OpenPlan(path)
	if err != nil {
		t.Fatal(err)
	}
	writePlan(t, filepath.Dir(path), sample()[:1])
	if err := p.Each(t.Context(), &list{}); err == nil || !strings.Contains(err.Error(), "replaced") {
		t.Errorf("got %v", err)
	}
}

func TestAPlanAppearsOnlyWhenItIsComplete(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "fleet.plan")
	w, err := CreatePlan(path, aPlan())
	if err != nil {
		t.Fatal(err)
	}
	if err := sample().pass(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a plan is there already: %v", err)
	}
	if _, err := w.Close(nil); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v", info.Mode())
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("there is more than the plan: %v, %v", entries, err)
	}
}

func TestAnAbortedPlanLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "fleet.plan")
	if err := os.WriteFile(old, []byte("an older plan"), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := CreatePlan(old, aPlan())
	if err != nil {
		t.Fatal(err)
	}
	if err := sample().pass(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	w.Abort()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if content, err := os.ReadFile(old); err != nil || string(content) != "an older plan" {
		t.Errorf("the older plan is %q now, %v", content, err)
	}
}

func TestAPlanNeedsAFolderThatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gone", "fleet.plan")
	if _, err := CreatePlan(path, aPlan()); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}

// A value that the column's kind does not tell would read back as another one.
func TestAValueOfAnotherKindThanItsColumnIsNotPlanned(t *testing.T) {
	w, err := CreatePlan(filepath.Join(t.TempDir(), "x.plan"), aPlan())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if err := w.Section(t.Context(), Section{Schema: seats()}); err != nil {
		t.Fatal(err)
	}
	bad := record.Row{record.Text("a"), record.Text("5"), record.Null()}
	good := seat("a", 5, record.Null())
	for _, c := range []Change{{Op: connectors.Create, Row: bad}, {Op: connectors.Update, Row: good, Was: bad}} {
		err := w.Change(t.Context(), &c)
		if err == nil || !strings.Contains(err.Error(), "seats.qty") || strings.Contains(err.Error(), `"5"`) {
			t.Errorf("got %v; want the column named, and no value", err)
		}
	}
	if w.Changes() != 0 {
		t.Errorf("%d changes counted", w.Changes())
	}
}

func TestAPlanIsBoundToWhatItWasMadeFrom(t *testing.T) {
	if err := aPlan().Check(aPlan()); err != nil {
		t.Errorf("nothing changed, and yet: %v", err)
	}
	for says, change := range map[string]func(*Plan){
		"another product line (fleet, now survey)":                                              func(p *Plan) { p.Line = "survey" },
		"another encoding (1, now 2)":                                                           func(p *Plan) { p.Encoding = 2 },
		"another version of crosswalk (1.0, now 1.1)":                                           func(p *Plan) { p.Tool = "1.1" },
		"another mapping (aaaaaaaaaaaa, now cccccccccccc); make a":                              func(p *Plan) { p.Mapping = "cccccccccccccccc" },
		"another scope (line, sources or target store) (bbbbbbbbbbbb, now dd); make a new plan": func(p *Plan) { p.Scope = "dd" },
	} {
		now := aPlan()
		change(&now)
		if err := aPlan().Check(now); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v; want %q", err, says)
		}
	}
	later := aPlan()
	later.Run, later.Created = "run-8", "2024-03-01T00:00:00Z"
	if err := aPlan().Check(later); err != nil {
		t.Errorf("the run and the time bind nothing, and yet: %v", err)
	}
}
