package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// datedEpoch is the SOURCE_DATE_EPOCH of images that have one.
const datedEpoch = "1700000000"

// TestVariations builds three images, the fixture, nginx of the corpus and one of packages in apk 3's own format, again and
// again while all that must not matter varies, and wants the bytes of the first
// build each time. Where the inputs come by another way, which the record beside
// the image tells, the image alone must be the same. Each build is a process of its
// own, with Go's random order of maps.
func TestVariations(t *testing.T) {
	s := newSite(t)
	for _, p := range []*product{s.fixture(), s.ownFormat(), s.corpus()} {
		t.Run(p.name, func(t *testing.T) {
			switch {
			case p.skip != "":
				t.Skip(p.skip)
			case testing.Short() && p.name == "corpus":
				t.Skip("with -short the fixture is enough")
			}
			server := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(p.directory, p.repository))))
			t.Cleanup(server.Close)
			p.server = p.keyword + server.URL

			p.first = s.attempt(t, p, "first").outcome()
			served := s.attempt(t, p, "served")
			served.overHTTP()
			p.served = served.outcome()
			atEpoch := s.attempt(t, p, "dated")
			atEpoch.env["SOURCE_DATE_EPOCH"] = datedEpoch
			p.dated = atEpoch.outcome()
			if p.served.digest != p.first.digest {
				t.Errorf("the manifest is %s with the repository over http, %s with a folder", p.served.digest, p.first.digest)
			}
			if p.dated.digest == p.first.digest {
				t.Errorf("the manifest is %s with SOURCE_DATE_EPOCH and without it", p.first.digest)
			}
			for _, v := range variations() {
				// The other format of packages changes only how they are read.
				if (testing.Short() || p.name == "own format") && v.when&short == 0 {
					continue
				}
				t.Run(v.name, func(t *testing.T) {
					t.Parallel()
					a := s.attempt(t, p, v.name)
					a.want = &p.first
					v.vary(a)
					a.check()
				})
				if v.when&dated == 0 || testing.Short() {
					continue
				}
				t.Run("SOURCE_DATE_EPOCH, "+v.name, func(t *testing.T) {
					t.Parallel()
					a := s.attempt(t, p, "dated "+v.name)
					a.want = &p.dated
					a.env["SOURCE_DATE_EPOCH"] = datedEpoch
					v.vary(a)
					a.check()
				})
			}
		})
	}
}

// variation is a way in which a build differs from the first one.
type variation struct {
	name string
	when when
	vary func(*attempt)
}

// when lists the additional runs in which a variation is tried.
type when uint8

const (
	short when = 1 << iota // with -short
	dated                  // with SOURCE_DATE_EPOCH too
)

func variations() []variation {
	return slices.Concat(machineVariations(), pathVariations(), sourceVariations(), programVariations())
}

// env varies nothing but variables; "NAME" alone unsets one.
func env(assignments ...string) func(*attempt) {
	return func(a *attempt) {
		for _, assignment := range assignments {
			if name, value, ok := strings.Cut(assignment, "="); ok {
				a.env[name] = value
			} else {
				delete(a.env, assignment)
			}
		}
	}
}

// both varies two things at once.
func both(vary ...func(*attempt)) func(*attempt) {
	return func(a *attempt) {
		for _, f := range vary {
			f(a)
		}
	}
}

// machineVariations are about where and as whom the program runs.
func machineVariations() []variation {
	return []variation{
		{"one processor", short | dated, env("GOMAXPROCS=1")},
		{"two processors", 0, env("GOMAXPROCS=2")},
		{"three processors", 0, env("GOMAXPROCS=3")},
		{"eight processors", short | dated, env("GOMAXPROCS=8")},
		{"garbage collected at all times", 0, env("GOGC=1")},
		{"little memory", 0, env("GOGC=off", "GOMEMLIMIT=30MiB")},
		{"few open files", 0, both(env("GOMAXPROCS=4"), (*attempt).fewFiles)},
		{"nobody", short | dated, (*attempt).asNobody},
		{"umask 000", 0, func(a *attempt) { a.withUmask("000") }},
		{"umask 077", 0, func(a *attempt) { a.withUmask("077") }},
		{"nobody with umask 077", 0, func(a *attempt) { a.asNobody(); a.withUmask("077") }},
		{"time zone", dated, env("TZ=Pacific/Kiritimati")},
		{"time zone in POSIX form", dated, env("TZ=XXX+11:45")},
		{"time zone that there is not", 0, env("TZ=:/nowhere")},
		{"Turkish", 0, env("LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8")},
		{"C locale", 0, env("LANG=C", "LC_ALL=C")},
		{"locale that there is not", 0, env("LANG=xx_XX@euro", "LC_ALL=xx_XX@euro")},
		{"no home", 0, env("HOME", "XDG_CACHE_HOME")},
		{"no home, over http", 0, both((*attempt).overHTTP, env("HOME", "XDG_CACHE_HOME"))},
		{"host name", 0, (*attempt).onOtherHost},
		{"empty SOURCE_DATE_EPOCH", 0, env("SOURCE_DATE_EPOCH=")},
	}
}

