package main

import (
	"bytes"
	"io"
	"net/http"
	"sort"
	"strings"
	"sync"
)

// Wire looks at what the client asks and the server answers.
type wire struct {
	mu    sync.Mutex
	asked map[string]bool
	gone  int
}

func newWire() *wire { return &wire{asked: map[string]bool{}} }

func (w *wire) wrap(next http.RoundTripper) http.RoundTripper { return &tap{w, next} }

// Requests are the kinds of requests so far, sorted.
func (w *wire) requests() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	kinds := []string{}
	for kind := range w.asked {
		kinds = append(kinds, kind)
	}
	sort.Strings(kinds)
	return strings.Join(kinds, ", ")
}

func (w *wire) expired() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.gone
}

type tap struct {
	wire *wire
	next http.RoundTripper
}

func (t *tap) RoundTrip(request *http.Request) (*http.Response, error) {
	query := request.URL.Query()
	kind := "LIST"
	if query.Has("watch") {
		kind = "WATCH"
	}
	if query.Get("sendInitialEvents") == "true" {
		kind += " sendInitialEvents"
	}
	t.wire.mu.Lock()
	t.wire.asked[kind] = true
	t.wire.mu.Unlock()
	response, err := t.next.RoundTrip(request)
	if err == nil && response.StatusCode == http.StatusGone {
		t.wire.expire()
	}
	if err == nil && query.Has("watch") {
		response.Body = &tapBody{response.Body, t.wire}
	}
	return response, err
}

func (w *wire) expire() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone++
}

type tapBody struct {
	io.ReadCloser
	wire *wire
}

// A Status is short and comes alone: it is never split over two reads.
func (b *tapBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if bytes.Contains(p[:n], []byte(`"code":410`)) {
		b.wire.expire()
	}
	return n, err
}
