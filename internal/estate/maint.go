package estate

// maintenance follows a perpetual license for some years.
func (g *licdb) maintenance(d *dice, o *order, l *line, license int) {
	start := l.start
	for range d.n(3) {
		end := start.term(12)
		g.writeMaintenance(d, o, "CD-MNT-1", license, start, end, excluded)
		start = end + 1
		if g.noise.hits(d, "D29", o.cluster) {
			start += lapse
			g.spoil("D29", "maint", g.maints, "start", "", "")
		}
	}
}

// lapse is how many days pass before somebody renews a maintenance that ended.
const lapse = 40

// support is sold with three licenses of Fleet in ten, for the same term. Only
// a license that is in order gets it.
func (g *licdb) support(o *order, l *line, license int, verdict outcome) {
	d := newDice(g.seed, "support", license)
	if !d.chance(0.3) {
		return
	}
	start := l.start
	if !o.golden && start+lapse < l.end && g.noise.hits(d, "D29", o.cluster) {
		start += lapse
		g.spoil("D29", "maint", g.maints+1, "start", l.start.String(), start.String())
	}
	g.writeMaintenance(d, o, "CF-SUP-1", license, start, l.end, verdict)
}

func (g *licdb) writeMaintenance(d *dice, o *order, sku string, license int, start, end day, verdict outcome) {
	g.maints++
	stored := any(end)
	if !o.golden && g.noise.hits(d, "D28", o.cluster) {
		stored = nil
		verdict = whether(verdict == migrated, quarantined, verdict)
		g.spoil("D28", "maint", g.maints, "end", end.String(), "")
	}
	g.sink.add("maint", g.maints, license, sku, start, stored, o.id)
	g.expect.maintenance.add(verdict, 1)
	g.expect.coverage.add(verdict, 1)
}
