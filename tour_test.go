package crosswalk_test

import (
	"bufio"
	"bytes"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
)

// TestTheDocsSayWhatTheBinaryDoes builds crosswalk once and holds the pages
// against it.
func TestTheDocsSayWhatTheBinaryDoes(t *testing.T) {
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(bin, "crosswalk"), "./cmd/crosswalk")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	readme, commands := read(t, "README.md"), read(t, "docs/commands.md")
	t.Run("every command and flag is described", func(t *testing.T) { checkCommands(t, bin, readme, commands) })
	t.Run("the tour of the README is what happens", func(t *testing.T) { takeTour(t, bin, readme) })
}

func checkCommands(t *testing.T, bin, readme, commands string) {
	_, list, _ := strings.Cut(help(t, bin), "Available Commands:\n")
	list, _, _ = strings.Cut(list, "\n\n")
	for _, line := range strings.Split(list, "\n") {
		name := strings.Fields(line)[0]
		if !strings.Contains(readme, "\n| `crosswalk "+name) {
			t.Errorf("README.md does not list `crosswalk %s`", name)
		}
		_, section, ok := strings.Cut(commands, "\n### crosswalk "+name+"\n")
		if !ok {
			t.Errorf("docs/commands.md has no section on `crosswalk %s`", name)
			continue
		}
		section, _, _ = strings.Cut(section, "\n#")
		checkFlags(t, name, help(t, bin, name), section)
	}
}

var (
	flagOfHelp = regexp.MustCompile(`(?m)^ +(?:-\w, )?--([a-z-]+)`)
	flagOfPage = regexp.MustCompile("(?m)^\\| (?:`-\\w`, )?`--([a-z-]+)")
)

func checkFlags(t *testing.T, command, text, section string) {
	_, text, _ = strings.Cut(text, "\nFlags:\n")
	text, _, _ = strings.Cut(text, "\nGlobal Flags:\n")
	known := map[string]bool{}
	for _, found := range flagOfHelp.FindAllStringSubmatch(text, -1) {
		known[found[1]] = true
		if found[1] != "help" && !strings.Contains(section, "`--"+found[1]) {
			t.Errorf("docs/commands.md does not describe --%s of `crosswalk %s`", found[1], command)
		}
	}
	for _, found := range flagOfPage.FindAllStringSubmatch(section, -1) {
		if !known[found[1]] {
			t.Errorf("docs/commands.md describes --%s, which `crosswalk %s` does not have", found[1], command)
		}
	}
}

