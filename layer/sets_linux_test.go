package layer

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/stage"
)

// everything is what can be installed at once of the corpus.
const everything = `
alpine-base alpine-baselayout alpine-baselayout-data alpine-conf alpine-keys alpine-release apk-tools binutils bonding bridge
brotli-libs busybox busybox-binsh busybox-mdev-openrc busybox-openrc busybox-suid c-ares ca-certificates ca-certificates-bundle
chrony chrony-openrc coreutils coreutils-env coreutils-fmt coreutils-sha512sum dbus-libs dhcpcd dhcpcd-openrc doas dosfstools
e2fsprogs e2fsprogs-extra e2fsprogs-libs efibootmgr efivar-libs eudev eudev-dev eudev-libs eudev-openrc gdbm git gmp gnutls
gptfdisk grep hwdata-pci hwdata-usb ifupdown-ng ifupdown-ng-ppp ifupdown-ng-wifi ipmitool ipmitool-openrc isl26 iw jansson jq
kbd-bkeymaps kmod-libs libacl libatomic libattr libblkid libbsd libbz2 libc-dev libc-utils libcap2 libcom_err libcrypto3 libcurl
libedit libexpat libfdisk libffi libffi-dev libgcc libgfortran libgomp libidn2 libintl libmd libmount libncursesw libnl3 libpanelw
libpcap libquadmath libretls libseccomp libsmartcols libssl3 libstdc++ libstdc++-dev libtasn1 libunistring libusb libusb-dev
libuuid libxml2 linux-headers lsblk lshw make mdev-conf mount mpc1 mpdecimal mpfr4 musl musl-dev musl-utils ncurses-terminfo-base
netcat-openbsd nettle nghttp2-libs nginx nginx-openrc oniguruma openntpd openntpd-openrc openrc openssh openssh-client-common
openssh-client-default openssh-keygen openssh-server openssh-server-common openssh-server-common-openrc openssh-sftp-server openssl
p11-kit partx pciutils pciutils-libs pcre2 pcsc-lite-libs pkgconf popt ppp-atm ppp-chat ppp-daemon ppp-l2tp ppp-minconn ppp-openrc
ppp-passprompt ppp-passwordfd ppp-pppoe ppp-radius ppp-winbind pyc readline scanelf sfdisk sgdisk skalibs sqlite-libs ssl_client
tiny-cloud tiny-cloud-alpine tiny-cloud-nocloud tiny-cloud-openrc tzdata udev-init-scripts udev-init-scripts-openrc usb-modeswitch
usbutils utmps-libs wget wpa_supplicant wpa_supplicant-openrc xz-libs yaml yx zlib zlib-dev zstd zstd-dev zstd-libs
`

// referenceSets are what is installed both ways: together every package with a script or
// trigger, see TestSetsCoverScripts.
var referenceSets = []string{
	"jq", "nginx", "nginx openrc", "git", "coreutils", "openssh", "openssh openrc", "chrony", "chrony openrc",
	"dhcpcd", "dhcpcd openrc", "alpine-base", "tiny-cloud-nocloud", "tiny-cloud-alpine openrc", "doas", "busybox-suid", "eudev", "eudev openrc",
	"lsblk mount sfdisk partx", "wpa_supplicant openrc", "ppp-pppoe openrc", "openntpd openrc", "e2fsprogs-extra dosfstools", "wget ca-certificates",
	"libstdc++-dev binutils make", "ipmitool openrc", "tzdata", "ifupdown-ng ifupdown-ng-wifi", "usb-modeswitch usbutils", "!nginx jq", everything,
}

// TestStageLikeReference installs real packages both ways.
func TestStageLikeReference(t *testing.T) {
	for _, packages := range referenceSets {
		name := packages
		if packages == everything {
			name = "everything"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			likeReference(t, strings.Fields(packages))
		})
	}
}

// TestStageWithoutScriptsLikeReference does so without their scripts.
func TestStageWithoutScriptsLikeReference(t *testing.T) {
	likeReference(t, strings.Fields(everything), "--no-scripts")
}

// TestRandomSetsLikeReference installs sets that nobody chose; in some of them, an older
// nginx is upgraded. LAMINA_RANDOM_SETS=FROM:TO
// chooses others.
func TestRandomSetsLikeReference(t *testing.T) {
	from, to := 0, 10
	if text := os.Getenv("LAMINA_RANDOM_SETS"); text != "" {
		if _, err := fmt.Sscanf(text, "%d:%d", &from, &to); err != nil {
			t.Fatalf("LAMINA_RANDOM_SETS=%s is not FROM:TO", text)
		}
	}
	names := strings.Fields(everything)
	for seed := from; seed < to; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(uint64(seed), 2))
			var packages []string
			for _, i := range random.Perm(len(names))[:5+random.IntN(21)] {
				packages = append(packages, names[i])
			}
			t.Log(packages)
			if seed%3 > 0 {
				likeReference(t, packages)
				return
			}
			packages = append(slices.DeleteFunc(packages, func(name string) bool { return name == "nginx" }), "nginx=1.22.1-r8")
			stepsLikeReference(t, []corpusStep{{"add", packages}, {"add", []string{"nginx>1.22.1-r8", names[random.IntN(len(names))]}},
				{"del", []string{"-" + packages[0], "-nginx"}}})
		})
	}
}

