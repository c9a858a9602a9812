package flagvalue

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/fleet"
	"github.com/lamina-oci/lamina/oci/lock"
)

// Size is a number of bytes on the command line.
type Size int64

func (f *Size) Type() string { return "size" }

func (f *Size) String() string {
	if *f == 0 {
		return "" // not shown as a default
	}
	return strconv.FormatInt(int64(*f), 10)
}

func (f *Size) Set(text string) error {
	n, err := parseSize(text)
	*f = Size(n)
	return err
}

// parseSize reads bytes as people write them: 1000000, 500MB, 1.5 GiB. Units are those of
// SI with powers of 1000 and those of IEC with powers of 1024, in any case. A mere M or G
// is refused, since programs differ in what it means.
func parseSize(text string) (int64, error) {
	number := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	unit := map[string]float64{
		"": 1, "b": 1,
		"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
		"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
	}[strings.ToLower(text[len(number):])]
	number = strings.TrimRight(number, " ")
	value, err := strconv.ParseFloat(number, 64)
	// ParseFloat takes more than people write.
	if err != nil || unit == 0 || strings.Trim(number, "0123456789.") != "" {
		return 0, errors.New("want bytes, or a number with kB, MB, GB, TB, KiB, MiB, GiB or TiB")
	}
	switch bytes := value * unit; {
	case bytes < 1:
		return 0, errors.New("want more than nothing; --all removes everything")
	case bytes >= math.MaxInt64:
		return 0, errors.New("it is too large")
	default:
		return int64(bytes), nil
	}
}

// Age is a span of time on the command line.
type Age time.Duration

func (f *Age) Type() string { return "time" }

func (f *Age) String() string {
	if *f == 0 {
		return "" // not shown as a default
	}
	return time.Duration(*f).String()
}

func (f *Age) Set(text string) error {
	d, err := parseAge(text)
	*f = Age(d)
	return err
}

// parseAge reads a duration as Go has them, which may begin with days: 30d, 1d12h, 72h.
func parseAge(text string) (time.Duration, error) {
	const day = 24 * time.Hour
	days, rest, hasDays := strings.Cut(text, "d")
	if !hasDays {
		days, rest = "0", text
	}
	n, err := strconv.ParseUint(days, 10, 31)
	age := time.Duration(0)
	if err == nil && (rest != "" || !hasDays) {
		age, err = time.ParseDuration(rest)
	}
	if err != nil || age < 0 {
		return 0, errors.New("want days, hours, minutes or seconds, such as 30d, 72h or 1d12h")
	}
	if n > uint64((math.MaxInt64-age)/day) {
		return 0, fmt.Errorf("it is longer than %d days", math.MaxInt64/day)
	}
	if age += time.Duration(n) * day; age == 0 {
		return 0, errors.New("want more than nothing; --all removes everything")
	}
	return age, nil
}

// Shard is the value of --shard.
type Shard struct{ fleet.Shard }

func (s *Shard) Type() string { return "I/N" }

func (s *Shard) Set(text string) (err error) {
	s.Shard, err = fleet.ParseShard(text)
	return err
}

// Upgrade is the value of --upgrade.
type Upgrade lock.Upgrade

func (u *Upgrade) String() string { return string(*u) }
func (u *Upgrade) Type() string   { return "WHICH" }

func (u *Upgrade) Set(text string) error {
	parsed, err := lock.ParseUpgrade(text)
	if err != nil { // the flag and its value are named already
		return errors.New("want none, named, all or available")
	}
	*u = Upgrade(parsed)
	return nil
}
