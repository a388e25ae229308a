package notify

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

func TestSendersAreNotShown(t *testing.T) {
	target := Target{Name: "operations", Format: Slack, URL: "https://hooks.example.com" + secretPath, SigningKey: signingKey}
	requireNoSecretIn(t, Result{Target: target, Notice: sampleNotice(), Outcome: Failed, Err: errors.New("x")})
	// One that was not started holds still while it is looked at.
	sender := New(Options{})
	sender.Send(sampleNotice(), []Target{target})
	if len(sender.lanes) != 1 {
		t.Fatal("the notice does not wait")
	}
	requireNoSecretIn(t, sender)
}

// TestSecretsAreInNoResult lets every kind of failure happen, with receivers that repeat what they were sent.
func TestSecretsAreInNoResult(t *testing.T) {
	echo := func(code int) answer {
		return func(writer http.ResponseWriter, request *http.Request) {
			writer.Header().Set("Location", request.URL.String()+"\x01")
			writer.Header().Set("Retry-After", request.URL.Path)
			writer.WriteHeader(code)
			_, _ = io.WriteString(writer, request.URL.String())
		}
	}
	raw := func(text string) answer {
		return func(writer http.ResponseWriter, _ *http.Request) {
			connection, _, err := http.NewResponseController(writer).Hijack()
			if err != nil {
				return
			}
			_, _ = io.WriteString(connection, text)
			_ = connection.Close()
		}
	}
	cases := map[string]answer{
		"taken":               echo(http.StatusOK),
		"refused":             echo(http.StatusNotFound),
		"redirected":          echo(http.StatusTemporaryRedirect),
		"out of order":        echo(http.StatusBadGateway),
		"no HTTP":             raw(secretPath + "\r\n\r\n"),
		"status text":         raw("HTTP/1.1 404 " + secretPath + "\r\n\r\n"),
		"bad header":          raw("HTTP/1.1 200 OK\r\n" + secretPath + "\r\n\r\n"),
		"bad length":          raw("HTTP/1.1 200 OK\r\nContent-Length: " + secretPath + "\r\n\r\n"),
		"bad coding":          raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: " + secretPath + "\r\n\r\n"),
		"connection is ended": raw(""),
		"hangs":               hang,
	}
	for name, answering := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newReceiver(t, answering)
				station := startStation(t, transportTo(nil, server))
				station.Send(sampleNotice(), []Target{server.target()})
				for final := false; !final; {
					result := <-station.results
					final = result.Outcome != Retried
					requireNoSecretIn(t, result)
					if result.Err == nil {
						continue
					}
					requireNoSecretIn(t, result.Err)
					for _, part := range []string{`notification "operations"`, "127.0.0.1:80"} {
						if !strings.Contains(result.Err.Error(), part) {
							t.Errorf("the error %q does not name %s", result.Err, part)
						}
					}
					// What is wrapped is shown by some loggers too.
					for err := result.Err; err != nil; err = errors.Unwrap(err) {
						requireNoSecretIn(t, err)
					}
				}
			})
		})
	}
}

func TestNoConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	contents, err := newLetter(sampleNotice(), Target{Name: "operations", Format: Slack, URL: Secret("http://" + address + secretPath)})
	if err != nil {
		t.Fatal(err)
	}
	refused := contents.post(t.Context(), newClient(newTransport()))
	want := fmt.Sprintf(`notification "operations": %s was not reached: connection refused`, address)
	if refused == nil || refused.err.Error() != want || !refused.again {
		t.Errorf("got %+v, want %q, to be tried again", refused, want)
	}
}
