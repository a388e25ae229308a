package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seatwright/clay-operator/internal/claysim"
)

func TestARelayHandsOnToTheSimulator(t *testing.T) {
	simulator, err := claysim.Start(claysim.Options{Seed: claysim.Sample()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := simulator.Close(); err != nil {
			t.Error(err)
		}
	})
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- relay(ctx, listener, simulator.Address()) }()

	page, err := url.Parse(simulator.AppURL())
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String()+"/login", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = page.Host
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || !strings.Contains(string(body), "<html") {
		t.Errorf("%s, %d bytes", response.Status, len(body))
	}

	stop()
	if err := <-ended; err != nil {
		t.Errorf("the relay ends with %v", err)
	}
}
