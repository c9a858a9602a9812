package spec

import _ "embed"

// Schema describes the spec file for editors, in JSON Schema 2020-12.
//
//go:embed schema.json
var Schema string
