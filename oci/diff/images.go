package diff

import (
	"context"
	"fmt"
	"slices"

	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/transport"
)

// Images compares two images for each platform that one of them has, and returns a report for each. The zero Platform
// stands for all; two images for one platform each are compared whatever those are. A report about a platform that only one
// image has names only that image.
func Images(ctx context.Context, refs [2]oci.Reference, platform oci.Platform, open transport.Options, o Options) ([]*Report, error) {
	var have [2][]oci.Platform
	for i, ref := range refs {
		var err error
		if have[i], err = platformsOf(ctx, ref, open); err != nil {
			return nil, err
		}
	}
	if platform != (oci.Platform{}) {
		report, err := compareRefs(ctx, refs, [2]oci.Platform{platform, platform}, open, o)
		return []*Report{report}, err
	}
	if len(have[0]) == 1 && len(have[1]) == 1 {
		report, err := compareRefs(ctx, refs, [2]oci.Platform{have[0][0], have[1][0]}, open, o)
		return []*Report{report}, err
	}
	wanted := slices.Clone(have[0])
	for _, p := range have[1] {
		if !slices.Contains(wanted, p) {
			wanted = append(wanted, p)
		}
	}
	var reports []*Report
	for _, p := range wanted {
		report := newReport()
		switch inA, inB := slices.Contains(have[0], p), slices.Contains(have[1], p); {
		case !inB:
			report.A = Image{Reference: refs[0].String(), Platform: p.String()}
		case !inA:
			report.B = Image{Reference: refs[1].String(), Platform: p.String()}
		default:
			var err error
			if report, err = compareRefs(ctx, refs, [2]oci.Platform{p, p}, open, o); err != nil {
				return nil, err
			}
		}
		reports = append(reports, report)
	}
	return reports, nil
}

// platformsOf returns the platforms that an image is for.
func platformsOf(ctx context.Context, ref oci.Reference, open transport.Options) ([]oci.Platform, error) {
	if ref.Transport == oci.TransportRootfs {
		image, err := transport.OpenBase(ctx, ref, oci.Platform{}, open)
		if err != nil {
			return nil, err
		}
		return []oci.Platform{image.Platform}, image.Close()
	}
	store, err := transport.OpenStore(ctx, ref, open.Registries)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", ref, err)
	}
	defer store.Close()
	platforms, err := oci.Platforms(ctx, store, ref.Name)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", ref, err)
	}
	return platforms, nil
}

func compareRefs(ctx context.Context, refs [2]oci.Reference, platforms [2]oci.Platform, open transport.Options, o Options) (*Report, error) {
	var images [2]*oci.Base
	for i := range images {
		var err error
		if images[i], err = transport.OpenBase(ctx, refs[i], platforms[i], open); err != nil {
			return nil, err
		}
		defer images[i].Close()
	}
	report, err := Compare(ctx, images[0], images[1], o)
	if err != nil {
		return nil, fmt.Errorf("compare %s with %s: %w", refs[0], refs[1], err)
	}
	return report, nil
}
