package apk

// SHA256Checksum is a whole identity of apk 3.
var SHA256Checksum = sha256Checksum
