package notify

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTLS(t *testing.T) {
	cases := map[string]struct {
		url Secret
		// trust has the sender know who signed the receiver's certificate.
		trust bool
		plain bool
		// late has the certificate be out of date.
		late bool
		want string
	}{
		"trusted":          {url: "https://example.com", trust: true},
		"unknown signer":   {url: "https://example.com", want: "nobody that this machine trusts has signed it"},
		"another name":     {url: "https://hooks.example.org", trust: true, want: "it is for another name"},
		"expired":          {url: "https://example.com", trust: true, late: true, want: "it has expired, or is not valid yet"},
		"a server without": {url: "https://example.com", plain: true, want: "does not speak TLS"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newUnstartedReceiver()
				transport := transportTo(nil, server)
				if c.plain {
					server.Start()
				} else {
					server.StartTLS()
				}
				t.Cleanup(server.Close)
				transport.TLSClientConfig = &tls.Config{}
				if c.trust {
					transport.TLSClientConfig.RootCAs = server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
				}
				if c.late {
					transport.TLSClientConfig.Time = func() time.Time { return noon.AddDate(1000, 0, 0) }
				}
				target := server.target()
				target.URL = c.url + secretPath
				station := startStation(t, transport)
				station.Send(sampleNotice(), []Target{target})
				result := <-station.results
				if c.want == "" {
					requireOutcome(t, result, Sent)
					return
				}
				requireOutcome(t, result, Retried)
				if !strings.Contains(result.Err.Error(), c.want) {
					t.Errorf("error %q, want %q in it", result.Err, c.want)
				}
				requireNoSecretIn(t, result.Err)
				requireOutcome(t, station.last(), Failed)
				if requests := server.requests(); len(requests) != 0 {
					t.Errorf("the notice was told all the same: %v", requests)
				}
			})
		})
	}
}

func TestDescribe(t *testing.T) {
	cases := map[string]struct {
		err  error
		want string
	}{
		"unknown name":   {&net.DNSError{Name: "x", IsNotFound: true}, "has a name that nobody knows: check the key url of its Secret"},
		"no name server": {&net.DNSError{Name: "x", IsTemporary: true}, "has a name that could not be looked up"},
		"slow lookup":    {&net.DNSError{Name: "x", IsTimeout: true}, "did not answer within 15s"},
		"proxy is gone": {
			&net.OpError{Op: "proxyconnect", Err: &net.DNSError{IsNotFound: true}},
			"is not reached, because the proxy is not: has a name that nobody knows: check the key url of its Secret",
		},
		"other certificate": {&tls.CertificateVerificationError{Err: errors.New(secretPath)}, "has a certificate that is not trusted: it is not valid"},
		"anything else":     {errors.New(secretPath), "was not reached, or the connection broke before it answered"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := describe(c.err); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestOverTheNetwork goes through real sockets with what a Sender has when nothing is replaced.
func TestOverTheNetwork(t *testing.T) {
	var header http.Header
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) { header = request.Header.Clone() }))
	defer server.Close()
	station := newStation(nil)
	station.start(t)
	result := station.send(sampleNotice(), Target{Name: "operations", Format: Slack, URL: Secret(server.URL + secretPath)})
	requireOutcome(t, result, Sent)
	for name, want := range map[string]string{
		"Content-Type": "application/json; charset=utf-8", "User-Agent": "clay-operator", "Connection": "close",
		headerID: "", headerTimestamp: "", headerSignature: "",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestTheProxyOfTheEnvironmentIsUsed(t *testing.T) {
	// What the environment says is read once for a process, so a test can see no more than who is asked.
	if got := newTransport().Proxy; reflect.ValueOf(got).Pointer() != reflect.ValueOf(http.ProxyFromEnvironment).Pointer() {
		t.Error("the proxy is not that of the environment")
	}
}
