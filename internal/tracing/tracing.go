package tracing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// The variables of OpenTelemetry's specification that decide whether there are traces. The exporters and the SDK read the others
// themselves: OTEL_EXPORTER_OTLP_HEADERS, _CERTIFICATE, _TIMEOUT, OTEL_TRACES_SAMPLER, OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME and more.
const (
	variableEndpoint       = "OTEL_EXPORTER_OTLP_ENDPOINT"
	variableTracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	variableProtocol       = "OTEL_EXPORTER_OTLP_PROTOCOL"
	variableTracesProtocol = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
	variableExporter       = "OTEL_TRACES_EXPORTER"
	variableDisabled       = "OTEL_SDK_DISABLED"
)

// The protocols. The specification's default is HTTP.
const (
	protocolGRPC = "grpc"
	protocolHTTP = "http/protobuf"
)

// flushLimit is how long the last spans may take on their way out: a collector that does not answer must not hold up the end of a
// process, which has a pod's grace period for its work.
const flushLimit = 5 * time.Second

// Asked says whether the environment asks for traces.
func Asked() bool {
	if strings.EqualFold(os.Getenv(variableDisabled), "true") || os.Getenv(variableExporter) == "none" {
		return false
	}
	return os.Getenv(variableTracesEndpoint) != "" || os.Getenv(variableEndpoint) != ""
}

// Start has the process send traces if the environment asks for them; else it does nothing. The service names the process in its traces,
// unless the environment has another name. The log hears of a collector that cannot be reached. Call stop at the end, when no span is made any
// more. The error says which variable is wrong.
func Start(ctx context.Context, service, version string, log *slog.Logger) (stop func(), err error) {
	if !Asked() {
		return func() {}, nil
	}
	exporter, err := newExporter(ctx)
	if err != nil {
		return nil, err
	}
	described, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", service), attribute.String("service.version", version)),
		resource.WithFromEnv(),
	)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read OTEL_RESOURCE_ATTRIBUTES: %w", err), exporter.Shutdown(ctx))
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(described))
	otel.SetLogger(logr.FromSlogHandler(log.Handler()))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces cannot be sent", "error", err) }))
	otel.SetTextMapPropagator(propagation.TraceContext{})
	otel.SetTracerProvider(provider)
	return func() {
		// The process may be ending because its context did.
		ctx, cancel := context.WithTimeout(context.Background(), flushLimit)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			log.Warn("the last traces could not be sent", "error", err)
		}
	}, nil
}

// newExporter makes what speaks to the collector. It connects when there is something to send.
func newExporter(ctx context.Context) (*otlptrace.Exporter, error) {
	protocol := os.Getenv(variableTracesProtocol)
	if protocol == "" {
		protocol = os.Getenv(variableProtocol)
	}
	var client otlptrace.Client
	switch protocol {
	case protocolGRPC:
		client = otlptracegrpc.NewClient()
	case protocolHTTP, "":
		client = otlptracehttp.NewClient()
	default:
		return nil, fmt.Errorf("%s=%s: use %s or %s", variableProtocol, protocol, protocolGRPC, protocolHTTP)
	}
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		return nil, fmt.Errorf("prepare to send traces: %w", err)
	}
	return exporter, nil
}
