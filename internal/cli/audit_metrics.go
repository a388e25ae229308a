package cli

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seatwright/clay-operator/internal/audit"
)

// auditMetrics counts what becomes of records and evidence.
type auditMetrics struct {
	events *prometheus.CounterVec
}

// newAuditMetrics registers the counter, in place of that of an earlier run in the same process. Each event is there from the start, so that
// an alert on a first one works.
func newAuditMetrics(registry prometheus.Registerer) (*auditMetrics, error) {
	events := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "clay_audit_events_total",
		Help: "What became of audit records and evidence: RecordStored, RecordDelayed, RecordLost, IntentRefused, EvidenceStored, EvidenceLost.",
	}, []string{"event"})
	for _, event := range []audit.Event{
		audit.RecordStored, audit.RecordDelayed, audit.RecordLost, audit.IntentRefused, audit.EvidenceStored, audit.EvidenceLost,
	} {
		events.WithLabelValues(string(event))
	}
	registry.Unregister(events)
	if err := registry.Register(events); err != nil {
		return nil, fmt.Errorf("register the metrics of the audit trail: %w", err)
	}
	return &auditMetrics{events: events}, nil
}

func (m *auditMetrics) count(event audit.Event, times int) {
	m.events.WithLabelValues(string(event)).Add(float64(times))
}
