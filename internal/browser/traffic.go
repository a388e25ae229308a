package browser

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/playwright-community/playwright-go"
)

const (
	// MaxBody is the largest answer that a Watch keeps, in bytes: ten thousand members with all their fields are about
	// half of it.
	MaxBody = 8 << 20
	// maxAnswers is how many answers a Watch keeps; a page that loads a list in parts of fifty reaches it at ten thousand.
	maxAnswers = 200
	// maxReads is how many bodies are read at one time per session, so that a page that polls cannot pile them up.
	maxReads = 16
	// maxHints and maxDialogs are how many are kept until somebody takes them; older ones say no more than newer ones.
	maxHints   = 64
	maxDialogs = 16
	// maxRetryAfter is the longest wait that a server is believed to mean.
	maxRetryAfter = 24 * time.Hour
)

// ErrNoAnswer is what Watch.Await returns when the time ends before an answer came.
var ErrNoAnswer = errors.New("the page did not get the awaited answer in time")

// Answer is one response that the page itself asked for.
type Answer struct {
	// URL is the address without query and fragment.
	URL string
	// Query are the parameters of the address, for the reader of a list that comes in parts. It may hold personal data.
	Query url.Values
	// Status is the HTTP status.
	Status int
	// RetryAfter is how long the server asks to wait, or 0.
	RetryAfter time.Duration
	// Body is the content, for a status of 200 to 299 and a JSON content type; else it is nil.
	Body []byte
	// Err says why there is no Body although there should be one: it was too large, or the page navigated away first.
	Err error
	// At is when the answer arrived.
	At time.Time
}

// Hint is a request of the page that did not succeed. It tells why something did not happen; it proves nothing.
type Hint struct {
	// Method is the HTTP method.
	Method string
	// Host and Path are the address, without query and fragment.
	Host, Path string
	// Status is the HTTP status, or 0 if there was no answer.
	Status int
	// Failure is Chromium's network code if there was no answer, such as net::ERR_CONNECTION_RESET.
	Failure string
	// RetryAfter is how long the server asks to wait, or 0.
	RetryAfter time.Duration
	// At is when it was seen.
	At time.Time
}

// Watch collects the answers to the page's own GET requests whose address matches a pattern. Make it before the action that causes
// the request, await the answer after it, and close it.
type Watch struct {
	pattern *regexp.Regexp
	arrived chan struct{}
	remove  func()

	mu      sync.Mutex
	answers []Answer
	dropped int
	next    int
}

// Await returns the next answer that was not returned yet, and waits for one if there is none. The wait ends with ctx or after the
// given time: then the error is ErrNoAnswer.
func (w *Watch) Await(ctx context.Context, most time.Duration) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		if answer, ok := w.take(); ok {
			return answer, nil
		}
		select {
		case <-w.arrived:
		case <-ctx.Done():
			return Answer{}, ErrNoAnswer
		}
	}
}

// Answers returns everything that arrived until now, oldest first, and how many answers were dropped because there were too
// many. It does not change what Await returns.
func (w *Watch) Answers() (answers []Answer, dropped int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]Answer(nil), w.answers...), w.dropped
}

// Close ends the collecting. What has arrived can still be taken.
func (w *Watch) Close() { w.remove() }

func (w *Watch) take() (Answer, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next == len(w.answers) {
		return Answer{}, false
	}
	w.next++
	return w.answers[w.next-1], true
}

func (w *Watch) add(answer Answer) {
	w.mu.Lock()
	if len(w.answers) < maxAnswers {
		w.answers = append(w.answers, answer)
	} else {
		w.dropped++
	}
	w.mu.Unlock()
	select {
	case w.arrived <- struct{}{}:
	default:
	}
}

// traffic looks at what the pages of one session load. Its handlers run on Playwright's dispatch goroutine, where a panic ends the
// process and a wait stops the world: they only look at what is in memory, and hand everything else to a goroutine.
type traffic struct {
	now   func() time.Time
	reads chan struct{}

	mu      sync.Mutex
	watches map[*Watch]struct{}
	hints   []Hint
}

func newTraffic(now func() time.Time) *traffic {
	return &traffic{now: now, reads: make(chan struct{}, maxReads), watches: map[*Watch]struct{}{}}
}

// watch adds a Watch.
func (t *traffic) watch(pattern *regexp.Regexp) *Watch {
	w := &Watch{pattern: pattern, arrived: make(chan struct{}, 1)}
	w.remove = func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.watches, w)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.watches[w] = struct{}{}
	return w
}

