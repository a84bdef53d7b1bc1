package connectors

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Config is the settings of one kind of connector: a plain struct with yaml
// tags, as a workspace file spells them.
type Config interface {
	// Validate names the setting at fault and what is expected.
	Validate() error
}

// Decode fills a Config from wherever the settings stand.
type Decode func(into any) error

// Registry knows how to open each kind of connector. There is no global one:
// package all makes it, and main passes it on. The zero Registry is empty.
type Registry struct {
	kinds map[string]kind
}

type kind struct {
	open  func(context.Context, Decode) (Source, error)
	empty func() Config
}

// Register adds a kind of connector whose settings are a C.
// It panics if the name is taken, which is a programming error.
func Register[C Config, S Source](r *Registry, name string, open func(context.Context, C) (S, error)) {
	if _, taken := r.kinds[name]; taken {
		panic("connectors: " + name + " registered twice")
	}
	if r.kinds == nil {
		r.kinds = map[string]kind{}
	}
	r.kinds[name] = kind{
		empty: func() Config { var c C; return c },
		open: func(ctx context.Context, decode Decode) (Source, error) {
			var c C
			if err := decode(&c); err != nil {
				return nil, err
			}
			if err := c.Validate(); err != nil {
				return nil, err
			}
			s, err := open(ctx, c)
			if err != nil {
				return nil, err
			}
			return s, nil
		},
	}
}

// Open opens a connector of the named kind.
func (r *Registry) Open(ctx context.Context, name string, decode Decode) (Source, error) {
	k, ok := r.kinds[name]
	if !ok {
		return nil, fmt.Errorf("no kind of system is called %q; there are %s", name, strings.Join(r.Kinds(), ", "))
	}
	return k.open(ctx, decode)
}

// Kinds lists the kinds of connector, sorted.
func (r *Registry) Kinds() []string { return slices.Sorted(maps.Keys(r.kinds)) }

// Settings returns the zero settings of a kind, from which an editor schema
// can be made; nil if there is no such kind.
func (r *Registry) Settings(name string) Config {
	if k, ok := r.kinds[name]; ok {
		return k.empty()
	}
	return nil
}
