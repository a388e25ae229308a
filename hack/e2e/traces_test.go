package e2e

import (
	"context"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// traces is a collector that keeps what it is sent.
type traces struct {
	collector.UnimplementedTraceServiceServer

	mutex sync.Mutex
	sent  []*tracepb.ResourceSpans
}

// Export takes in spans.
func (c *traces) Export(_ context.Context, request *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.sent = append(c.sent, request.GetResourceSpans()...)
	return &collector.ExportTraceServiceResponse{}, nil
}

// spanSeen is one span, as far as it is looked at.
type spanSeen struct{ service, name, parent string }

// steps returns the spans by the trace that they are in.
func (c *traces) steps() map[string][]spanSeen {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	names := map[string]string{}
	each := func(do func(service string, span *tracepb.Span)) {
		for _, resource := range c.sent {
			service := ""
			for _, attribute := range resource.GetResource().GetAttributes() {
				if attribute.GetKey() == "service.name" {
					service = attribute.GetValue().GetStringValue()
				}
			}
			for _, scope := range resource.GetScopeSpans() {
				for _, span := range scope.GetSpans() {
					do(service, span)
				}
			}
		}
	}
	each(func(_ string, span *tracepb.Span) { names[string(span.GetSpanId())] = span.GetName() })
	found := map[string][]spanSeen{}
	each(func(service string, span *tracepb.Span) {
		trace := string(span.GetTraceId())
		found[trace] = append(found[trace], spanSeen{service, span.GetName(), names[string(span.GetParentSpanId())]})
	})
	return found
}

// TestTraces has an operator that invites somebody send its traces, and looks for one that goes from the manager to the steps on Clay's pages.
func TestTraces(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	received, server := &traces{}, grpc.NewServer()
	collector.RegisterTraceServiceServer(server, received)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+listener.Addr().String())
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")

	h := newHouse(t, enterprise(), nil)
	create(t, h.user("jo", clayv1alpha1.RoleEditor))
	h.start()
	h.untilUsers("an invitation", allSettled)
	h.untilWorkspace("a rest", func(w *clayv1alpha1.ClayWorkspace) bool { return w.Status.Operation == nil })
	if err := h.operator.Stop(); err != nil { // both processes send their last spans at their end
		t.Error(err)
	}

	const manager, browser, rpc = "clay-operator", "clay-operator-browser", "clay.seatwright.sidecar.v1.Browser/"
	want := []spanSeen{
		{manager, "pass", ""},
		{manager, rpc + "Observe", "pass"}, {browser, rpc + "Observe", rpc + "Observe"}, {browser, "read members", rpc + "Observe"},
		{manager, rpc + "Apply", "pass"}, {browser, rpc + "Apply", rpc + "Apply"}, {browser, "invite-dialog", rpc + "Apply"},
	}
	found := received.steps()
	whole := func(trace []spanSeen) bool {
		return !slices.ContainsFunc(want, func(each spanSeen) bool { return !slices.Contains(trace, each) })
	}
	if !slices.ContainsFunc(slices.Collect(maps.Values(found)), whole) {
		t.Errorf("no trace goes all the way: %v", found)
	}
	for _, sent := range received.sent {
		for _, secret := range []string{operatorPassword, "@example.com", "Example Sales"} {
			if text := sent.String(); strings.Contains(text, secret) {
				t.Errorf("a trace holds %q: %s", secret, text)
			}
		}
	}
}
