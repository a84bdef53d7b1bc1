package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"crosswalk/internal/testdb"
)

var update = flag.Bool("update", false, "write what commands print into the scripts")

// Each script of testdata/script tells one behavior of the command line. It
// begins in an empty folder; `tiny` and `sample` make a workspace there.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		Cmds:                scriptCommands(),
		Setup:               prepare,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
	})
}

// prepare makes the environment of a script: no terminal, no color, and the
// folder from which `tiny` copies.
func prepare(env *testscript.Env) error {
	folder, err := filepath.Abs(filepath.Join("testdata", "tiny"))
	env.Values[tinyFolder{}] = folder
	env.Values[testKey{}] = env.T()
	env.Setenv("HOME", env.WorkDir)
	return err
}

// Keys of what commands find in the environment of their script.
type (
	tinyFolder struct{}
	testKey    struct{}
)

func TestMain(m *testing.M) {
	testscript.Main(servers{m}, map[string]func(){
		"crosswalk": func() { os.Exit(newApp().run(os.Args[1:])) },
	})
}

// servers runs the tests and then stops the databases that they started.
type servers struct{ m *testing.M }

func (s servers) Run() int {
	defer sample.remove()
	defer sampleM.remove()
	defer built.remove()
	return testdb.Run(s.m)
}
