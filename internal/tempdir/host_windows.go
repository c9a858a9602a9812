package tempdir

import "os"

// host names the machine, whose locks end with their processes; "" if it is not known.
func host() string {
	name, _ := os.Hostname()
	return name
}