// pathVariations are about where things lie and what the file system says of them.
func pathVariations() []variation {
	day := func(year int) time.Time { return time.Date(year, 2, 3, 4, 5, 6, 789, time.UTC) }
	return []variation{
		{"working directory", 0, func(a *attempt) { a.dir = filepath.VolumeName(a.dir) + string(filepath.Separator) }},
		{"relative paths", 0, func(a *attempt) {
			a.move("project", copying{})
			a.dir, a.directory, a.output = a.directory, "", "a/b"
		}},
		{"paths of the spec", dated, func(a *attempt) {
			if !a.complete {
				a.Skip("the spec leaves base and repository open")
			}
			a.specAlone = true
		}},
		{"inputs elsewhere", 0, func(a *attempt) { a.move("Über den Wolken/数 100%20 #1", copying{}) }},
		{"output elsewhere", 0, func(a *attempt) { a.output = a.under("a b/été/out put") }},
		{"inputs by a link", 0, (*attempt).throughLink},
		{"files in another order", 0, func(a *attempt) { a.move("reversed", copying{reversed: true}) }},
		{"another file system", 0, (*attempt).onOtherFileSystem},
		{"old inputs", dated, func(a *attempt) { a.move("old", copying{time: day(1981)}) }},
		{"inputs from the future", 0, func(a *attempt) { a.move("new", copying{time: day(2107)}) }},
		{"private inputs", 0, func(a *attempt) { a.move("private", copying{mode: 0o600}) }},
		{"inputs that all may write", 0, func(a *attempt) { a.move("writable", copying{mode: 0o666}) }},
		{"same output again", 0, func(a *attempt) { a.build() }},
		{"output that has another image", 0, func(a *attempt) {
			a.want = a.want.imageOnly()
			a.env["SOURCE_DATE_EPOCH"] = "1"
			a.lamina(append(a.args("build"), "-o", "oci:"+a.output+":other")...)
			delete(a.env, "SOURCE_DATE_EPOCH")
		}},
		{"two builds at once", 0, func(a *attempt) {
			a.overHTTP()
			var group sync.WaitGroup
			other := *a
			group.Go(func() {
				if digest, err := other.try(); err != nil || digest != a.want.digest {
					a.Errorf("the other build gives %s, %v; want %s", digest, err, a.want.digest)
				}
			})
			a.Cleanup(group.Wait)
			if digest := a.build(); digest != a.want.digest {
				a.Errorf("this build gives %s, want %s", digest, a.want.digest)
			}
			group.Wait()
		}},
		{"archive", 0, func(a *attempt) {
			a.want, a.transport = a.want.imageOnly(), "oci-archive:"
		}},
	}
}

