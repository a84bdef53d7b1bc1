package yamlfile

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Decode fills what into points at: structs (yaml:"name", ",inline", and
// ",required" for a key that must be there), maps with text keys, slices,
// pointers, texts, numbers, booleans, time.Duration, Text, Node, and types
// that implement Decoder or encoding.TextUnmarshaler. A text keeps the
// spelling of the file, so 007 stays 007. Its error is of type Problems.
func (n Node) Decode(into any) error {
	var d decoder
	d.decode(n, reflect.ValueOf(into).Elem())
	return d.problems.Err()
}

type decoder struct{ problems Problems }

func (d *decoder) fail(p Problem) { d.problems = append(d.problems, p) }

func (d *decoder) decode(n Node, out reflect.Value) {
	switch into := out.Addr().Interface().(type) {
	case *Node:
		*into = n
	case *Text:
		if d.scalar(n, "a text") {
			*into = n.Text()
		}
	case *time.Duration:
		d.parse(n, "a duration such as 30s or 5m", func(s string) (err error) {
			*into, err = time.ParseDuration(s)
			return err
		})
	case Decoder:
		if err := into.DecodeYAML(n); err != nil {
			d.problems = append(d.problems, n.file.In(n.Text(), err)...)
		}
	case encoding.TextUnmarshaler:
		d.parse(n, "a text", func(s string) error { return into.UnmarshalText([]byte(s)) })
	default:
		d.decodeKind(n, out)
	}
}

func (d *decoder) decodeKind(n Node, out reflect.Value) {
	switch out.Kind() {
	case reflect.Pointer:
		if !n.IsNull() {
			out.Set(reflect.New(out.Type().Elem()))
			d.decode(n, out.Elem())
		}
	case reflect.Struct:
		d.decodeStruct(n, out)
	case reflect.Map:
		d.decodeMap(n, out)
	case reflect.Slice:
		for _, item := range n.Items(&d.problems) {
			element := reflect.New(out.Type().Elem()).Elem()
			d.decode(item, element)
			out.Set(reflect.Append(out, element))
		}
	case reflect.String:
		if d.scalar(n, "a text") {
			out.SetString(n.resolved().Value)
		}
	case reflect.Bool:
		value, plain := n.plain()
		if !plain || value != "true" && value != "false" {
			d.fail(n.expected("true or false"))
		}
		out.SetBool(value == "true")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		d.number(n, "a whole number", func(s string) error {
			i, err := strconv.ParseInt(s, 10, out.Type().Bits())
			out.SetInt(i)
			return err
		})
	case reflect.Float32, reflect.Float64:
		d.number(n, "a number", func(s string) error {
			f, err := strconv.ParseFloat(s, out.Type().Bits())
			out.SetFloat(f)
			return err
		})
	default:
		panic(fmt.Sprintf("yamlfile: cannot decode into %s", out.Type()))
	}
}

// scalar reports whether n is a single value that is not empty by oversight:
// a key without a value is a mistake, "" and a spelled-out null are not.
func (d *decoder) scalar(n Node, what string) bool {
	if n.IsScalar() && (!n.IsNull() || n.resolved().Value != "") {
		return true
	}
	d.fail(n.expected(what))
	return false
}

func (d *decoder) parse(n Node, what string, parse func(string) error) {
	if !d.scalar(n, what) {
		return
	}
	err := parse(n.resolved().Value)
	switch {
	case err == nil:
	case n.file.hidden[n.resolved()]:
		d.fail(n.expected(what))
	default:
		d.fail(n.Problem("expected %s, found %s: %v", what, n.describe(), err))
	}
}

// number refuses quoted numbers and spellings that only YAML reads as numbers.
func (d *decoder) number(n Node, what string, parse func(string) error) {
	if value, plain := n.plain(); !plain || parse(value) != nil {
		d.fail(n.expected(what))
	}
}

func (d *decoder) decodeMap(n Node, out reflect.Value) {
	out.Set(reflect.MakeMap(out.Type()))
	for key, value := range n.Entries(&d.problems) {
		element := reflect.New(out.Type().Elem()).Elem()
		d.decode(value, element)
		out.SetMapIndex(reflect.ValueOf(key.Value).Convert(out.Type().Key()), element)
	}
}

func (d *decoder) decodeStruct(n Node, out reflect.Value) {
	fields := map[string]field{}
	var names []string
	collect(out, fields, &names)
	given := map[string]bool{}
	for key, value := range n.Entries(&d.problems) {
		f, ok := fields[key.Value]
		if !ok {
			d.fail(n.file.Problem(key, "unknown key `%s`; %s", key, Suggest(key.Value, names)))
			continue
		}
		given[key.Value] = true
		d.decode(value, f.value)
	}
	for _, name := range names {
		if n.IsMap() && fields[name].required && !given[name] {
			d.fail(n.Problem("key `%s` is missing", name))
		}
	}
}

type field struct {
	value    reflect.Value
	required bool
	doc      string
}

// collect lists the keys of a struct and of the structs inlined in it.
func collect(out reflect.Value, fields map[string]field, names *[]string) {
	for i := range out.NumField() {
		info := out.Type().Field(i)
		name, options, _ := strings.Cut(info.Tag.Get("yaml"), ",")
		has := func(option string) bool { return slices.Contains(strings.Split(options, ","), option) }
		switch {
		case has("inline"):
			collect(out.Field(i), fields, names)
			continue
		case name == "-" || !info.IsExported():
			continue
		case name == "":
			name = strings.ToLower(info.Name)
		}
		fields[name] = field{value: out.Field(i), required: has("required"), doc: info.Tag.Get("doc")}
		*names = append(*names, name)
	}
}
