package transfer

import (
	"crypto/x509"
	"os"
	"runtime"
)

// RootCAs returns the certificates that servers are verified with: nil for the system's. Go itself reads $SSL_CERT_FILE and
// $SSL_CERT_DIR on Linux and other Unix systems. On Windows and macOS, those of $SSL_CERT_FILE are added to the system's.
func RootCAs() *x509.CertPool {
	file := os.Getenv("SSL_CERT_FILE")
	if file == "" || runtime.GOOS != "windows" && runtime.GOOS != "darwin" {
		return nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil // as on Linux, where a connection then fails
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	pool.AppendCertsFromPEM(pem)
	return pool
}
