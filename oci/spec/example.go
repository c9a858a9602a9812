package spec

// Example is a spec with every key once.
const Example = `include: []                            # files with parts of the spec, such as [common.yaml]
base: rootfs:minirootfs-${APK_ARCH}.tar.gz  # or oci:DIR:TAG, oci-archive:FILE:TAG, scratch
platforms: [linux/amd64, linux/arm64]  # default: the base's; several make an index
repositories: ["alpine:3.22", "https://example.org/packages"]  # or directories; default: the base's own
keys:                                  # trusted in addition to the base's own
  - keys/example.rsa.pub
  - {url: "https://example.org/other.rsa.pub",
     sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08}
args: {VERSION: "1.67"}                # for ${VERSION} in other values; --arg VERSION=1.68
packages: [nginx, "curl>8", "foo@edge", "!bar"]
upgrade: named                         # or all, as apk upgrade, or available, as its --available
os-release: {PRETTY_NAME: "Example 1"} # variables of /etc/os-release; the others stay
groups:                                # after the packages, as busybox addgroup and adduser
  - {name: app, gid: 1000, system: false, members: [nginx]}
users:
  - {name: app, uid: 1000, group: app, groups: [www-data], home: /srv/app, shell: /sbin/nologin}
  - {name: job, system: true, gecos: "", password: "!", createHome: false}
files:                                 # sources lie in the spec's directory, or --context DIR
  - {path: /etc/nginx/nginx.conf, source: nginx.conf, mode: 0644, owner: "root:root"}
  - {path: /etc/timezone, content: "Europe/Vienna\n"}
  - {path: /etc/ssh/sshd_config, append: "PasswordAuthentication no\n"}
  - {path: /srv/www, tree: site, exclude: ["**/.git", "*.map"], modes: {files: 0644, directories: 0755}}
  - {path: /etc/nginx, tree: conf, owner: "nginx:nginx", merge: true}  # as COPY does
  - {path: /usr/local/bin/kubectl, url: "https://example.org/kubectl", mode: 0755,
     sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08}
  - {path: /usr/local, archive: helm.tar.gz, strip: 1, include: [helm]}  # with url: archive: tar
  - {path: /bin/rclone, from: "docker://docker.io/rclone/rclone:${VERSION}", source: /usr/local/bin/rclone}
  - {path: /usr/local/share/ca-certificates/corp.crt, source: corp.crt, when: before}  # before the packages
  - {path: /run/nginx, type: directory, owner: "nginx:nginx"}
  - {path: /usr/bin/www, type: symlink, target: nginx}
  - {path: /usr/bin/web, type: hardlink, target: /usr/sbin/nginx}
  - {path: /var/lib/app, type: permissions, owner: "app:app", mode: "u=rwX,go=rX", recursive: true}
  - {path: /etc/nginx/http.d/default.conf, type: absent}
run: ["sed -i 's/^#Port.*/Port 2222/' /etc/ssh/sshd_config"]  # shell text, interpreted; apk works in it
remove: ["/usr/share/doc", "/var/cache/*"]
steps:                                 # then these, each with the lists above that it needs
  - packages: [tzdata]
    run: ["cp /usr/share/zoneinfo/Europe/Vienna /etc/localtime", "apk del tzdata"]
  - files: [{path: /etc/late, content: "late\n"}]
config:                                # over the base's; what is left out stays
  entrypoint: [nginx]
  cmd: [-g, "daemon off;"]
  exposedPorts: [8888/tcp]
  volumes: [/var/log/nginx]
  env: {TZ: UTC}
  user: nginx
  workingDir: /
  stopSignal: SIGQUIT
  healthcheck: {test: [CMD, nc, -z, localhost, "8888"], interval: 30s, timeout: 3s, startPeriod: 5s,
                startInterval: 1s, retries: 3}
  shell: [/bin/ash, -eo, pipefail, -c] # for RUN of Dockerfiles over the image
  labels: {org.opencontainers.image.title: nginx}
  author: Example Ltd
images: {}                             # several by name: {web: {packages: [nginx]}}; --image web
annotations: {org.opencontainers.image.vendor: example}
compression: zstd                      # or gzip, or with a level: gzip:9, zstd:4; default: gzip:6
scripts:                               # packages whose scripts are left out, or some types of them
  skip: [eudev, {name: busybox, types: [trigger], platforms: [linux/arm64]}]
  without: [mandb]                     # programs that do nothing when scripts call them
`
