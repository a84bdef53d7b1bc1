package yamlfile

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type sample struct {
	Name   Text             `yaml:"name,required"`
	Port   int              `yaml:"port"`
	Live   bool             `yaml:"live"`
	Wait   time.Duration    `yaml:"wait"`
	Keys   []string         `yaml:"keys"`
	Fields Map[shape]       `yaml:"fields"`
	Extra  map[string]int64 `yaml:"extra"`
	Later  Node             `yaml:"later"`
	More   *part            `yaml:"more"`
	part   `yaml:",inline"`
}

type part struct {
	Side string `yaml:"side"`
}

// shape is written as a text or as a mapping.
type shape struct {
	Value Text `yaml:"value"`
	Trim  bool `yaml:"trim"`
}

func (s *shape) DecodeYAML(n Node) error {
	if n.IsScalar() {
		return n.Decode(&s.Value)
	}
	type plain shape
	return n.Decode((*plain)(s))
}

func decode(t *testing.T, text string) (sample, *File, error) {
	t.Helper()
	f, err := Parse("a.yaml", []byte(text))
	if err != nil {
		return sample{}, nil, err
	}
	var s sample
	return s, f, f.Decode(&s)
}

func TestValuesKeepTheirSpellingAndPosition(t *testing.T) {
	f, err := Parse("a.yaml", []byte(`
name: 007
port: 5432
live: true
wait: 90s
keys: [1.10, 1_000, "x"]
side: left
extra: {a: 1}
more: {side: right}
fields:
  z: one
  a: {value: 'two', trim: true}
later: {b: 1}
`))
	if err != nil {
		t.Fatal(err)
	}
	var s sample
	if err := f.Decode(&s); err != nil {
		t.Fatal(err)
	}
	var later map[string]int
	if err := s.Later.Decode(&later); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%+v %d %t %s %q %s %v %s %v", s.Name, s.Port, s.Live, s.Wait, s.Keys, s.Side, s.Extra, s.More.Side, later)
	want := `007 5432 true 1m30s ["1.10" "1_000" "x"] left map[a:1] right map[b:1]`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	fields := Map[shape]{
		{Key: Text{"z", 11, 3}, Value: shape{Value: Text{"one", 11, 6}}},
		{Key: Text{"a", 12, 3}, Value: shape{Value: Text{"two", 12, 14}, Trim: true}},
	}
	if diff := cmp.Diff(fields, s.Fields); diff != "" {
		t.Error(diff)
	}
}

