package busybox

import (
	"path"
	"strings"
	"time"
)

// maxZone bounds the file of a time zone, in bytes. Those of tzdata have at most 4 KiB.
const maxZone = 64 << 10

// zone returns the time zone of local times as musl finds it (src/time/__tz.c): in TZ, which names a file of tzdata, or else in
// /etc/localtime. It is UTC without the file.
// It is not inlined, which saves space.
//
//go:noinline
func (c *Call) zone() (zone *time.Location, err error) {
	if c.local == nil {
		c.local, err = c.readZone()
	}
	return c.local, err
}

func (c *Call) readZone() (*time.Location, error) {
	name, isSet := c.Environment()["TZ"]
	var files []string
	switch own := strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"); {
	case !isSet:
		files = []string{"etc/localtime"}
	case name == "" || name == "UTC" || name == "UTC0":
		return time.UTC, nil
	case name == "GMT" || name == "GMT0":
		return time.FixedZone("GMT", 0), nil
	case own != "" && strings.IndexByte("+-0123456789", own[0]) >= 0 || name[0] == '<':
		return nil, c.Unsupported(c.Line, "%s with TZ=%s is not supported: only names of time zones are", c.Args[0], name)
	default:
		name = strings.TrimPrefix(name, ":")
		for _, dir := range [...]string{"usr/share/zoneinfo", "share/zoneinfo", "etc/zoneinfo"} {
			files = append(files, path.Join(dir, name))
		}
		if strings.HasPrefix(name, "/") {
			files = []string{path.Clean(name)[1:]}
		} else if strings.Contains(name, ".") {
			files = nil
		}
	}
	for _, file := range files {
		content, err := c.Tree.ReadFile(file, maxZone)
		if err != nil {
			continue
		}
		if err := c.received(len(content)); err != nil {
			return nil, err
		}
		if !strings.HasPrefix(string(content), "TZif") {
			break
		}
		location, err := time.LoadLocationFromTZData("", content)
		if err != nil {
			return nil, c.Unsupported(c.Line, "%s: the time zone in /%s is not supported", c.Args[0], file)
		}
		return location, nil
	}
	if isSet && !strings.Contains(name, "/") {
		return nil, c.Unsupported(c.Line, "%s with TZ=%s is not supported without tzdata", c.Args[0], name) // versions of musl differ
	}
	return time.UTC, nil
}
