package controllers

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"k8s.io/apimachinery/pkg/types"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
)

// tracer makes the span of a pass. Without a provider, which the command sets up where the environment asks for traces, it does nothing.
var tracer = otel.Tracer("github.com/seatwright/clay-operator/controllers")

// beginSpan begins the trace of a pass. Its lines in the log name the trace.
func beginSpan(ctx context.Context, key types.NamespacedName) (context.Context, trace.Span) {
	ctx, span := tracer.Start(ctx, "pass", trace.WithNewRoot())
	if !span.IsRecording() {
		return ctx, span
	}
	span.SetAttributes(attribute.String("k8s.namespace.name", key.Namespace), attribute.String("clay.workspace", key.Name))
	return logf.IntoContext(ctx, logf.FromContext(ctx).WithValues("trace", span.SpanContext().TraceID().String())), span
}

// annotate says in the span how the pass went: in counts and by reasons, which never hold anything of a person or of a page.
func (p *pass) annotate(span trace.Span, err error) {
	if !span.IsRecording() {
		return
	}
	result := resultOf(err)
	span.SetAttributes(
		attribute.String("clay.result", result), attribute.Bool("clay.held", p.held),
		attribute.Int("clay.changes", len(p.plan.Changes)), attribute.Int("clay.blocked", len(p.plan.Blocked)),
	)
	if err != nil {
		span.SetStatus(codes.Error, result)
	}
}
