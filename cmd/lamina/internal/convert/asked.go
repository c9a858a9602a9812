package convert

import (
	"context"
	"path"

	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/record"
)

// Asked is what the record beside an image says of its request: what else the layer has comes from packages and their scripts.
type Asked struct {
	Repositories []string
	Paths        []string // of files, and of directories that were copied with all that is in them
	Accounts     []string // names of users and groups
	Upgrade      string   // what else was upgraded, as a spec has it
	Keys         []string // names of public keys that the request trusted in addition to the base's own
	HasCommands  bool     // the request ran commands, whose files it does not name
	HasLocal     bool     // some repositories were directories, which a record does not name
}

// ReadAsked reads what the record beside an image says of its request; nil without one.
func ReadAsked(ctx context.Context, image *oci.Base) (*Asked, error) {
	store := image.Store()
	if store == nil {
		return nil, nil
	}
	referrers, err := oci.ListReferrers(ctx, store, image.Manifest.Digest, record.ProvenanceType)
	if err != nil {
		return nil, nil // a registry without referrers
	}
	statement, err := record.ReadStatement(ctx, store, referrers)
	if statement == nil || err != nil {
		return nil, err
	}
	request := &statement.Predicate.BuildDefinition.ExternalParameters
	asked := &Asked{HasCommands: len(request.Run) > 0, Upgrade: string(request.Upgrade)}
	for _, k := range request.Keys {
		asked.Keys = append(asked.Keys, k.Name)
	}
	for _, index := range statement.Predicate.BuildDefinition.InternalParameters.Lock.Indexes {
		if index.Repository == "" {
			asked.HasLocal = true
			continue
		}
		asked.Repositories = append(asked.Repositories, index.Repository)
	}
	for _, f := range request.AllFiles() {
		asked.Paths = append(asked.Paths, path.Join(f.Path, f.Name))
	}
	groups, users := request.Groups, request.Users
	for _, s := range request.Steps {
		groups, users = append(groups, s.Groups...), append(users, s.Users...)
		asked.HasCommands = asked.HasCommands || len(s.Run) > 0
	}
	for _, g := range groups {
		asked.Accounts = append(asked.Accounts, g.Name)
	}
	for _, u := range users {
		asked.Accounts = append(asked.Accounts, u.Name)
	}
	return asked, nil
}