// takeHints returns the hints since the last call and forgets them.
func (t *traffic) takeHints() []Hint {
	t.mu.Lock()
	defer t.mu.Unlock()
	hints := t.hints
	t.hints = nil
	return hints
}

func (t *traffic) hint(hint Hint) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.hints) == maxHints {
		t.hints = t.hints[1:]
	}
	t.hints = append(t.hints, hint)
}

func (t *traffic) matching(address string) []*Watch {
	t.mu.Lock()
	defer t.mu.Unlock()
	var found []*Watch
	for w := range t.watches {
		if w.pattern.MatchString(address) {
			found = append(found, w)
		}
	}
	return found
}

// onResponse is the handler of the context's response event.
func (t *traffic) onResponse(response playwright.Response) {
	defer ignorePanic()
	method := response.Request().Method()
	address, err := url.Parse(response.URL())
	if err != nil || !strings.HasPrefix(address.Scheme, "http") {
		return
	}
	status, at := response.Status(), t.now()
	retryAfter := parseRetryAfter(response.Headers()["retry-after"], at)
	if worthAHint(method, status) {
		t.hint(Hint{Method: method, Host: address.Host, Path: address.Path, Status: status, RetryAfter: retryAfter, At: at})
	}
	if method != http.MethodGet {
		return
	}
	bare := withoutQuery(address)
	watches := t.matching(bare)
	if len(watches) == 0 || (status >= 300 && status < 400) {
		return
	}
	answer := Answer{URL: bare, Query: address.Query(), Status: status, RetryAfter: retryAfter, At: at}
	t.deliver(response, answer, watches)
}

// deliver reads the body, where there should be one, and hands the answer to the watches.
func (t *traffic) deliver(response playwright.Response, answer Answer, watches []*Watch) {
	handOver := func() {
		for _, w := range watches {
			w.add(answer)
		}
	}
	if answer.Status < 200 || answer.Status > 299 || !isJSON(response.Headers()["content-type"]) {
		handOver()
		return
	}
	select {
	case t.reads <- struct{}{}:
	default:
		answer.Err = errors.New("too many answers at one time")
		handOver()
		return
	}
	go func() {
		defer func() { <-t.reads }()
		answer.Body, answer.Err = readBody(response)
		handOver()
	}()
}

// onRequestFailed is the handler of the context's requestfailed event.
func (t *traffic) onRequestFailed(request playwright.Request) {
	defer ignorePanic()
	failure := request.Failure()
	address, err := url.Parse(request.URL())
	if failure == nil || err != nil || !strings.HasPrefix(address.Scheme, "http") {
		return
	}
	code := networkCode.FindString(failure.Error())
	// A page aborts its own requests whenever it navigates: that says nothing.
	if code == "" || code == "net::ERR_ABORTED" {
		return
	}
	t.hint(Hint{Method: request.Method(), Host: address.Host, Path: address.Path, Failure: code, At: t.now()})
}

// readBody asks the driver for the content. The call ends when the body is there or its page is closed.
func readBody(response playwright.Response) (body []byte, err error) {
	if length, parseErr := strconv.ParseInt(response.Headers()["content-length"], 10, 64); parseErr == nil && length > MaxBody {
		return nil, errTooLarge
	}
	err = protect(func() error {
		body, err = response.Body()
		return err
	})
	if err != nil {
		return nil, Wrap("read answer", err)
	}
	if len(body) > MaxBody {
		return nil, errTooLarge
	}
	return body, nil
}

// errTooLarge is why an answer has no body.
var errTooLarge = errors.New("the answer is larger than 8 MiB")

// worthAHint picks what explains a change that did not happen, or a session that ended.
func worthAHint(method string, status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return true
	}
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return status >= http.StatusInternalServerError
	}
	return status >= http.StatusBadRequest
}

func isJSON(contentType string) bool {
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	kind = strings.TrimSpace(kind)
	return kind == "application/json" || strings.HasSuffix(kind, "+json")
}

// parseRetryAfter reads both forms of the header: seconds, and a date.
func parseRetryAfter(value string, now time.Time) time.Duration {
	var wait time.Duration
	if seconds, err := strconv.Atoi(value); err == nil {
		wait = time.Duration(min(seconds, int(maxRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(0, wait), maxRetryAfter)
}

// withoutQuery returns the address without what may hold a token: user, query and fragment.
func withoutQuery(address *url.URL) string {
	bare := url.URL{Scheme: address.Scheme, Host: address.Host, Path: address.Path}
	return bare.String()
}

// ignorePanic keeps a panic in an event handler from ending the process. There is nobody to tell: the event is lost.
func ignorePanic() { _ = recover() }
