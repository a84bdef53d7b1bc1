package mapping

import (
	"fmt"
	"strings"

	"crosswalk/internal/yamlfile"
	"crosswalk/record"
)

// definition is a mapping file as it is written.
type definition struct {
	Mapping    yamlfile.Text               `yaml:"mapping,required"`
	Source     sourceDef                   `yaml:"source,required"`
	Target     yamlfile.Text               `yaml:"target,required"`
	Entity     yamlfile.Text               `yaml:"entity"`
	Key        []yamlfile.Text             `yaml:"key,required"`
	Line       yamlfile.Text               `yaml:"line"`
	Lookups    yamlfile.Map[lookupDef]     `yaml:"lookups"`
	Let        yamlfile.Map[yamlfile.Text] `yaml:"let"`
	Fields     yamlfile.Map[fieldDef]      `yaml:"fields,required"`
	Rules      []ruleDef                   `yaml:"rules"`
	Duplicates duplicatesDef               `yaml:"duplicates"`
}

type sourceDef struct {
	System yamlfile.Text `yaml:"system,required"`
	Table  yamlfile.Text `yaml:"table"`
	Query  yamlfile.Text `yaml:"query"`
}

type lookupDef struct {
	File  yamlfile.Text `yaml:"file,required"`
	Key   textList      `yaml:"key,required"`
	Value yamlfile.Text `yaml:"value,required"`
}

// textList is one text or a list of them.
type textList []yamlfile.Text

func (l *textList) DecodeYAML(n yamlfile.Node) error {
	if n.IsScalar() {
		*l = make(textList, 1)
		return n.Decode(&(*l)[0])
	}
	return n.Decode((*[]yamlfile.Text)(l))
}

// fieldDef is an expression, or more about a field.
type fieldDef struct {
	Value       yamlfile.Text   `yaml:"value"`
	Ref         yamlfile.Text   `yaml:"ref"`
	Key         []yamlfile.Text `yaml:"key"`
	WhenMissing Outcome         `yaml:"when_missing"`
	Compare     compareDef      `yaml:"compare"`
	Mask        bool            `yaml:"mask"`
}

func (f *fieldDef) DecodeYAML(n yamlfile.Node) error {
	if !n.IsMap() {
		return n.Decode(&f.Value)
	}
	type plain fieldDef
	if err := n.Decode((*plain)(f)); err != nil {
		return err
	}
	isRef := f.Ref.Value != ""
	switch {
	case isRef == (f.Value.Value != ""):
		return n.Problem("give `value`, an expression, or `ref`, the entity referred to, and one of them only")
	case isRef != (len(f.Key) > 0):
		return n.Problem("`ref` and `key` belong together: the entity, and the key of the row referred to")
	case !isRef && f.WhenMissing != "":
		return n.Problem("`when_missing` belongs to `ref`")
	}
	return nil
}

// DecodeYAML reads the verbs that mapping files use for outcomes.
func (o *Outcome) DecodeYAML(n yamlfile.Node) error {
	verb := n.Text().Value
	outcome, ok := verbs[verb]
	if n.IsNull() && verb != "" {
		outcome, ok = Null, true
	}
	if !ok {
		return n.Problem("expected quarantine, exclude, archive, reject or null, found %q", verb)
	}
	*o = outcome
	return nil
}

var verbs = map[string]Outcome{"quarantine": Quarantined, "exclude": Excluded, "archive": Archived, "reject": Rejected}

// ruleDef is one condition under which rows are set aside.
type ruleDef struct {
	Exclude    yamlfile.Text `yaml:"exclude"`
	Archive    yamlfile.Text `yaml:"archive"`
	Quarantine yamlfile.Text `yaml:"quarantine"`
	Reject     yamlfile.Text `yaml:"reject"`
	Because    yamlfile.Text `yaml:"because,required"`

	outcome Outcome
	when    yamlfile.Text
}

func (r *ruleDef) DecodeYAML(n yamlfile.Node) error {
	type plain ruleDef
	if err := n.Decode((*plain)(r)); err != nil {
		return err
	}
	for _, c := range []struct {
		outcome Outcome
		when    yamlfile.Text
	}{{Excluded, r.Exclude}, {Archived, r.Archive}, {Quarantined, r.Quarantine}, {Rejected, r.Reject}} {
		switch {
		case c.when.Line == 0:
		case r.outcome != "":
			return n.Problem("a rule does one thing: exclude, archive, quarantine or reject")
		default:
			r.outcome, r.when = c.outcome, c.when
		}
	}
	if r.outcome == "" {
		return n.Problem("a rule has a condition: exclude, archive, quarantine or reject")
	}
	return nil
}

// duplicatesDef says what becomes of different rows that share a key.
type duplicatesDef struct {
	Keep yamlfile.Text `yaml:"keep,required"`
	By   yamlfile.Text `yaml:"by,required"`
}

func (d *duplicatesDef) DecodeYAML(n yamlfile.Node) error {
	if n.IsScalar() && n.Text().Value == "quarantine" {
		return nil
	}
	if !n.IsMap() {
		return fmt.Errorf("expected quarantine or {keep: max, by: expression}, found %q", n.Text())
	}
	type plain duplicatesDef
	if err := n.Decode((*plain)(d)); err != nil {
		return err
	}
	if d.Keep.Value != "max" {
		return fmt.Errorf("expected keep: max, found %q", d.Keep)
	}
	return nil
}

// compareDef says how a field is compared, if not exactly.
type compareDef struct {
	never bool
	lossy Lossy
	at    yamlfile.Text
}

func (c *compareDef) DecodeYAML(n yamlfile.Node) error {
	c.at = n.Text()
	if !n.IsMap() {
		if n.Text().Value != "false" {
			return fmt.Errorf("expected false or {trim, casefold, null_eq_empty, tolerance}, found %q", n.Text())
		}
		c.never = true
		return nil
	}
	type plain struct {
		Trim        bool          `yaml:"trim"`
		Casefold    bool          `yaml:"casefold"`
		NullEqEmpty bool          `yaml:"null_eq_empty"`
		Tolerance   yamlfile.Text `yaml:"tolerance"`
	}
	var p plain
	if err := n.Decode(&p); err != nil {
		return err
	}
	c.lossy = Lossy{Trim: p.Trim, Casefold: p.Casefold, NullEqEmpty: p.NullEqEmpty}
	if p.Tolerance.Line == 0 {
		return nil
	}
	v, err := record.ParseDecimal(p.Tolerance.Value)
	if err != nil || strings.HasPrefix(v.String(), "-") {
		return fmt.Errorf("expected a tolerance such as 0.01, found %q", p.Tolerance)
	}
	c.lossy.Tolerance = v
	return nil
}
