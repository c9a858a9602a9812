package secdb

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/diskio"
)

// AddFrom reads one file by its http or https URL or its name: see [Database.Add].
func (d *Database) AddFrom(ctx context.Context, client *repository.Client, where string) error {
	name := where
	if strings.Contains(where, "://") {
		if !strings.HasPrefix(where, "http://") && !strings.HasPrefix(where, "https://") {
			return errors.New("want a file, http:// or https://")
		}
		answer, err := client.Get(ctx, repository.Get{URL: where, Limit: maxDatabase})
		if err != nil {
			return err
		}
		if answer.Status != http.StatusOK {
			return fmt.Errorf("the server answers %d %s", answer.Status, http.StatusText(answer.Status))
		}
		name = answer.Name
	}
	f, err := diskio.OpenRegular(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return d.Add(f)
}
