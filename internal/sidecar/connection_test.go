package sidecar

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// TestLossesAreTold ends a server that was connected to, twice, and makes no call meanwhile.
func TestLossesAreTold(t *testing.T) {
	address := filepath.Join(shortDir(t), "b.sock")
	lost := make(chan struct{}, 8)
	client, err := DialWith(address, ClientOptions{OnLoss: func() { lost <- struct{}{} }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	for range 2 {
		stop := serveAt(t, address, fake{}, ServerOptions{})
		if err := client.AwaitReady(testContext(t)); err != nil {
			t.Fatal(err)
		}
		stop()
		select {
		case <-lost:
		case <-testContext(t).Done():
			t.Fatal("nobody is told that the browser is gone")
		}
	}
}

// TestWantedEndIsNoLoss closes a connection that stands, while the server goes on.
func TestWantedEndIsNoLoss(t *testing.T) {
	address := filepath.Join(shortDir(t), "b.sock")
	t.Cleanup(serveAt(t, address, fake{}, ServerOptions{}))
	client, err := Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.AwaitReady(testContext(t)); err != nil {
		t.Fatal(err)
	}
	losses, counted := 0, make(chan struct{})
	go func() {
		defer close(counted)
		countLosses(client.connection, func() { losses++ })
	}()
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	<-counted
	if losses > 0 {
		t.Error("an end that was wanted counts as a loss")
	}
}

// record has spans kept in memory for the time of the test.
func record(t *testing.T) *tracetest.SpanRecorder {
	t.Helper()
	spans := tracetest.NewSpanRecorder()
	provider, propagator := otel.GetTracerProvider(), otel.GetTextMapPropagator()
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithSpanProcessor(spans)))
	otel.SetTextMapPropagator(propagation.TraceContext{})
	t.Cleanup(func() {
		otel.SetTracerProvider(provider)
		otel.SetTextMapPropagator(propagator)
	})
	return spans
}

// TestCallsCarryTheTrace makes a call that fails within a span, and looks at what the trace tells.
func TestCallsCarryTheTrace(t *testing.T) {
	spans := record(t)
	address := filepath.Join(shortDir(t), "b.sock")
	backend := fake{observe: func(ctx context.Context, _ Workspace) (Observation, error) {
		_, step := otel.Tracer("test").Start(ctx, "a step")
		step.End()
		return Observation{}, Faultf(Drift, ReasonPageChanged, "the page says casey@example.com")
	}}
	t.Cleanup(serveAt(t, address, backend, ServerOptions{Traced: true}))
	client, err := DialWith(address, ClientOptions{Traced: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, pass := otel.Tracer("test").Start(testContext(t), "pass")
	_, err = client.Observe(ctx, fullWorkspace())
	requireFault(t, err, Drift, ReasonPageChanged)
	pass.End()
	if err := client.Close(); err != nil {
		t.Error(err)
	}

	classes := 0
	for _, span := range spans.Ended() {
		if span.SpanContext().TraceID() != pass.SpanContext().TraceID() {
			t.Errorf("%s is in another trace", span.Name())
		}
		for _, each := range span.Attributes() {
			if each.Key == "clay.fault.class" && each.Value == attribute.StringValue(string(Drift)) {
				classes++
			}
			for _, secret := range []string{"casey", "correct horse", "battery", "staple", "a cookie", "admin@example.com"} {
				if strings.Contains(each.Value.String(), secret) {
					t.Errorf("%s tells %s=%s", span.Name(), each.Key, each.Value.String())
				}
			}
		}
	}
	if got := len(spans.Ended()); got != 4 || classes != 1 {
		t.Errorf("%d spans, %d of them tell the class of the fault; want the pass, both ends of the call, and the step", got, classes)
	}
}

// TestProbesAreNotTraced asks for the health as the probes of a pod do, every few seconds.
func TestProbesAreNotTraced(t *testing.T) {
	spans := record(t)
	address := filepath.Join(shortDir(t), "b.sock")
	stop := serveAt(t, address, fake{}, ServerOptions{Traced: true})
	if err := Check(testContext(t), address); err != nil {
		t.Error(err)
	}
	stop()
	if got := len(spans.Started()); got > 0 {
		t.Errorf("%d spans of probes", got)
	}
}
