package main

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	for _, c := range commandsOf(newApp().rootCommand()) {
		if c.Short == "" || c.Example == "" {
			t.Errorf("%s: short %q, example %q", c.CommandPath(), c.Short, c.Example)
		}
		for _, line := range strings.Split(c.Example, "\n") {
			if !strings.HasPrefix(line, "  crosswalk") {
				t.Errorf("%s: the example %q does not begin with the command, two spaces in", c.CommandPath(), line)
			}
		}
	}
}

// The examples run one after the other in one workspace, in the order in which
// the help lists the commands.
func TestTheExamplesOfTheHelpRun(t *testing.T) {
	ws := copyOf(t, sample)
	serveOrg(t, ws)
	dir, err := built.folder()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("TMPDIR", t.TempDir())
	for name, text := range map[string]string{"before.csv": "id,name\n1,one\n", "after.csv": "id,name\n1,uno\n"} {
		if err := os.WriteFile(filepath.Join(ws, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"old.db", "new.db"} {
		db, err := openDatabase(name, func(name string) string { return filepath.Join(ws, name) })
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec("CREATE TABLE license (id INTEGER PRIMARY KEY); INSERT INTO license VALUES (1)"); err != nil {
			t.Fatal(err)
		}
	}
	// Folders of examples lie in this test's own, its estates are small, and its servers take any port.
	own := strings.NewReplacer("/tmp/", os.Getenv("TMPDIR")+"/", "--size m", "--size s", "--size l", "--size s",
		"simulate salesforce", "simulate salesforce --listen 127.0.0.1:0", ":8080", ":0")
	for _, c := range commandsOf(newApp().rootCommand()) {
		do := perform
		if c.Annotations[servesUntilStopped] != "" {
			do = performUntilStopped
		}
		for _, example := range strings.Split(c.Example, "\n") {
			do(t, ws, own.Replace(strings.TrimSpace(example)))
		}
	}
}

// performUntilStopped runs a line that serves, and stops it as Ctrl-C does once
// it has said that it does.
func performUntilStopped(t *testing.T, dir, line string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", "exec "+line)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said, _ := bufio.NewReader(out).ReadString('\n')
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil || said == "" {
		t.Errorf("%s said %q and ended with %v\n%s", line, said, err, stderr.String())
	}
}

// perform runs a line in a shell. A difference that it finds is no failure.
func perform(t *testing.T, dir, line string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	_, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) && failed.ExitCode() == exitDifference {
		return
	}
	if err != nil {
		t.Errorf("%s: %v\n%s", line, err, stderr.String())
	}
}

// commandsOf lists the commands that do something, in the order of the help.
func commandsOf(root *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	if root.Runnable() {
		all = append(all, root)
	}
	for _, c := range root.Commands() {
		all = append(all, commandsOf(c)...)
	}
	return all
}
