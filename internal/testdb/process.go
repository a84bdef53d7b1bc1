//go:build unix

package testdb

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

var errExited = errors.New("the server exited")

// guard runs a server until it exits or the pipe on standard input closes,
// and removes the server's folder. It takes the folder, the signal, and the
// command line of the server.
const guard = `
dir=$1 signal=$2; shift 2
exec 3<&0
"$@" </dev/null 3<&- & server=$!
{ read -r _; kill -s "$signal" $server; } <&3 & watcher=$!
wait $server
kill $watcher 2>/dev/null
rm -rf "$dir"
`

// process is the folder of a private server and, once started, its guard.
type process struct {
	dir      string
	port     int
	password string
	durable  bool
	signal   string

	run    *syscall.SysProcAttr
	log    *os.File // stays readable when the folder is gone
	pipe   io.Closer
	exited chan struct{} // closed when the guard has exited
	once   sync.Once
}

func newProcess(o Options, st starter) (*process, error) {
	dir, err := os.MkdirTemp(o.Dir, "crosswalk-"+st.name+"-")
	if err != nil {
		return nil, err
	}
	p := &process{dir: dir, password: rand.Text(), durable: o.Durable, signal: st.kill, exited: make(chan struct{})}
	if err := p.prepare(st.user); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return p, nil
}

func (p *process) prepare(owner string) (err error) {
	if p.port, err = freePort(); err != nil {
		return err
	}
	// A session of its own keeps Ctrl-C, which goes to the whole process
	// group, from ending the guard before it has cleaned up.
	p.run = &syscall.SysProcAttr{Setsid: true}
	if os.Geteuid() == 0 {
		if err := p.dropPrivileges(owner); err != nil {
			return err
		}
	}
	p.log, err = os.Create(filepath.Join(p.dir, "log"))
	return err
}

func (p *process) dropPrivileges(owner string) error {
	u, err := user.Lookup(owner)
	if err != nil {
		return fmt.Errorf("the server refuses to run as root, and %w: install it with apt-get, or run the tests as another user", err)
	}
	uid, errU := strconv.ParseUint(u.Uid, 10, 32)
	gid, errG := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(errU, errG); err != nil {
		return err
	}
	p.run.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(p.dir, int(uid), int(gid))
}

func (p *process) path(name string) string { return filepath.Join(p.dir, name) }

// write makes a file that the server can read.
func (p *process) write(name, content string) error {
	if err := os.WriteFile(p.path(name), []byte(content), 0o600); err != nil {
		return err
	}
	if c := p.run.Credential; c != nil {
		return os.Chown(p.path(name), int(c.Uid), int(c.Gid))
	}
	return nil
}

// exec runs a command to its end as the server's user.
func (p *process) exec(argv ...string) error {
	cmd := p.command(argv)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(argv[0]), err, p.lastLines())
	}
	return nil
}

func (p *process) command(argv []string) *exec.Cmd {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = p.dir
	cmd.Stdout, cmd.Stderr = p.log, p.log
	cmd.SysProcAttr = p.run
	cmd.Env = append(os.Environ(), "HOME="+p.dir, "TMPDIR="+p.dir, "LC_ALL=C.UTF-8")
	return cmd
}

// start starts the server under its guard.
func (p *process) start(argv []string) error {
	cmd := p.command(slices.Concat([]string{"/bin/sh", "-c", guard, "guard", p.dir, p.signal}, argv))
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.pipe = pipe
	go func() {
		_ = cmd.Wait() // how the guard ended tells nothing
		close(p.exited)
	}()
	return nil
}

func (p *process) stop() {
	p.once.Do(func() {
		if p.pipe != nil {
			p.pipe.Close()
			<-p.exited
		}
		p.log.Close()
		os.RemoveAll(p.dir)
	})
}

// lastLines returns the end of what the server said.
func (p *process) lastLines() string {
	text, err := io.ReadAll(io.NewSectionReader(p.log, 0, 1<<20))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-8):], "\n")
}

// newest finds a program among several installed versions of it.
func newest(install string, patterns ...string) (string, error) {
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		if len(found) > 0 {
			return slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) }), nil
		}
	}
	return "", fmt.Errorf("%s not found; install it: %s", filepath.Base(patterns[0]), install)
}

// version returns the last number in a path: 15 for /usr/lib/postgresql/15/bin.
func version(path string) int {
	end := strings.LastIndexAny(path, "0123456789") + 1
	start := len(strings.TrimRight(path[:end], "0123456789"))
	n, _ := strconv.Atoi(path[start:end]) // 0 for a path without a number
	return n
}
