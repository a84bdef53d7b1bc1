package hub

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// SQLite is C translated to Go, and works only with the very version of the C
// library that it was translated with. Other modules may ask for a newer one.
func TestSQLiteHasTheLibcThatItWasMadeWith(t *testing.T) {
	gomod, err := os.ReadFile(module(t, "modernc.org/sqlite").GoMod)
	if err != nil {
		t.Fatal(err)
	}
	made := regexp.MustCompile(`modernc\.org/libc (v\S+)`).FindSubmatch(gomod)
	if made == nil {
		t.Fatal("the go.mod of modernc.org/sqlite names no modernc.org/libc")
	}
	if have, want := module(t, "modernc.org/libc").Version, string(made[1]); have != want {
		t.Errorf("go.mod selects modernc.org/libc %s, and modernc.org/sqlite was made with %s", have, want)
	}
}

type moduleInfo struct{ Version, GoMod string }

func module(t *testing.T, path string) moduleInfo {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-json", path).Output()
	if err != nil {
		t.Fatalf("go list -m %s: %v", path, err)
	}
	var m moduleInfo
	if err := json.Unmarshal(out, &m); err != nil {
		t.Fatal(err)
	}
	return m
}
