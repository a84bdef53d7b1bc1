// Package process tells whether the process that wrote a name is gone, so that
// what it held need not be waited for.
//
//	pid 4711 started 5127733 on 3f9c02d1a4be
//	    │            │          └── this boot of this machine, and this container
//	    │            └── so that a later process of the same number is another one
//	    └── while it runs, it is not gone
//
// Only where all of this can be known (Linux) is a process ever called gone;
// of a process on another machine nothing is known.
package process

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
)

// Self returns the name of this process.
func Self() string {
	pid := os.Getpid()
	started, err := startTime(fmt.Sprint(pid))
	place := here()
	if err != nil || place == "" {
		return fmt.Sprintf("pid %d", pid)
	}
	return fmt.Sprintf("pid %d started %s on %s", pid, started, place)
}

// Gone reports whether text ends in the name of a process that ran here and
// does so no more.
func Gone(text string) bool {
	parts := regexp.MustCompile(`pid (\d+) started (\d+) on ([0-9a-f]+)$`).FindStringSubmatch(text)
	if parts == nil || parts[3] != here() {
		return false
	}
	started, err := startTime(parts[1])
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	return err == nil && started != parts[2]
}

// here identifies this boot of this machine and the namespace in which process
// numbers mean anything; "" if that cannot be told.
func here() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	namespace, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	sum := sha256.Sum256([]byte(string(boot) + namespace))
	return hex.EncodeToString(sum[:6])
}

// startTime is when a process began, in ticks since the boot: field 22 of its
// stat file. The name in field 2 may hold blanks and brackets.
func startTime(pid string) (string, error) {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return "", err
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	const state, start = 3, 22
	if len(fields) <= start-state {
		return "", fmt.Errorf("/proc/%s/stat has %d fields", pid, len(fields))
	}
	return fields[start-state], nil
}
