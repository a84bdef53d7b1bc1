package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"crosswalk/connectors"
	"crosswalk/connectors/all"
	"crosswalk/internal/yamlfile"
	"crosswalk/ledger"
	"crosswalk/pipeline"
	"crosswalk/reconcile"
)

// Exit codes. They mean the same for every command.
const (
	exitClean      = 0
	exitError      = 1
	exitDifference = 2 // drift, or a plan with changes
	exitIncomplete = 3 // something was not checked or not applied
	exitRefused    = 4 // a gate said no
)

// app is the process: its streams, clock and environment, so that tests can
// run commands without one.
type app struct {
	stdout, stderr io.Writer
	env            func(string) (string, bool)
	now            func() time.Time
	registry       *connectors.Registry
	terminal       bool // stderr is a terminal: progress bars are welcome
	color          bool // stdout is a terminal that takes color
	width          int  // of stdout
	cwd            string
	shown          pipeline.Progress // the display of this command

	workspace string // --workspace
	json      bool   // --json
	quiet     bool   // --quiet

	noInvariants bool // reconcile --no-invariants
}

func newApp() *app {
	_, noColor := os.LookupEnv("NO_COLOR")
	stdoutIsTerminal := term.IsTerminal(int(os.Stdout.Fd()))
	width := 0
	if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
		width = w
	}
	_, ci := os.LookupEnv("CI")
	cwd, _ := os.Getwd()
	return &app{
		stdout: os.Stdout, stderr: os.Stderr, env: os.LookupEnv, now: time.Now, registry: all.Connectors(),
		terminal: term.IsTerminal(int(os.Stderr.Fd())) && !ci, color: stdoutIsTerminal && !noColor, width: width, cwd: cwd,
	}
}

// exit is an outcome with an exit code of its own. Without an error the
// command has already said what there is to say.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// run executes one command line and returns the exit code.
func (a *app) run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitClean
	}
	var e *exit
	if errors.As(err, &e) && e.err == nil {
		return e.code
	}
	if ctx.Err() != nil {
		if !errors.Is(err, context.Canceled) {
			a.printError(err) // drivers say in their own words that they were stopped, or something else is wrong too
		}
		fmt.Fprintln(a.stderr, "crosswalk: stopped; nothing is half done, and the same command goes on from here")
		return exitIncomplete
	}
	a.printError(err)
	return exitCode(err)
}

// printError writes one line for each thing that is wrong.
func (a *app) printError(err error) {
	var problems yamlfile.Problems
	if errors.As(err, &problems) && err.Error() == problems.Error() {
		for _, p := range problems {
			fmt.Fprintln(a.stderr, "crosswalk:", p)
		}
		return
	}
	if passing(err) {
		err = fmt.Errorf("incomplete: %w; run it again when that is over", err)
	}
	fmt.Fprintln(a.stderr, "crosswalk:", strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; "))
}

func exitCode(err error) int {
	var e *exit
	var held *ledger.HeldError
	switch {
	case errors.As(err, &e):
		return e.code
	case errors.As(err, &held):
		return exitRefused
	case passing(err):
		return exitIncomplete
	}
	return exitError
}

// passing reports whether an error is of a kind that goes away by itself:
// another system is out of order or has had enough for today, or the data moved
// while it was read. What was not done is done by the same command, later.
func passing(err error) bool {
	var call *net.OpError
	switch connectors.ClassOf(err) {
	case connectors.Transient, connectors.Throttled:
		return true
	case connectors.Unknown: // also of the ledger, which is no connector
		return errors.Is(err, reconcile.ErrMoved) || errors.As(err, &call) && call.Op != "listen"
	}
	return false
}