func TestAllProblemsAreToldAtOnceWithTheirPositions(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"everything": {`port: "5432"
prot: 1
live: maybe
wait: 5
keys: a
side:
fields: {a: {vale: x}, b: [1], a: 2}
port: 1
extra: {x: 1.5}
completely: other
`, `a.yaml:1:1: key ` + "`name`" + ` is missing
a.yaml:1:7: expected a whole number, found "5432"
a.yaml:2:1: unknown key ` + "`prot`; did you mean `port`?" + `
a.yaml:3:7: expected true or false, found "maybe"
a.yaml:4:7: expected a duration such as 30s or 5m, found "5": time: missing unit in duration "5"
a.yaml:5:7: expected a list ([a, b]), found "a"
a.yaml:6:6: expected a text, found nothing
a.yaml:7:14: unknown key ` + "`vale`; did you mean `value`?" + `
a.yaml:7:27: expected a mapping (key: value), found a list
a.yaml:7:32: key ` + "`a`" + ` stands here twice; first on line 7
a.yaml:8:1: key ` + "`port`" + ` stands here twice; first on line 1
a.yaml:9:12: expected a whole number, found "1.5"
a.yaml:10:1: unknown key ` + "`completely`; known are name, port, live, wait, keys, fields, extra, later, more, side"},
		"syntax":         {"name: [a\nport: 1\n", "a.yaml:2:5: while parsing a flow sequence: did not find expected ',' or ']'"},
		"empty":          {"# nothing\n", "a.yaml:1:1: the file is empty"},
		"no mapping":     {"- a\n", "a.yaml:1:1: expected a mapping (key: value), found a list"},
		"octal is plain": {"name: a\nport: 0x1F\n", `a.yaml:2:7: expected a whole number, found "0x1F"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := decode(t, test.text)
			if _, ok := errors.AsType[Problems](err); !ok {
				t.Fatalf("got %T %v", err, err)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestProblemInsideATextPointsAtItsCharacter(t *testing.T) {
	for text, want := range map[string]string{
		"name: ab cd":                    "1:10",
		"name: 'ab cd'":                  "1:11",
		`name: "ab cd"`:                  "1:11",
		`name: "a\x62 cd"`:               "1:7",
		"name: é'b cd":                   "1:10",
		"name: |\n  x\n  ab cd\nport: 1": "3:4",
		"name: >\n  ab cd\nport: 1":      "2:6",
		"name: |-\n   ab cd":             "2:7",
		"fields: {a: ab cd}\nname: x":    "1:16",
	} {
		var s sample
		f, err := Parse("a.yaml", []byte(text))
		if err == nil {
			err = f.Decode(&s)
		}
		if err != nil {
			t.Fatal(err)
		}
		at := s.Name
		if len(s.Fields) > 0 {
			at = s.Fields[0].Value.Value
		}
		p := f.ProblemAt(at, 3, "here")
		if got := fmt.Sprintf("%d:%d", p.Line, p.Column); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestVariablesAndFilesAreReplacedInValuesOnly(t *testing.T) {
	env := func(name string) (string, bool) {
		value, ok := map[string]string{"PASS": "s3cret", "PORT": "5432", "EMPTY": "", "NEST": "${PASS}"}[name]
		return value, ok
	}
	file := func(path string) ([]byte, error) {
		if path == "secrets/key" {
			return []byte("topsecret\n"), nil
		}
		return nil, errors.New("no such file")
	}
	f, err := Parse("a.yaml", []byte(`
name: pg://u:${PASS}@h/${DB:-main}
port: ${PORT}
side: ${file:secrets/key}
keys: ["${EMPTY}", "${EMPTY:-x}", "$${PASS}", "${NEST}"]
extra: {"${PASS}": 1}
`))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Interpolate(env, file); err != nil {
		t.Fatal(err)
	}
	var s sample
	if err := f.Decode(&s); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%s %d %s %q %v %q", s.Name, s.Port, s.Side, s.Keys, s.Extra, f.Secrets())
	want := `pg://u:s3cret@h/main 5432 topsecret ["" "x" "${PASS}" "${PASS}"] map[${PASS}:1] ["s3cret" "5432" "topsecret" "${PASS}"]`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}

	f, err = Parse("a.yaml", []byte("name: a${NONE}\nside: ${file:none}\nkeys: ['${', '${a b}']\n"))
	if err != nil {
		t.Fatal(err)
	}
	wrong := "a.yaml:1:7: the environment variable NONE is not set; set it, or write ${NONE:-default}\n" +
		"a.yaml:2:7: ${file:none}: no such file\n" +
		"a.yaml:3:8: `${` without `}`; write `$${` for the characters themselves\n" +
		"a.yaml:3:14: ${a b} names no variable; write ${NAME}, ${NAME:-default} or ${file:PATH}"
	if diff := cmp.Diff(wrong, f.Interpolate(env, file).Error()); diff != "" {
		t.Error(diff)
	}
}

func TestProblemsDoNotShowSecrets(t *testing.T) {
	f, err := Parse("a.yaml", []byte("name: a\nport: ${PASS}\nwait: ${PASS}\nlive: x${PASS:-y}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Interpolate(func(string) (string, bool) { return "s3cret", true }, nil); err != nil {
		t.Fatal(err)
	}
	var s sample
	want := "a.yaml:2:7: expected a whole number, found a secret\n" +
		"a.yaml:3:7: expected a duration such as 30s or 5m, found a secret\n" +
		"a.yaml:4:7: expected true or false, found a secret"
	if diff := cmp.Diff(want, fmt.Sprint(f.Decode(&s))); diff != "" {
		t.Error(diff)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("name: a\nfields: {a: {value: x}}\n")
	f.Add("a: &x [1]\nb: *x\n")
	f.Add("name: |\n  a\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse("a.yaml", []byte(text))
		if err != nil {
			return
		}
		var s sample
		if file.Decode(&s) == nil {
			_ = file.ProblemAt(s.Name, 2, "x")
		}
	})
}
