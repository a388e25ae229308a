package notify

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	// attemptLimit is how long one request may take, from the connection to the answer. Standard Webhooks asks senders for at
	// least so much.
	attemptLimit = 15 * time.Second
	// answerLimit is how much of an answer's body is read, in bytes, so that the receiver can finish it. Nothing in it matters.
	answerLimit = 4 * 1024
	// maxHeaderBytes is how much header an answer may have.
	maxHeaderBytes = 64 * 1024
	// longestWait keeps a number of seconds within a duration. It is longer than any notice waits.
	longestWait = 24 * time.Hour

	userAgent = "clay-operator"
)

// newClient makes a client that keeps nothing: no cookies, and no connections, because notices are rare and a connection that lay
// idle for an hour is more often broken than not. It follows no redirect: what is signed for one address must not go to another.
func newClient(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// newTransport bounds each step by itself too: a connection that is being made outlives the request that wanted it.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: attemptLimit}).DialContext,
		TLSHandshakeTimeout:    attemptLimit,
		DisableKeepAlives:      true,
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
}

// letter is one notice on its way to one target, with everything that its requests are made of.
type letter struct {
	notice  Notice
	target  Target
	address *url.URL
	key     []byte
	body    []byte
}

// newLetter checks the target and the notice, and renders the body.
func newLetter(notice Notice, target Target) (*letter, error) {
	address, key, err := target.parse()
	if err != nil {
		return nil, err
	}
	if notice.ID == "" {
		return nil, target.errorf("a notice without an ID cannot be told from others: it is not sent")
	}
	render, contents := slackBody, &letter{notice: notice, target: target, address: address, key: key}
	if target.Format == CloudEvents {
		render = cloudEventBody
	}
	if contents.body, err = render(notice); err != nil {
		return nil, target.errorf("render the notice: %w", err)
	}
	return contents, nil
}

// errorf names the target and its host.
func (l *letter) errorf(format string, arguments ...any) error {
	return l.target.errorf("%s "+format, append([]any{l.address.Host}, arguments...)...)
}

// refusal is why an attempt was in vain.
type refusal struct {
	err error
	// again says that a later attempt may go better, not before after has passed.
	again bool
	after time.Duration
}

// post makes one attempt and returns nil when the receiver took the notice.
func (l *letter) post(ctx context.Context, client *http.Client) *refusal {
	ctx, cancel := context.WithTimeout(ctx, attemptLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.address.String(), bytes.NewReader(l.body))
	if err != nil {
		return &refusal{err: l.errorf("cannot be asked: check the key url of its Secret")}
	}
	request.Header.Set("User-Agent", userAgent)
	request.Header.Set("Content-Type", contentTypes[l.target.Format])
	if l.key != nil {
		sign(request.Header, l.key, l.notice.eventID(), time.Now(), l.body)
	}
	response, err := client.Do(request)
	if err != nil {
		return &refusal{err: l.errorf("%s", describe(err)), again: true}
	}
	// The answer is in the status; a body that does not come changes nothing.
	_, _ = io.CopyN(io.Discard, response.Body, answerLimit)
	_ = response.Body.Close()
	return l.judge(response)
}

var contentTypes = map[Format]string{
	Slack:       "application/json; charset=utf-8",
	CloudEvents: "application/cloudevents+json; charset=utf-8",
}

// judge says what a status means. Its text is Go's and not the receiver's, which could repeat the address.
func (l *letter) judge(response *http.Response) *refusal {
	status := response.StatusCode
	answered := fmt.Sprintf("answered %d %s", status, http.StatusText(status))
	switch {
	case status >= http.StatusOK && status < http.StatusMultipleChoices:
		return nil
	case status >= http.StatusMultipleChoices && status < http.StatusBadRequest:
		return &refusal{err: l.errorf("%s, and notices follow no redirect: put the final address into the key url of its Secret", answered)}
	case isPassing(status):
		return &refusal{err: l.errorf("%s", answered), again: true, after: retryAfter(response.Header.Get("Retry-After"), time.Now())}
	default:
		return &refusal{err: l.errorf("%s: check the key url of its Secret, and that the receiver takes the format %s", answered, l.target.Format)}
	}
}

// isPassing is for what a receiver may answer now and not in a minute.
func isPassing(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= http.StatusInternalServerError
}

// retryAfter reads the header of that name, which holds seconds or a date. What cannot be read asks for nothing.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(longestWait/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(0, min(date.Sub(now), longestWait))
	}
	return 0
}
