package notify

import (
	"encoding/base64"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// TestSignMakesThePublishedSignature uses the example that the libraries of Standard Webhooks test themselves with, so those take what
// is signed here.
func TestSignMakesThePublishedSignature(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{}
	sign(header, key, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	for name, want := range map[string]string{
		"webhook-id":        "msg_p5jXN8AQM9LWM0D4loKWxJek",
		"webhook-timestamp": "1614265330",
		"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestEveryAttemptIsSignedAnew(t *testing.T) {
	for _, format := range []Format{Slack, CloudEvents} {
		t.Run(string(format), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newReceiver(t, statusAfter(http.StatusServiceUnavailable, "600"), status(http.StatusOK))
				station := startStation(t, transportTo(nil, server))
				target := server.target()
				target.Format = format
				requireOutcome(t, station.send(sampleNotice(), target), Sent)
				requests := server.requests()
				for _, request := range requests {
					if err := verify(request.header, request.body, signingKey, request.at); err != nil {
						t.Error(err)
					}
				}
				first, second := requests[0].header, requests[1].header
				if first.Get(headerID) != second.Get(headerID) || first.Get(headerTimestamp) == second.Get(headerTimestamp) {
					t.Errorf("ids and timestamps of two attempts: %v and %v", first, second)
				}
			})
		})
	}
}

// TestVerifyRefuses makes sure that the function in the documentation does not take everything.
func TestVerifyRefuses(t *testing.T) {
	const otherKey = "whsec_b3RoZXItc3RhcGxlLWNvcnJlY3QtaG9yc2UtYmF0"
	contents, err := newLetter(sampleNotice(), Target{Name: "operations", Format: Slack, URL: "https://example.com", SigningKey: signingKey})
	if err != nil {
		t.Fatal(err)
	}
	signed := func() http.Header {
		header := http.Header{}
		sign(header, contents.key, contents.notice.eventID(), noon, contents.body)
		return header
	}
	cases := map[string]struct {
		change func(http.Header)
		body   string
		key    string
		at     time.Time
		taken  bool
	}{
		"as it was sent":         {taken: true},
		"a little late":          {at: noon.Add(4 * time.Minute), taken: true},
		"beside an old key's":    {change: func(h http.Header) { h.Set(headerSignature, "v1,AAAA "+h.Get(headerSignature)) }, taken: true},
		"another body":           {body: "{}"},
		"another key":            {key: otherKey},
		"no key":                 {key: "whsec_"},
		"another id":             {change: func(h http.Header) { h.Set(headerID, "x") }},
		"another time":           {change: func(h http.Header) { h.Set(headerTimestamp, "1") }, at: time.Unix(1, 0)},
		"no time":                {change: func(h http.Header) { h.Del(headerTimestamp) }},
		"no signature":           {change: func(h http.Header) { h.Del(headerSignature) }},
		"of another version":     {change: func(h http.Header) { h.Set(headerSignature, "v0"+h.Get(headerSignature)[2:]) }},
		"recorded long ago":      {at: noon.Add(6 * time.Minute)},
		"from a clock far ahead": {at: noon.Add(-6 * time.Minute)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			header, body, key, at := signed(), string(contents.body), signingKey, noon
			if c.change != nil {
				c.change(header)
			}
			if c.body != "" {
				body = c.body
			}
			if c.key != "" {
				key = c.key
			}
			if !c.at.IsZero() {
				at = c.at
			}
			if err := verify(header, []byte(body), key, at); (err == nil) != c.taken {
				t.Errorf("verify says %v", err)
			}
		})
	}
}
