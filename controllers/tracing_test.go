package controllers

import (
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// TestPassesAreTraces looks at the spans of a pass that works and of one that fails. It is alone while it has the provider of the process.
func TestPassesAreTraces(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithSpanProcessor(spans)))
	t.Cleanup(func() { otel.SetTracerProvider(before) })

	h := newHarness(t, newClay(t))
	workspace, jo := h.workspace(), h.user("jo")
	h.create(workspace, jo)
	awaitStanding(h, jo, isWaiting(clayv1alpha1.ReasonInvitationPending))
	h.clay.script(func(c *clay) {
		c.onObserve = func(int, *seat.Inventory) error {
			return sidecar.Faultf(sidecar.Drift, sidecar.ReasonPageChanged, "the page of jo@example.com changed")
		}
	})
	h.poke()
	awaitStanding(h, workspace, isStalled(sidecar.ReasonPageChanged))
	h.stop()

	results := map[string]codes.Code{}
	for _, span := range spans.Ended() {
		if span.Name() != "pass" || span.Parent().IsValid() {
			t.Errorf("the span %s is no trace of its own", span.Name())
		}
		told := attribute.NewSet(span.Attributes()...)
		if name, _ := told.Value("clay.workspace"); name.AsString() != workspaceName {
			t.Errorf("the workspace is %q", name.AsString())
		}
		result, _ := told.Value("clay.result")
		results[result.AsString()] = span.Status().Code
		if text := fmt.Sprint(span.Attributes(), span.Status(), span.Events()); tellsSecret(text) || strings.Contains(text, "jo@") {
			t.Errorf("a span tells %s", text)
		}
	}
	if results[resultSucceeded] != codes.Unset || results[sidecar.ReasonPageChanged] != codes.Error || len(results) < 2 {
		t.Errorf("the results of the passes: %v", results)
	}
}
