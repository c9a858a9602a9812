package assemble

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/assemble/internal/vendored"
	"github.com/lamina-oci/lamina/oci/lock"
)

// A file that a command reads from the network ("curl", "wget") is an input of the build, as an index is. Within a build, a URL is asked
// once. The result is part of the lock and of the record, and with a lock it must be the same.

// maxDownloads bounds the different URLs that the commands of a build read.
const maxDownloads = 10000

// download answers a read from the network.
func (p *Plan) download(ctx context.Context, r script.Request) (*script.Response, error) {
	shown := describeRequest(r)
	if known := p.downloaded[shown]; known != nil {
		if known.url != r.URL {
			return nil, hint.With(fmt.Errorf("fetch %s: it was read with another user or password before", shown.URL), "read it once, and copy the file")
		}
		return known.response(), nil
	}
	if p.stages.isWithheld {
		return nil, errWithheld
	}
	if len(p.downloads) == maxDownloads {
		return nil, fmt.Errorf("fetch %s: commands read more than %d URLs", shown.URL, maxDownloads)
	}
	get := repository.Get{URL: r.URL, Header: r.Header, Stay: r.Stay}
	var answer *repository.Answer
	var err error
	if p.locked != nil {
		answer, err = p.downloadLocked(ctx, get, shown)
	} else {
		answer, err = p.downloadNew(ctx, get, shown)
	}
	if err != nil {
		return nil, err
	}
	shown.Status, shown.SHA256, shown.Size = answer.Status, answer.SHA256, answer.Size
	if answer.Status == http.StatusOK {
		shown.Status = 0
	}
	d := &downloaded{url: r.URL, answer: answer}
	if p.downloaded == nil {
		p.downloaded = make(map[lock.Download]*downloaded)
	}
	p.downloaded[describeRequest(r)] = d
	p.downloads = append(p.downloads, shown)
	return d.response(), nil
}

// downloadFile returns what a URL leads to, as download does for a command.
func (p *Plan) downloadFile(ctx context.Context, url string) (tree.Content, int64, error) {
	response, err := p.download(ctx, script.Request{URL: url})
	if err == nil && response.Status != http.StatusOK {
		err = hint.With(fmt.Errorf("fetch %s: the server answers %d %s", redact.URL(url), response.Status, http.StatusText(response.Status)), "check the URL")
	}
	if err != nil {
		return nil, 0, err
	}
	return response.Content, response.Size, nil
}

// downloaded is a URL that was read.
type downloaded struct {
	url    string
	answer *repository.Answer
}

func (d *downloaded) response() *script.Response {
	r := &script.Response{Status: d.answer.Status, Size: d.answer.Size}
	if d.answer.Name != "" {
		r.Content = localFile(d.answer.Name)
	}
	return r
}

// describeRequest returns what a lock tells reads apart by, without secrets.
func describeRequest(r script.Request) lock.Download {
	d := lock.Download{URL: redact.URL(r.URL), Accept: r.Header.Get("Accept")}
	if d.Accept == "*/*" {
		d.Accept = "" // as if nothing were said
	}
	u, err := url.Parse(r.URL)
	if err == nil {
		u.User, u.Fragment, u.RawFragment = nil, "", ""
	}
	if err == nil && u.String() != d.URL {
		if where, parameters := redact.CutParameters(u.String()); parameters != "" {
			d.URL, d.Query = where, digest.FromString(parameters).Encoded()
		}
	}
	return d
}

// downloadLocked returns what the lock says that a URL leads to.
func (p *Plan) downloadLocked(ctx context.Context, get repository.Get, shown lock.Download) (*repository.Answer, error) {
	i := slices.IndexFunc(p.locked.Downloads, func(d lock.Download) bool {
		return d.URL == shown.URL && d.Query == shown.Query && d.Accept == shown.Accept
	})
	if i < 0 {
		return nil, in(PartLock, hint.With(fmt.Errorf("the lock does not have %s, which a command reads", shown.URL), "run lamina lock again"))
	}
	pinned := p.locked.Downloads[i]
	if pinned.Status != 0 {
		return &repository.Answer{Status: pinned.Status}, nil
	}
	get.SHA256 = pinned.SHA256
	var err error
	if get.Dirs, err = p.vendored.Files(ctx, pinned.SHA256); err != nil {
		return nil, err
	}
	answer, err := p.env.Client.Get(ctx, get)
	return answer, in(PartLock, err)
}

// downloadNew asks the server, unless what the cache remembers still holds.
func (p *Plan) downloadNew(ctx context.Context, get repository.Get, shown lock.Download) (*repository.Answer, error) {
	key := digest.FromString(get.URL + "\n" + shown.Accept).Encoded()
	if text, err := p.env.Cache.Read(cache.Answers, key, maxAnswer); err == nil {
		known := new(repository.Answer)
		if json.Unmarshal(text, known) == nil {
			get.Known = known
		}
	}
	answer, err := p.env.Client.Get(ctx, get)
	if err != nil {
		return nil, err
	}
	if text, err := json.Marshal(answer); err == nil && len(text) <= maxAnswer {
		p.env.Cache.Write(cache.Answers, key, text)
	}
	return answer, nil
}

// maxAnswer bounds what the cache remembers of an answer, in bytes.
const maxAnswer = 64 << 10

// lockedDownloads returns what commands and ADD have read, for the lock. A record has the files of ADD themselves.
func (p *Plan) lockedDownloads() ([]lock.Download, error) {
	if p.isRebuild {
		return slices.Clone(p.locked.Downloads), nil
	}
	if p.locked != nil && len(p.downloads) != len(p.locked.Downloads) {
		return nil, in(PartLock, fmt.Errorf("the lock has %d downloads, and the build makes %d", len(p.locked.Downloads), len(p.downloads)))
	}
	return slices.Clone(p.downloads), nil
}

// vendoredFiles lists the files that are downloaded by their URLs.
func (p *Plan) vendoredFiles() []vendored.File {
	var list []vendored.File
	for _, d := range p.downloaded {
		if d.answer.Name != "" {
			list = append(list, vendored.File{SHA256: d.answer.SHA256, Open: localFile(d.answer.Name).Open})
		}
	}
	for sum, name := range p.files {
		list = append(list, vendored.File{SHA256: sum, Open: localFile(name).Open})
	}
	return list
}
