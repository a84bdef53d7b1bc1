//go:build unix

package testdb

import (
	"bufio"
	"context"
	"database/sql"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// childEnv makes the test binary start a server, print where it is, and wait.
const childEnv = "CROSSWALK_TESTDB_CHILD"

func TestMain(m *testing.M) {
	if kind := os.Getenv(childEnv); kind != "" {
		child(kind)
	}
	os.Exit(Run(m))
}

func TestEachTestHasAnEmptyDatabaseOfItsOwn(t *testing.T) {
	for name, open := range map[string]func(testing.TB) string{"postgres": Postgres, "mariadb": MariaDB} {
		t.Run(name, func(t *testing.T) {
			first, second := open(t), open(t)
			if first == second {
				t.Fatalf("the same database twice: %s", first)
			}
			for _, dsn := range []string{first, second} {
				db := connect(t, name, dsn)
				if _, err := db.Exec("CREATE TABLE t (id integer PRIMARY KEY)"); err != nil {
					t.Error(err)
				}
				db.Close()
			}
		})
	}
}

func TestMissingServerTellsHowToInstallIt(t *testing.T) {
	_, err := newest(postgresInstall, "/nowhere/*/bin/postgres")
	if err == nil || !strings.Contains(err.Error(), "apt-get install -y postgresql") {
		t.Errorf("got %v", err)
	}
}

func TestNewestVersionIsComparedAsANumber(t *testing.T) {
	dir := t.TempDir()
	for _, v := range []string{"9", "15", "16"} {
		if err := os.MkdirAll(dir+"/"+v+"/bin", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	got, err := newest("", dir+"/*/bin")
	if err != nil || !strings.HasSuffix(got, "/16/bin") {
		t.Errorf("got %s, %v", got, err)
	}
}

// publicDir is a folder that the system users of the servers can use, which
// t.TempDir is not.
func publicDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "testdb-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, os.ModeSticky|0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestStoppedServerLeavesNothing(t *testing.T) {
	dir := publicDir(t)
	s, err := StartPostgres(t.Context(), Options{Dir: dir, Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Stop()
	s.Stop()
	checkGone(t, dir, s.url.Host)
}

func TestKilledTestLeavesNothing(t *testing.T) {
	for _, kind := range []string{"postgres", "mariadb"} {
		t.Run(kind, func(t *testing.T) {
			dir := publicDir(t)
			cmd := exec.Command(os.Args[0])
			cmd.Stderr = os.Stderr
			cmd.Env = append(os.Environ(), childEnv+"="+kind, "TMPDIR="+dir)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			host, err := bufio.NewReader(out).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // that it was killed
			checkGone(t, dir, strings.TrimSpace(host))
		})
	}
}

func child(kind string) {
	start := shared.postgres.start
	if kind == "mariadb" {
		start = shared.mariadb.start
	}
	s, err := start(context.Background(), Options{})
	if err != nil {
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
	os.Stdout.WriteString(s.url.Host + "\n")
	select {}
}

// checkGone waits for the guard, which needs a moment after its parent died.
func checkGone(t *testing.T, dir, host string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(files) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is still there", files[0].Name())
		}
		time.Sleep(10 * time.Millisecond)
	}
	if c, err := net.Dial("tcp", host); err == nil {
		c.Close()
		t.Errorf("%s still listens", host)
	}
}

func connect(t *testing.T, kind, dsn string) *sql.DB {
	t.Helper()
	if kind == "mariadb" {
		u, err := url.Parse(dsn)
		if err != nil {
			t.Fatal(err)
		}
		dsn = u.User.String() + "@tcp(" + u.Host + ")" + u.Path
		kind = "mysql"
	}
	db, err := sql.Open(kind, dsn)
	if err != nil {
		t.Fatal(err)
	}
	return db
}
