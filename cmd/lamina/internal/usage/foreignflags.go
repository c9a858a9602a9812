package usage

const (
	noContainer = "leave it out: nothing runs in a container"
	isAlways    = "leave it out: it is always so"
	isAsked     = "leave it out: a registry is asked each time what a tag stands for, unless there is a lock"
)

// ForeignFlag returns what to give to build in place of a flag that docker, buildx, buildah, kaniko or apko has; "" for any other flag.
func ForeignFlag(name string) (remedy string) { return foreignFlags[name] }

// foreignFlags say what to give to build in place of flags that docker, buildx, buildah, kaniko and apko have. docs/moving.md has a table
// for people.
var foreignFlags = map[string]string{
	"push":          "leave it out: -t NAME uploads the image",
	"load":          "write a file, -o docker-archive:FILE:NAME, and give it to docker load",
	"pull":          isAsked,
	"pull-always":   isAsked,
	"secret":        "leave it out, and COPY what needs it from a directory: programs do not run, so nothing could use a secret",
	"ssh":           "leave it out, and COPY what needs it from a directory: programs do not run, so nothing could use an agent",
	"network":       "leave it out; --offline uses no network",
	"annotation":    "write annotations into a spec, which lamina convert makes of a Dockerfile",
	"attest":        "leave it out: a record goes beside an image with a tag (--provenance); --sbom spdx adds an SBOM",
	"tls-verify":    "leave it out; --plain-http is for registries without https",
	"creds":         "log in with docker login or podman login, or set LAMINA_LOGIN_HOST",
	"authfile":      "set REGISTRY_AUTH_FILE to the file",
	"layers":        "leave it out: the image has one layer more than the base",
	"squash":        isAlways,
	"timestamp":     "set SOURCE_DATE_EPOCH",
	"format":        "leave it out: images are OCI's; -o docker-archive:FILE:NAME writes an archive for docker",
	"os":            "give --platform OS/ARCH",
	"arch":          "give --platform OS/ARCH",
	"rm":            noContainer,
	"force-rm":      noContainer,
	"add-host":      noContainer,
	"allow":         noContainer,
	"builder":       noContainer,
	"cap-add":       noContainer,
	"cap-drop":      noContainer,
	"cgroup-parent": noContainer,
	"cpu-quota":     noContainer,
	"cpu-shares":    noContainer,
	"device":        noContainer,
	"dns":           noContainer,
	"isolation":     noContainer,
	"memory":        noContainer,
	"runtime":       noContainer,
	"security-opt":  noContainer,
	"shm-size":      noContainer,
	"ulimit":        noContainer,
	"userns":        noContainer,
	"volume":        noContainer,

	"dockerfile":        "give -f FILE",
	"destination":       "give -t NAME",
	"no-push":           "write a file, -o docker-archive:FILE:NAME, or a directory, -o oci:DIR:TAG",
	"tar-path":          "give -o docker-archive:FILE:NAME",
	"oci-layout-path":   "give -o oci:DIR:TAG",
	"digest-file":       "give --iidfile FILE or --metadata-file FILE",
	"custom-platform":   "give --platform OS/ARCH",
	"cache":             "leave it out: there is a cache, unless --no-cache is given",
	"cache-repo":        "give --cache-from docker://HOST/NAME and --cache-to docker://HOST/NAME",
	"insecure":          "give --plain-http",
	"insecure-registry": "give --plain-http",
	"registry-mirror":   "name the mirror in the base: --base docker://MIRROR/NAME:TAG",
	"reproducible":      isAlways,
	"single-snapshot":   isAlways,
	"use-new-run":       isAlways,
	"snapshot-mode":     isAlways,
	"cleanup":           isAlways,

	"keyring-append":          "give --key FILE",
	"repository-append":       "give --repository URL",
	"package-append":          "name packages as arguments",
	"build-repository-append": "give --repository URL",
}
