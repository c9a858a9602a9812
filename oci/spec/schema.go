package spec

import _ "embed"

// specSchema describes spec for editors, by JSON Schema 2020-12.
//
//go:embed schema.json
var Schema string