// sourceVariations are about where base, packages and their choice come from.
func sourceVariations() []variation {
	return []variation{
		{"cold cache", 0, (*attempt).overHTTP},
		{"warm cache", 0, func(a *attempt) { a.overHTTP(); a.build() }},
		{"cache alone", 0, func(a *attempt) { a.overHTTP(); a.build(); a.flags = append(a.flags, "--offline") }},
		{"half-damaged cache", short | dated, func(a *attempt) {
			a.overHTTP()
			a.build()
			whole := a.files(a.env["XDG_CACHE_HOME"])
			a.damage(a.env["XDG_CACHE_HOME"])
			if digest := a.build(); digest != a.want.digest {
				a.Errorf("the manifest is %s, want %s", digest, a.want.digest)
			}
			if diff := cmp.Diff(whole, a.files(a.env["XDG_CACHE_HOME"])); diff != "" {
				a.Errorf("the cache was not mended (-before +after):\n%s", diff)
			}
		}},
		{"base in a layout", short, func(a *attempt) { a.base = "oci:" + a.baseLayout() + ":base" }},
		{"base in an archive", 0, func(a *attempt) {
			archive := a.under("base.tar")
			a.tar(a.baseLayout(), archive)
			a.base = "oci-archive:" + archive + ":base"
		}},
		{"locked", short, func(a *attempt) {
			a.want = a.want.imageOnly()
			a.move("locked", copying{})
			a.lamina(a.args("lock")...)
			a.remove(a.at(a.repository), a.index)
		}},
		{"locked, over http", dated, func(a *attempt) {
			a.want = a.want.imageOnly()
			a.move("locked", copying{})
			a.lamina(a.args("lock")...)
			a.overHTTP()
		}},
		{"vendored", 0, func(a *attempt) {
			a.want = a.want.imageOnly()
			a.move("vendored", copying{})
			a.lamina(append(a.args("lock"), "--vendor", a.at("packages"))...)
			a.remove(a.at(a.repository), "")
			a.flags = append(a.flags, "--offline")
		}},
	}
}

// programVariations are about how the program was made. What they build is in Go's
// cache from the second time on.
func programVariations() []variation {
	return []variation{
		{"as released", 0, func(a *attempt) { a.program = a.compiled("", "-ldflags=-s -w") }},
		// klauspost/compress without its assembly, as other processors have it.
		{"without assembly", 0, func(a *attempt) { a.program = a.compiled("", "-tags=noasm") }},
		{"32 bits", 0, (*attempt).on32Bits},
		{"another clock", dated, (*attempt).withOtherClock},
	}
}

// TestBadSourceDateEpoch: one that is no number of seconds is an error, never ignored.
func TestBadSourceDateEpoch(t *testing.T) {
	for _, value := range []string{"yesterday", "-1", "1.5", "1e9", "0x10", " 1", "1700000000s", "99999999999999999999"} {
		t.Run(value, func(t *testing.T) {
			b := newBench(t)
			t.Setenv("SOURCE_DATE_EPOCH", value)
			code, stdout, stderr := b.lamina("build", "--base", "rootfs:base.tar.gz", "--repository", "repo", "-o", "oci:new:latest", "nginx")
			if want := "lamina: SOURCE_DATE_EPOCH is \"" + value + "\""; code != 1 || stdout != "" || !strings.HasPrefix(stderr, want) {
				t.Errorf("exit code %d, stdout %q, stderr %q; want 1, nothing, %q", code, stdout, stderr, want)
			}
			if _, err := os.Stat("new"); err == nil {
				t.Error("there is an output")
			}
		})
	}
}

// TestPlatformsTogether: an image is the same built alone and together with another
// platform's, and so is the index of both for any number of processors.
func TestPlatformsTogether(t *testing.T) {
	s := newSite(t)
	p := s.fixture()
	both := []string{"--platform", "linux/amd64", "--platform", "linux/arm64"}
	build := func(name string, processors string, flags ...string) *attempt {
		a := s.attempt(t, p, name)
		a.env["GOMAXPROCS"], a.base, a.flags = processors, "rootfs:"+a.at("base-${APK_ARCH}.tar.gz"), flags
		return a
	}
	first := build("together", "1", both...).outcome()
	for _, processors := range []string{"2", "8"} {
		a := build("together again on "+processors, processors, both...)
		a.want = &first
		a.check()
	}
	turned := build("other order", "2", "--platform", "linux/arm64", "--platform", "linux/amd64").outcome()
	for _, platform := range []string{"linux/amd64", "linux/arm64"} {
		alone := build("alone "+strings.ReplaceAll(platform, "/", "-"), "2", "--platform", platform).outcome()
		for name, layout := range map[string]string{"together": first.layout, "together in another order": turned.layout} {
			if got := manifestOf(t, layout, platform); got != alone.digest {
				t.Errorf("%s: built alone the manifest is %s, %s it is %s", platform, alone.digest, name, got)
			}
		}
	}
}
