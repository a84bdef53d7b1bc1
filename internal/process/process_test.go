package process

import (
	"fmt"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

func TestARunningProcessIsNotGone(t *testing.T) {
	if Gone("somebody@host " + Self()) {
		t.Errorf("%q is taken for gone while it runs", Self())
	}
}

func TestAProcessThatEndedIsGone(t *testing.T) {
	if runtime.GOOS != "linux" {
		return // nothing is ever called gone elsewhere
	}
	child := exec.Command("true")
	if err := child.Run(); err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`pid \d+`).ReplaceAllString(Self(), fmt.Sprintf("pid %d", child.Process.Pid))
	if !Gone(name) {
		t.Errorf("%q ended and is not taken for gone", name)
	}
}

func TestALaterProcessOfTheSameNumberIsAnotherOne(t *testing.T) {
	if runtime.GOOS != "linux" {
		return
	}
	earlier := regexp.MustCompile(`started \d+`).ReplaceAllString(Self(), "started 1")
	if !Gone(earlier) {
		t.Errorf("%q is taken for this process", earlier)
	}
}

func TestOfProcessesElsewhereNothingIsKnown(t *testing.T) {
	for _, name := range []string{"", "root@host", "pid 1", "pid 999999 started 5 on 000000000000", strings.Replace(Self(), " on ", " on f", 1)} {
		if Gone(name) {
			t.Errorf("%q is called gone", name)
		}
	}
}
