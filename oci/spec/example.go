package spec

// Example is a spec with every key once.
const Example = `base: rootfs:minirootfs-${APK_ARCH}.tar.gz  # or oci:DIR:TAG, oci-archive:FILE:TAG, scratch
platforms: [linux/amd64, linux/arm64]  # default: the base's; several make an index
repositories: [https://dl-cdn.alpinelinux.org/alpine/v3.22/main]  # or folders; default: the base's own
keys: [keys/example.rsa.pub]           # trusted besides the base's own
packages: [nginx, "curl>8", "foo@edge", "!bar"]
files:                                 # sources lie in the spec's directory, or --context DIR
  - {path: /etc/nginx/nginx.conf, source: nginx.conf, mode: 0644, owner: "root:root"}
  - {path: /run/nginx, type: directory, owner: "nginx:nginx"}
  - {path: /usr/bin/www, type: symlink, target: nginx}
config:                                # over the base's; what is left out stays
  entrypoint: [nginx]
  cmd: [-g, "daemon off;"]
  exposedPorts: [8888/tcp]
  volumes: [/var/log/nginx]
  env: {TZ: UTC}
  user: nginx
  workingDir: /
  stopSignal: SIGQUIT
  labels: {org.opencontainers.image.title: nginx}
annotations: {org.opencontainers.image.vendor: example}
compression: zstd                      # or gzip, or with a level: gzip:9, zstd:4; default: gzip:6
scripts: {skip: [eudev]}               # packages whose scripts are left out
`