func help(t *testing.T, bin string, args ...string) string {
	t.Helper()
	out, err := exec.Command(filepath.Join(bin, "crosswalk"), append(args, "--help")...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// takeTour runs the commands of the README and compares what they print with
// what it shows.
func takeTour(t *testing.T, bin, readme string) {
	dir := t.TempDir()
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(readme, -1) {
		for _, step := range strings.Split(block[1], "$ ")[1:] {
			command, shown, _ := strings.Cut(step, "\n")
			if to, ok := strings.CutPrefix(command, "cd "); ok {
				dir = filepath.Join(dir, to)
				continue
			}
			out := perform(t, bin, dir, command)
			if problem := unlike(shown, out); problem != "" {
				t.Fatalf("$ %s\n%s\nIt printed:\n%s", command, problem, out)
			}
		}
	}
}

// perform runs one command line and returns its standard output. Only an error
// is a failure: what a verdict is, the output tells.
func perform(t *testing.T, bin, dir, command string) string {
	t.Helper()
	if args, ok := strings.CutPrefix(command, "sqlite3 "); ok {
		database, statement, _ := strings.Cut(args, " ")
		execute(t, filepath.Join(dir, database), strings.Trim(statement, `"`))
		return ""
	}
	if command, ok := strings.CutSuffix(command, " &"); ok {
		return serve(t, bin, dir, command)
	}
	cmd := shell(bin, dir, command)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 1 {
		err = nil
	}
	if err != nil {
		t.Fatalf("$ %s: %v\n%s%s", command, err, out, stderr.String())
	}
	return string(out)
}

func shell(bin, dir, command string) *exec.Cmd {
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	return cmd
}

// serve runs a server until the end of the test, at an address that is free,
// where later commands look for Salesforce. It returns the first line that the
// server prints, with the usual address.
func serve(t *testing.T, bin, dir, command string) string {
	t.Helper()
	cmd := shell(bin, dir, "exec "+command+" --listen 127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	said, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("$ %s &: %v", command, err)
	}
	url := regexp.MustCompile(`http://[^,]+`).FindString(said)
	t.Setenv("SALESFORCE_URL", url)
	return strings.Replace(said, url, "http://127.0.0.1:8642", 1)
}

func execute(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	result, err := db.Exec(statement)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); n == 0 || err != nil {
		t.Fatalf("%s changed %d rows (%v)", statement, n, err)
	}
}

// unlike says in which line output is not as shown. A line … stands for any
// number of lines, and … at the end of a line for its rest.
func unlike(shown, output string) string {
	want, have := lines(shown), lines(output)
	anything := false
	for _, line := range want {
		if line == "…" {
			anything = true
			continue
		}
		at := 0
		for at < len(have) && !shows(line, have[at]) {
			at++
		}
		if at == len(have) || at > 0 && !anything {
			return "The README shows a line that is not there, or not there yet:\n" + line
		}
		have, anything = have[at+1:], false
	}
	if len(have) > 0 && !anything {
		return "The README does not show the line:\n" + have[0]
	}
	return ""
}

func shows(line, output string) bool {
	if start, cut := strings.CutSuffix(line, "…"); cut {
		return strings.HasPrefix(output, start)
	}
	return line == output
}

// volatile is what differs from run to run: hashes, times, and who ran it.
var volatile = regexp.MustCompile(`\b(?:[0-9a-f]{12,64}|\d{8}T\d{6}Z|\d{4}-\d\d-\d\dT[\d:]{8}Z|\d+(?:\.\d+)?m?s)\b|\S+@\S+`)

// lines splits text into lines without what is volatile, blank lines and the
// width of columns.
func lines(text string) []string {
	var all []string
	for _, line := range strings.Split(volatile.ReplaceAllString(text, "#"), "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			all = append(all, line)
		}
	}
	return all
}

func TestOutputThatIsNotAsShownIsNoticed(t *testing.T) {
	const output = "RUN  TOOK\n20261121T204725Z-fleet-01  4.9s\n\n2 rows, head 5c061759bef79ff7647c08829edd95da\nend\n"
	for name, c := range map[string]struct {
		shown string
		alike bool
	}{
		"as it is, at another time":   {"RUN TOOK\n20270101T000000Z-fleet-01 12ms\n2 rows, head 0123456789abcdef\nend", true},
		"lines left out":              {"RUN  TOOK\n…\nend", true},
		"the rest of lines left out":  {"RUN …\n20261121T204725Z-fleet-01 …\n2 rows, …\nend", true},
		"the beginning left out":      {"…\nend", true},
		"the end left out":            {"RUN  TOOK\n…", true},
		"nothing shown":               {"", false},
		"another number":              {"RUN  TOOK\n…\n3 rows, …\nend", false},
		"a line too many":             {"RUN  TOOK\n…\nend\nend", false},
		"a line left out in silence":  {"RUN  TOOK\n2 rows, …\nend", false},
		"the end left out in silence": {"RUN  TOOK\n…\n2 rows, …", false},
		"lines in another order":      {"…\nend\n…\nRUN  TOOK\n…", false},
	} {
		t.Run(name, func(t *testing.T) {
			if problem := unlike(c.shown, output); (problem == "") != c.alike {
				t.Errorf("it says %q", problem)
			}
		})
	}
}
