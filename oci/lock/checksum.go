package lock

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/opencontainers/go-digest"
)

// checksum is that of what nothing else can be held against when the lock is used: what is done to which package, sizes of
// packages that stay, packages that apk makes up, transactions that failed, downloads. It finds damage, not forgery.
func (l *Lock) checksum() (digest.Digest, error) {
	var all []Platform
	for _, p := range l.Platforms {
		p = p.unheld()
		p.Stages = slices.Clone(p.Stages)
		for i := range p.Stages {
			p.Stages[i].Platform = p.Stages[i].unheld()
		}
		all = append(all, p)
	}
	text, err := json.Marshal(all)
	return digest.FromBytes(text), err
}

// unheld returns the entry without what is held against indexes and package files; its stages are as they are.
func (l *Platform) unheld() Platform {
	what := *l
	what.Indexes, what.Changes, what.Transactions = nil, unheldChanges(l.Changes), nil
	for _, t := range l.Transactions {
		t.Indexes, t.Changes = nil, unheldChanges(t.Changes)
		what.Transactions = append(what.Transactions, t)
	}
	return what
}

func unheldChanges(changes []Change) []Change {
	var out []Change
	for _, c := range changes {
		if c.brings() && !c.IsVirtual() {
			c.Size, c.Package = 0, nil
		}
		out = append(out, c)
	}
	return out
}

// checkChecksum holds the lock against its checksum, which those of old versions do not have, and takes that off.
func (l *Lock) checkChecksum() error {
	if l.Checksum == "" {
		return nil
	}
	if sum, err := l.checksum(); err != nil || sum != l.Checksum {
		return errors.Join(err, errors.New("does not match its checksum: it was altered"))
	}
	l.Checksum = ""
	return nil
}
