package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// built is the program as users get it. Tests that move many rows run it: with
// the race detector they would take twenty times as long.
var built = &program{}

// program is built when a test first asks for it.
type program struct {
	once sync.Once
	dir  string
	err  error
}

func (p *program) folder() (string, error) {
	p.once.Do(func() {
		if p.dir, p.err = os.MkdirTemp("", "crosswalk-built-"); p.err != nil {
			return
		}
		build := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(p.dir, "crosswalk"), ".")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			p.err = errors.New(string(out))
		}
	})
	return p.dir, p.err
}

func (p *program) remove() {
	if p.dir != "" {
		os.RemoveAll(p.dir)
	}
}

// child is a running crosswalk.
type child struct {
	cmd    *exec.Cmd
	output bytes.Buffer // of both streams
	ended  chan struct{}
	began  time.Time
}

// begin starts the built program in a workspace.
func begin(t *testing.T, workspace string, args ...string) *child {
	t.Helper()
	dir, err := built.folder()
	if err != nil {
		t.Fatal(err)
	}
	p := &child{cmd: exec.Command(filepath.Join(dir, "crosswalk"), args...), ended: make(chan struct{}), began: time.Now()}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = workspace, &p.output, &p.output
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		p.cmd.Wait() //nolint:errcheck // its end is in ProcessState
	}()
	return p
}

// run runs the built program to its end, which must have that exit code, and
// returns what it printed and how long it took.
func run(t *testing.T, workspace string, code int, args ...string) (string, time.Duration) {
	t.Helper()
	p := begin(t, workspace, args...)
	<-p.ended
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("crosswalk %v: exit code %d, should be %d:\n%s", args, got, code, p.output.String())
	}
	return p.output.String(), time.Since(p.began)
}

// waitFor waits until something is so, or the process has ended.
func (p *child) waitFor(so func() bool) {
	for !so() {
		select {
		case <-p.ended:
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// killAfter kills the process as kill -9 does, and reports whether it was
// still running.
func (p *child) killAfter(moment time.Duration) bool {
	select {
	case <-p.ended:
		return false
	case <-time.After(moment):
	}
	p.cmd.Process.Kill() //nolint:errcheck // it may have ended just now
	<-p.ended
	return !p.cmd.ProcessState.Exited()
}
