package transfer_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/lamina-oci/lamina/internal/transfer"
)

// The server is unavailable once; the second try succeeds.
func ExampleDo() {
	tries := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if tries++; tries == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, "content")
	}))
	defer server.Close()
	client := &http.Client{Transport: &transfer.StallTransport{Timeout: 30 * time.Second}}
	var data []byte
	err := transfer.Do(context.Background(), func() error {
		response, err := client.Get(server.URL)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if transfer.IsTransientStatus(response.StatusCode) {
			return transfer.Transient(fmt.Errorf("GET: %s", response.Status), transfer.RetryAfter(response.Header))
		}
		data, err = io.ReadAll(response.Body)
		return err
	})
	fmt.Println(string(data), err, tries)
	// Output: content <nil> 2
}
