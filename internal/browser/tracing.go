package browser

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// tracer makes the spans of the steps on a page. Without a provider, which the command sets up where the environment asks for traces, it
// does nothing.
var tracer = otel.Tracer("github.com/seatwright/clay-operator/internal/browser")

// describe says in the span how an operation failed: by its kind alone, because the text of an error may quote a page.
func describe(span trace.Span, err error) {
	if err == nil || !span.IsRecording() {
		return
	}
	kind := KindOf(err)
	span.SetAttributes(attribute.String("clay.fault.kind", string(kind)))
	span.SetStatus(codes.Error, string(kind))
}
