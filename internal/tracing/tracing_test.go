package tracing

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace/noop"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
)

// receiver is a collector that keeps what it gets.
type receiver struct {
	collector.UnimplementedTraceServiceServer

	got chan *collector.ExportTraceServiceRequest
}

func (r *receiver) Export(_ context.Context, request *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	r.got <- request
	return &collector.ExportTraceServiceResponse{}, nil
}

// receive starts a collector for the test and returns its address.
func receive(t *testing.T) (*receiver, string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{got: make(chan *collector.ExportTraceServiceRequest, 8)}
	server := grpc.NewServer()
	collector.RegisterTraceServiceServer(server, r)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return r, "http://" + listener.Addr().String()
}

// clear takes from the environment what the machine of the test may have there, and puts the provider back at the end.
func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, variable := range []string{
		variableEndpoint, variableTracesEndpoint, variableProtocol, variableTracesProtocol, variableExporter, variableDisabled,
	} {
		t.Setenv(variable, "")
	}
	before := otel.GetTracerProvider()
	t.Cleanup(func() { otel.SetTracerProvider(before) })
}

func TestSpansReachTheCollector(t *testing.T) {
	clearEnvironment(t)
	r, address := receive(t)
	t.Setenv(variableTracesEndpoint, address)
	t.Setenv(variableProtocol, protocolGRPC)
	stop, err := Start(t.Context(), "some-service", "v1", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_, span := otel.Tracer("test").Start(t.Context(), "a step")
	span.End()
	stop()
	select {
	case request := <-r.got:
		text := request.String()
		for _, want := range []string{"a step", "some-service", "v1"} {
			if !strings.Contains(text, want) {
				t.Errorf("the collector did not hear of %q: %s", want, text)
			}
		}
	default:
		t.Error("the end of the process took the span with it")
	}
}

// TestNoTracesUnlessAsked has the provider stay the one that does nothing.
func TestNoTracesUnlessAsked(t *testing.T) {
	for name, variables := range map[string]map[string]string{
		"nothing is set":         {},
		"only the protocol is":   {variableProtocol: protocolGRPC},
		"the SDK is disabled":    {variableEndpoint: "http://127.0.0.1:1", variableDisabled: "true"},
		"traces are not wanted":  {variableEndpoint: "http://127.0.0.1:1", variableExporter: "none"},
		"an endpoint of metrics": {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			clearEnvironment(t)
			nothing := noop.NewTracerProvider()
			otel.SetTracerProvider(nothing)
			for variable, value := range variables {
				t.Setenv(variable, value)
			}
			stop, err := Start(t.Context(), "some-service", "v1", slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			stop()
			if got := otel.GetTracerProvider(); got != nothing || Asked() {
				t.Errorf("the provider is %T", got)
			}
		})
	}
}

func TestAWrongProtocolIsExplained(t *testing.T) {
	clearEnvironment(t)
	t.Setenv(variableEndpoint, "http://127.0.0.1:1")
	t.Setenv(variableTracesProtocol, "smoke")
	_, err := Start(t.Context(), "some-service", "v1", slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "smoke: use grpc or http/protobuf") {
		t.Errorf("it says %v", err)
	}
}

// TestALostCollectorStopsNothing has nobody listen: the process ends in time and says what was lost.
func TestALostCollectorStopsNothing(t *testing.T) {
	clearEnvironment(t)
	t.Setenv(variableEndpoint, "http://127.0.0.1:1")
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "100")
	var log bytes.Buffer
	stop, err := Start(t.Context(), "some-service", "v1", slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	_, span := otel.Tracer("test").Start(t.Context(), "a step")
	span.End()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		stop()
	}()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("the process does not end")
	}
	if !strings.Contains(log.String(), "trace") {
		t.Errorf("the log says %q", log.String())
	}
}

// BenchmarkSpanThatNobodyAskedFor is what a step costs where there are no traces.
func BenchmarkSpanThatNobodyAskedFor(b *testing.B) {
	tracer := otel.Tracer("benchmark")
	b.ReportAllocs()
	for b.Loop() {
		_, span := tracer.Start(b.Context(), "a step")
		if span.IsRecording() {
			b.Fatal("somebody asked for it")
		}
		span.End()
	}
}
