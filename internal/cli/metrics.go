package cli

import (
	"crypto/tls"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/seatwright/clay-operator/controllers"
	"github.com/seatwright/clay-operator/internal/audit"
)

// MetricCollectors returns all metrics of the project that a manager has, for the documentation: they count nothing.
func MetricCollectors() []prometheus.Collector {
	return append(controllers.MetricCollectors(), newAuditEvents(), newBrowserRestarts())
}

// metricsOptions says how the metrics are served.
func (o *managerOptions) metricsOptions() metricsserver.Options {
	options := metricsserver.Options{BindAddress: o.metricsAddress}
	if !o.metricsSecure {
		return options
	}
	options.SecureServing = true
	options.CertDir = o.metricsCertDir
	options.FilterProvider = filters.WithAuthenticationAndAuthorization
	// Over HTTP/2 a client can make a server work by resetting its requests, before anybody asks who it is; a scrape gains nothing by it.
	options.TLSOpts = []func(*tls.Config){func(config *tls.Config) { config.NextProtos = []string{"http/1.1"} }}
	return options
}

// auditMetrics counts what becomes of records and evidence.
type auditMetrics struct {
	events *prometheus.CounterVec
}

// newAuditEvents makes the counter. Each event is there from the start, so that an alert on a first one works.
func newAuditEvents() *prometheus.CounterVec {
	events := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "clay_audit_events_total",
		Help: "What became of audit records and evidence, by event.",
	}, []string{"event"})
	for _, event := range []audit.Event{
		audit.RecordStored, audit.RecordDelayed, audit.RecordLost, audit.IntentRefused, audit.EvidenceStored, audit.EvidenceLost,
	} {
		events.WithLabelValues(string(event))
	}
	return events
}

// newAuditMetrics registers the counter, in place of that of an earlier run in the same process.
func newAuditMetrics(registry prometheus.Registerer) (*auditMetrics, error) {
	events := newAuditEvents()
	if err := replace(registry, events); err != nil {
		return nil, fmt.Errorf("register the metrics of the audit trail: %w", err)
	}
	return &auditMetrics{events: events}, nil
}

func (m *auditMetrics) count(event audit.Event, times int) {
	m.events.WithLabelValues(string(event)).Add(float64(times))
}

// newBrowserRestarts makes the counter of browsers that were lost. The manager counts them by its connection, which ends with the other
// process, so that it knows of each, whoever starts the browser anew.
func newBrowserRestarts() prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{
		Name: "clay_browser_restarts_total",
		Help: "How often the manager lost the browser process that it was connected to: it ended, was ended, or stood still.",
	})
}

// replace registers a collector, in place of that of an earlier run in the same process.
func replace(registry prometheus.Registerer, collector prometheus.Collector) error {
	registry.Unregister(collector)
	return registry.Register(collector)
}