// TestSetsCoverScripts computes from the corpus which packages have scripts or
// triggers, and from the solver which of them the sets install.
func TestSetsCoverScripts(t *testing.T) {
	repo := apktest.OpenRepository(t, filepath.Join(apktest.Corpus(t), "repo"), apk.V2)
	missing := make(map[string]string)
	for _, p := range repo.Packages {
		if control := packageControl(t, repo, p); len(control.Scripts) > 0 {
			missing[p.Name] = fmt.Sprint(control.Scripts[0].Type)
		}
	}
	if len(missing) < 10 {
		t.Fatalf("only %d packages of the corpus have scripts", len(missing))
	}
	s, err := stage.New(apktest.BaseTree(t), stage.Options{Generation: apk.V2})
	check(t, err)
	for _, set := range referenceSets {
		question := solver.Request{Generation: apk.V2, World: s.World(), Installed: s.Installed(), Repositories: []solver.Repository{{Index: repo.Index}}}
		question.Add(apktest.Dependencies(t, strings.Fields(set)), 0)
		solution, err := solver.Solve(context.Background(), question)
		check(t, err)
		for _, c := range solution.Changes {
			if c.New != nil && c.Kind != solver.Unchanged {
				delete(missing, c.New.Name)
			}
		}
	}
	for _, p := range s.Installed().Packages { // whose triggers run in every set
		delete(missing, p.Name)
	}
	if len(missing) > 0 {
		t.Errorf("no set installs %v", slices.Sorted(maps.Keys(missing)))
	}
}

func packageControl(t *testing.T, repo *apktest.Repository, p *apk.Package) *apk.Control {
	t.Helper()
	f, err := os.Open(filepath.Join(repo.Dir, p.FileName()))
	check(t, err)
	defer f.Close()
	control, err := apk.NewPackageReader(f, apk.V2).Control()
	check(t, err)
	return control
}

var identityAndVersion = regexp.MustCompile(`(?m)^(C:Q1)...(.*\nP:(.*)\nV:).*$`)

// TestUpgradeScriptsLikeReference runs the upgrade scripts of the whole corpus: it
// installs everything, lets the database say that each package is an older one, upgrades and
// removes.
func TestUpgradeScriptsLikeReference(t *testing.T) {
	r, staged := newReference(t), apktest.BaseTree(t)
	dir := filepath.Join(apktest.Corpus(t), "repo")
	repo := apktest.OpenRepository(t, dir, apk.V2)
	began := time.Now()
	names := strings.Fields(everything)
	var scripted, gone []string
	for _, p := range repo.Packages {
		for _, script := range packageControl(t, repo, p).Scripts {
			if slices.Contains(names, p.Name) && (script.Type == apk.PreUpgrade || script.Type == apk.PostUpgrade) {
				scripted = append(scripted, p.Name)
			}
		}
	}
	slices.Sort(scripted)
	scripted = slices.Compact(scripted)
	for _, name := range names {
		if s, err := stage.New(staged, stage.Options{Generation: apk.V2}); err == nil && s.Installed().Find(name) == nil {
			gone = append(gone, "-"+name)
		}
	}
	run := func(command string, options, items []string) string {
		args := append([]string{"-X", dir, command}, options...)
		for _, item := range items {
			args = append(args, strings.TrimPrefix(item, "-"))
		}
		output := r.apk(t, args...)
		staged = buildLike(t, staged, began, output, items, repo)
		compareWithReference(t, r.root, staged, began)
		if t.Failed() {
			t.Fatalf("after %s:\n%s", command, output)
		}
		return output
	}
	run("add", nil, names)
	db, err := staged.ReadFile("lib/apk/db/installed", 1<<24)
	check(t, err)
	older := identityAndVersion.ReplaceAllStringFunc(string(db), func(record string) string {
		m := identityAndVersion.FindStringSubmatch(record)
		if !slices.Contains(scripted, m[3]) {
			return record
		}
		return m[1] + "AAA" + m[2] + "0-r0"
	})
	preparation{r.root, staged}.write(t, "lib/apk/db/installed", older)
	output := run("add", []string{"-u"}, scripted)
	for _, name := range scripted {
		if !strings.Contains(output, "Upgrading "+name+" (0-r0 -> ") {
			t.Errorf("%s is not upgraded:\n%s", name, output)
		}
	}
	run("del", nil, gone)
}
