package estate

import (
	"fmt"
	"strconv"
)

// hosts hands out host ids and counts those that devices are made from.
type hosts struct {
	recent [64]host
	made   int // different hosts so far
	known  int // of these, real ones
	nobody int // 1 once the default address is in use
}

type host struct{ kind, id string }

// fresh returns a host that no other row has: the last eight digits are a
// bijection of the count.
func (h *hosts) fresh(d *dice) host {
	h.made++
	h.known++
	low := uint32(h.made) * 2654435761
	made := host{"MAC", fmt.Sprintf("%04x%08x", 0x0200|d.n(0xff), low)}
	switch d.weighted(80, 12, 8) {
	case 1:
		made = host{"DISKSN", fmt.Sprintf("wd-%08x", low)}
	case 2:
		made = host{"HOSTNAME", fmt.Sprintf("srv-%08x", low)}
	}
	h.recent[h.made%len(h.recent)] = made
	return made
}

// clone returns the host of another customer, or the address that an adapter
// without one reports.
func (h *hosts) clone(d *dice) host {
	if d.chance(0.1) || h.made == 0 {
		h.nobody = 1
		return host{"MAC", "000000000000"}
	}
	return h.recent[(h.made-d.n(min(h.made, len(h.recent))))%len(h.recent)]
}

// activate writes the activations of one license.
func (g *licdb) activate(d *dice, o *order, l *line, row *license, verdict outcome) {
	if l.acts == 0 {
		return
	}
	seats, _ := row.qty.(int)
	seats = min(max(seats, 1), 5000)
	acts := min(l.acts, seats)
	for i := range acts {
		count := (seats + l.over) / acts
		if i == 0 {
			count += (seats + l.over) % acts
		}
		on := l.start + day(d.n(60))
		var back any
		status := "A"
		if l.over == 0 && d.chance(0.12) {
			back, status = on+day(30+d.n(300)), "R"
		}
		h := g.hosts.fresh
		if !o.golden && g.noise.hits(d, "D71", o.cluster) {
			h = g.hosts.clone
			g.spoil("D71", "activation", g.activations+1, "host_id", "", "")
		}
		g.writeActivation(d, row.id, h(d), count, on, back, status)
		g.expect.activated.add(verdict, 1)
	}
}

func (g *licdb) writeActivation(d *dice, license int, h host, count int, on day, back any, status string) {
	g.activations++
	os := pick(d, []string{"Windows 10", "Windows 11", "WIN2019", "Ubuntu 22.04", "RHEL8", "macOS"})
	var id, kind any = h.id, h.kind
	if h.id == "" {
		id, kind = nil, nil
	}
	g.sink.add("activation", g.activations, license, id, kind, os, count, on, back, status)
}

// orphanActivations are left over from licenses that were deleted.
func (g *licdb) orphanActivations() {
	d := newDice(g.seed, "orphan", 0)
	for range int(float64(g.activations) * g.noise.rates["D61"]) {
		license := 90000000 + d.n(100000)
		g.writeActivation(d, license, g.hosts.fresh(d), 1, date(2010, 1, 1)+day(d.n(2000)), nil, "A")
		g.expect.activated.add(archived, 1)
		g.spoil("D61", "activation", g.activations, "lic_id", "", strconv.Itoa(license))
	}
}
