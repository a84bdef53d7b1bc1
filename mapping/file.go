package mapping

import (
	"fmt"
	"strings"

	"crosswalk/internal/yamlfile"
	"crosswalk/record"
)

// definition is a mapping file as it is written.
type definition struct {
	Mapping    yamlfile.Text               `yaml:"mapping,required" doc:"The name of the mapping, unique in the workspace."`
	Source     sourceDef                   `yaml:"source,required" doc:"Where rows come from."`
	Target     targetDef                   `yaml:"target,required" doc:"The table that is filled: one of the hub, or of another system."`
	After      []yamlfile.Text             `yaml:"after" doc:"Mappings to the same system whose rows must stand first, such as parents; deletes go the other way round."`
	Entity     yamlfile.Text               `yaml:"entity" doc:"What the source calls the things that its rows are, as references name them; the source table by default."`
	Key        []yamlfile.Text             `yaml:"key,required" doc:"The columns, or expressions, that identify a source row. A row in which one is null or empty has no key and is rejected."`
	Line       yamlfile.Text               `yaml:"line" doc:"An expression for the code of the product line that a row belongs to. Rows of other lines are excluded."`
	Lookups    yamlfile.Map[lookupDef]     `yaml:"lookups" doc:"Look-up tables, by the name that lookup('name', key) uses."`
	Let        yamlfile.Map[yamlfile.Text] `yaml:"let" doc:"Named expressions that later expressions can use."`
	Fields     yamlfile.Map[fieldDef]      `yaml:"fields,required" doc:"For each column of the target, what fills it."`
	Rules      []ruleDef                   `yaml:"rules" doc:"Conditions that set rows aside. The first that holds decides; null counts as false."`
	Duplicates duplicatesDef               `yaml:"duplicates" doc:"What becomes of different rows that share a key. Equal rows are merged in any case."`
}

type sourceDef struct {
	System yamlfile.Text `yaml:"system,required" doc:"A system of the workspace."`
	Table  yamlfile.Text `yaml:"table" doc:"A table, sheet or file of the system."`
	Query  yamlfile.Text `yaml:"query" doc:"SQL instead of a table; needs entity."`
}

type lookupDef struct {
	File  yamlfile.Text `yaml:"file,required" doc:"A CSV file with a header, relative to the workspace."`
	Key   textList      `yaml:"key,required" doc:"The column, or list of columns, that is looked up. No key may stand there twice."`
	Value yamlfile.Text `yaml:"value,required" doc:"The column of the answer."`
}

// targetDef is a table of the hub, or more about one of another system.
type targetDef struct {
	System yamlfile.Text `yaml:"system,required" doc:"A system of the workspace that can be written."`
	Table  yamlfile.Text `yaml:"table,required" doc:"A table of the system."`
	Line   yamlfile.Text `yaml:"line" doc:"The column that says which product line a row belongs to. Only rows of the line are compared, and may be deleted."`
	Extra  extraDef      `yaml:"extra" doc:"ignore: rows that only the target has are nobody's business, neither reported nor deleted."`
}

func (t *targetDef) DecodeYAML(n yamlfile.Node) error {
	if !n.IsMap() {
		return n.Decode(&t.Table)
	}
	if err := n.Decode((*fullTarget)(t)); err != nil {
		return err
	}
	if t.System.Value == Hub && (t.Line.Value != "" || t.Extra) {
		return n.Problem("of a table of the hub give only the name: `target: %s`", t.Table)
	}
	return nil
}

// fullTarget is the long form of targetDef.
type fullTarget targetDef

// YAMLForms implements yamlfile.Former.
func (*targetDef) YAMLForms() []any { return []any{yamlfile.Text{}, fullTarget{}} }

func (t *targetDef) target() Target {
	system := t.System.Value
	if system == "" {
		system = Hub
	}
	return Target{System: system, Table: t.Table.Value, Line: t.Line.Value, IgnoreExtra: bool(t.Extra)}
}

// extraDef says what rows are that only the target has: true to ignore them.
type extraDef bool

func (e *extraDef) DecodeYAML(n yamlfile.Node) error {
	if n.Text().Value != "ignore" {
		return n.Problem("expected ignore, found %q", n.Text())
	}
	*e = true
	return nil
}

// YAMLForms implements yamlfile.Former.
func (*extraDef) YAMLForms() []any { return []any{yamlfile.Enum{"ignore"}} }

// textList is one text or a list of them.
type textList []yamlfile.Text

func (l *textList) DecodeYAML(n yamlfile.Node) error {
	if n.IsScalar() {
		*l = make(textList, 1)
		return n.Decode(&(*l)[0])
	}
	return n.Decode((*[]yamlfile.Text)(l))
}

