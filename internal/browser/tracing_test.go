package browser

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// TestStepsAreSpans runs a step that works and one whose error quotes the page.
func TestStepsAreSpans(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithSpanProcessor(spans)))
	t.Cleanup(func() { otel.SetTracerProvider(before) })
	s := acquire(t, shared, t.Name())

	ctx, pass := otel.Tracer("test").Start(t.Context(), "pass")
	err := s.Do(ctx, "step that works", func(context.Context, playwright.Page) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	quoting := errors.New("the page says casey@example.com")
	err = s.Do(ctx, "step that fails", func(context.Context, playwright.Page) error { return quoting })
	if !errors.Is(err, quoting) {
		t.Fatal(err)
	}
	pass.End()

	states := map[string]codes.Code{}
	for _, span := range spans.Ended() {
		if span.Parent().SpanID() != pass.SpanContext().SpanID() {
			continue
		}
		states[span.Name()] = span.Status().Code
		if told := fmt.Sprint(span.Attributes(), span.Status(), span.Events()); strings.Contains(told, "casey") {
			t.Errorf("%s tells %s", span.Name(), told)
		}
	}
	if len(states) != 2 || states["step that works"] != codes.Unset || states["step that fails"] != codes.Error {
		t.Errorf("the steps of the pass: %v", states)
	}
}
