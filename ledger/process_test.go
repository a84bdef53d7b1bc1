package ledger_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"crosswalk/ledger"
)

// workerEnv makes the test binary a worker: a process of its own that obeys
// one word a line, and answers each with one line.
const workerEnv = "CROSSWALK_TEST_LEDGER_WORKER"

// workerConfig is what a worker needs to know.
type workerConfig struct {
	Driver, DSN, Name string
	TTL               time.Duration
}

// process is a worker as the test sees it.
type process struct {
	t       *testing.T
	cmd     *exec.Cmd
	input   io.Writer
	answers *bufio.Scanner
}

// worker starts a worker on the same ledger.
func (f *fixture) worker(t *testing.T, name string) *process {
	t.Helper()
	config := must[[]byte](t)(json.Marshal(workerConfig{f.config.Driver, f.config.DSN, name, time.Minute}))
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), workerEnv+"="+string(config))
	cmd.Stderr = os.Stderr
	input := must[io.WriteCloser](t)(cmd.StdinPipe())
	output := must[io.ReadCloser](t)(cmd.StdoutPipe())
	ok(t, cmd.Start())
	t.Cleanup(func() {
		input.Close()
		_ = cmd.Wait() // again, if it was killed
	})
	return &process{t, cmd, input, bufio.NewScanner(output)}
}

// tell gives an order without waiting for the answer.
func (p *process) tell(order string) {
	p.t.Helper()
	_, err := fmt.Fprintln(p.input, order)
	ok(p.t, err)
}

// answer waits for the answer to an order.
func (p *process) answer() string {
	p.t.Helper()
	if !p.answers.Scan() {
		p.t.Fatal("the worker is gone")
	}
	return p.answers.Text()
}

func (p *process) do(order string) string {
	p.t.Helper()
	p.tell(order)
	return p.answer()
}

// must gives an order that has to succeed.
func (p *process) must(order string) {
	p.t.Helper()
	if got := p.do(order); got != "ok" {
		p.t.Fatalf("%s: %s", order, got)
	}
}

// kill ends the process as kill -9 does.
func (p *process) kill() {
	p.t.Helper()
	ok(p.t, p.cmd.Process.Kill())
	_ = p.cmd.Wait() // that it was killed
}

// worker is the same as seen by itself.
type worker struct {
	*ledger.Ledger
	workerConfig
	lease *ledger.Lease
	run   *ledger.Run
}

// work is the main function of a worker. Its clock stands still.
func work(config string) int {
	var w worker
	err := json.Unmarshal([]byte(config), &w.workerConfig)
	if err == nil {
		now := func() time.Time { return evening }
		w.Ledger, err = ledger.Open(context.Background(), ledger.Config{Driver: w.Driver, DSN: w.DSN, Now: now})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for orders := bufio.NewScanner(os.Stdin); orders.Scan(); {
		fmt.Println(answer(w.obey(context.Background(), orders.Text())))
	}
	return 0
}

func answer(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, ledger.ErrFenced):
		return "fenced"
	case errors.As(err, new(*ledger.HeldError)):
		return "held"
	}
	return strings.ReplaceAll(err.Error(), "\n", " ")
}

func (w *worker) obey(ctx context.Context, order string) (err error) {
	switch order {
	case "acquire":
		w.lease, err = w.Acquire(ctx, "fleet", w.Name, w.TTL)
	case "begin":
		w.run, err = w.Begin(ctx, applyRun, w.lease)
	case "renew":
		err = w.Renew(ctx, w.lease)
	case "check":
		err = w.Check(ctx, w.lease)
	case "release":
		err = w.Release(ctx, w.lease)
	case "set aside":
		err = w.SetAside(ctx, w.run.ID, []ledger.SetAside{{Entity: "users", Key: w.Name}})
	case "find":
		err = w.RecordFindings(ctx, w.run.ID, []ledger.Finding{{Entity: "users", Key: w.Name, Kind: "missing"}})
	case "part 1", "part 2", "part 3":
		err = w.Checkpoint(ctx, w.run.ID, part(int(order[5]-'0')))
	case "finish":
		_, err = w.Finish(ctx, w.run.ID, ledger.End{Verdict: ledger.Pass})
	case "compete":
		err = w.compete(ctx)
	default:
		err = fmt.Errorf("no such order: %s", order)
	}
	return err
}

// compete does ten short runs, each as soon as it gets the lease.
func (w *worker) compete(ctx context.Context) error {
	for done := 0; done < 10; {
		err := w.obey(ctx, "acquire")
		if errors.As(err, new(*ledger.HeldError)) {
			continue
		}
		for _, order := range []string{"begin", "set aside", "finish", "release"} {
			if err == nil {
				err = w.obey(ctx, order)
			}
		}
		if err != nil {
			return err
		}
		done++
	}
	return nil
}

var applyRun = ledger.Run{Kind: "apply", Line: "fleet", Tool: "1.0", Mapping: "m", Scope: "s", Plan: "p"}

// part is a part of ten rows, one of which is rejected.
func part(n int) ledger.Part {
	return ledger.Part{
		Entity: "users", Number: n, Counts: ledger.Counts{Source: "legacy.persons", Read: 10, Created: 9, Rejected: 1},
		SetAside: []ledger.SetAside{{Entity: "users", Source: "legacy.persons", Key: fmt.Sprint(n), Outcome: "rejected", Reason: "no name"}},
	}
}