// YAMLForms implements yamlfile.Former.
func (*textList) YAMLForms() []any { return []any{yamlfile.Text{}, []yamlfile.Text{}} }

// fieldDef is an expression, or more about a field.
type fieldDef struct {
	Value       yamlfile.Text   `yaml:"value" doc:"An expression."`
	Ref         yamlfile.Text   `yaml:"ref" doc:"The entity, or system/entity, of the row that the field refers to."`
	Key         []yamlfile.Text `yaml:"key" doc:"Expressions for the source key of the row referred to. If one is null, the reference is null."`
	WhenMissing Outcome         `yaml:"when_missing" doc:"What becomes of the row if the row referred to is not carried; quarantine by default. With null the reference is left empty."`
	EndDate     endDateDef      `yaml:"end_date" doc:"The value is the end of a term: it becomes what an end date means to the target. With {zone: Europe/Berlin}, where a moment is the end."`
	Compare     compareDef      `yaml:"compare" doc:"How the field is compared, if not exactly; false for not at all."`
	Mask        bool            `yaml:"mask" doc:"Show the field only as a digest outside of the plan itself."`
}

func (f *fieldDef) DecodeYAML(n yamlfile.Node) error {
	if !n.IsMap() {
		return n.Decode(&f.Value)
	}
	if err := n.Decode((*fullField)(f)); err != nil {
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
	case isRef && f.EndDate.given:
		return n.Problem("`end_date` belongs to `value`")
	}
	return nil
}

// fullField is the long form of fieldDef.
type fullField fieldDef

// YAMLForms implements yamlfile.Former.
func (*fieldDef) YAMLForms() []any { return []any{yamlfile.Text{}, fullField{}} }

// YAMLForms implements yamlfile.Former.
func (*Outcome) YAMLForms() []any {
	return []any{yamlfile.Enum{"quarantine", "exclude", "archive", "reject", nil}}
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
	Exclude    yamlfile.Text `yaml:"exclude" doc:"The row does not belong in the target."`
	Archive    yamlfile.Text `yaml:"archive" doc:"The row is kept, but not in the target."`
	Quarantine yamlfile.Text `yaml:"quarantine" doc:"A person must decide about the row."`
	Reject     yamlfile.Text `yaml:"reject" doc:"The row cannot be right."`
	Because    yamlfile.Text `yaml:"because,required" doc:"The reason, with {expressions} in braces."`

	outcome Outcome
	when    yamlfile.Text
}

func (r *ruleDef) DecodeYAML(n yamlfile.Node) error {
	if err := n.Decode((*anyRule)(r)); err != nil {
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

// anyRule is a rule whose number of conditions is not checked.
type anyRule ruleDef

// YAMLForms implements yamlfile.Former.
func (*ruleDef) YAMLForms() []any { return []any{anyRule{}} }

// duplicatesDef says what becomes of different rows that share a key.
type duplicatesDef struct {
	Keep keepDef       `yaml:"keep,required" doc:"Which of them stays: the one with the greatest value."`
	By   yamlfile.Text `yaml:"by,required" doc:"An expression for the value."`
}

func (d *duplicatesDef) DecodeYAML(n yamlfile.Node) error {
	if n.IsScalar() && n.Text().Value == "quarantine" {
		return nil
	}
	if !n.IsMap() {
		return n.Problem("expected quarantine or {keep: max, by: expression}, found %q", n.Text())
	}
	return n.Decode((*keepingDef)(d))
}

// keepingDef is the long form of duplicatesDef.
type keepingDef duplicatesDef

// YAMLForms implements yamlfile.Former.
func (*duplicatesDef) YAMLForms() []any {
	return []any{yamlfile.Enum{"quarantine"}, keepingDef{}}
}

// keepDef is the one way to choose that there is.
type keepDef struct{}

func (*keepDef) DecodeYAML(n yamlfile.Node) error {
	if n.Text().Value != "max" {
		return n.Problem("expected max, found %q", n.Text())
	}
	return nil
}

// YAMLForms implements yamlfile.Former.
func (*keepDef) YAMLForms() []any { return []any{yamlfile.Enum{"max"}} }

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
	var p lossyDef
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

// lossyDef is the long form of compareDef.
type lossyDef struct {
	Trim        bool          `yaml:"trim" doc:"Compare texts without the white space at their ends."`
	Casefold    bool          `yaml:"casefold" doc:"Compare texts without regard to case."`
	NullEqEmpty bool          `yaml:"null_eq_empty" doc:"Take null and the empty text as the same."`
	Tolerance   yamlfile.Text `yaml:"tolerance" doc:"Numbers may differ by so much."`
}

// YAMLForms implements yamlfile.Former.
func (*compareDef) YAMLForms() []any { return []any{yamlfile.Enum{false}, lossyDef{}} }
