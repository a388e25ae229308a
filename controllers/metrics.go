package controllers

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seatwright/clay-operator/internal/access"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// metrics counts what the passes do.
type metrics struct {
	passes    *prometheus.CounterVec
	duration  prometheus.Histogram
	changes   *prometheus.CounterVec
	actions   *prometheus.CounterVec
	pageLoads prometheus.Counter
	// notifications counts what became of notices.
	notifications *prometheus.CounterVec
}

// resultSucceeded and resultError are the results of passes beside the reasons of problems.
const (
	resultSucceeded = "Succeeded"
	resultError     = "Error"
)

func newMetrics() *metrics {
	m := &metrics{
		passes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "clay_passes_total", Help: "Passes over workspaces, by result: Succeeded, or the reason of what went wrong.",
		}, []string{"result"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "clay_pass_duration_seconds", Help: "How long passes took.",
			// A pass is a page to read (seconds) up to its deadlines (a quarter of an hour).
			Buckets: []float64{0.1, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600, 900},
		}),
		changes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "clay_changes_total", Help: "Changes in Clay, by verb and outcome.",
		}, []string{"verb", "outcome"}),
		actions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "clay_page_actions_total", Help: "Writing actions on Clay's pages, by their name.",
		}, []string{"action"}),
		pageLoads: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "clay_page_loads_total", Help: "Pages of Clay that were loaded.",
		}),
		notifications: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "clay_notifications_total", Help: "Notices to webhooks, by the name of the notification and outcome.",
		}, []string{"notification", "outcome"}),
	}
	// Changes are rare, and the first of its kind must be seen as an increase; so must the first pass.
	verbs := []string{string(seat.Invite), string(seat.SetRole), string(seat.Remove), string(seat.CancelInvitation)}
	for _, verb := range access.Verbs() {
		verbs = append(verbs, string(verb))
	}
	for _, verb := range verbs {
		for _, outcome := range []sidecar.Result{sidecar.Applied, sidecar.AlreadyThere, sidecar.Failed, sidecar.Unknown} {
			m.changes.WithLabelValues(verb, string(outcome))
		}
	}
	m.passes.WithLabelValues(resultSucceeded)
	return m
}

// count adds what a call cost in Clay.
func (m *metrics) count(usage sidecar.Usage) {
	m.pageLoads.Add(float64(usage.PageLoads))
	for action, times := range usage.Actions {
		m.actions.WithLabelValues(action).Add(float64(times))
	}
}

// passed counts a pass that went to Clay or tried to.
func (m *metrics) passed(err error, held bool, took time.Duration) {
	if held || errors.Is(err, errOutdated) {
		return
	}
	m.passes.WithLabelValues(resultOf(err)).Inc()
	m.duration.Observe(took.Seconds())
}

// resultOf is how a pass went, in a word.
func resultOf(err error) string {
	if trouble := problemOf(err); trouble != nil {
		return trouble.standing.Reason
	}
	if err != nil {
		return resultError
	}
	return resultSucceeded
}

// The gauges, made from the snapshots whenever they are asked for, so that those of a deleted workspace are gone with it.
var (
	workspaceLabels = []string{"namespace", "workspace"}

	sessionReady = prometheus.NewDesc("clay_session_ready",
		"1 where the operator is signed in to the workspace.", workspaceLabels, nil)
	sessionAge = prometheus.NewDesc("clay_session_age_seconds",
		"How long ago the session of a workspace that is kept was made, or last renewed by Clay.", workspaceLabels, nil)
	humanNeeded = prometheus.NewDesc("clay_human_needed",
		"1 where something waits that only a person can do, by the reason of the condition HumanNeeded.", append([]string{"reason"}, workspaceLabels...), nil)
	seatsByState = prometheus.NewDesc("clay_seats",
		"Lines of the list of members at the last reading, by state.", append([]string{"state"}, workspaceLabels...), nil)
)

// collector makes the gauges.
type collector struct {
	snapshots *store
	now       func() time.Time
}

// MetricCollectors returns the metrics of the controllers, for the documentation: they count nothing.
func MetricCollectors() []prometheus.Collector {
	return newMetrics().collectors(&collector{snapshots: newStore()}, &standings{snapshots: newStore()})
}

// collectors are all metrics of the controllers.
func (m *metrics) collectors(gauges ...prometheus.Collector) []prometheus.Collector {
	return append([]prometheus.Collector{m.passes, m.duration, m.changes, m.actions, m.pageLoads, m.notifications}, gauges...)
}

// register adds all metrics to a registry, in place of those of an earlier Setup in the same process.
func (m *metrics) register(registry prometheus.Registerer, gauges ...prometheus.Collector) error {
	for _, each := range m.collectors(gauges...) {
		registry.Unregister(each)
		if err := registry.Register(each); err != nil {
			return fmt.Errorf("register the metrics: %w", err)
		}
	}
	return nil
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- sessionReady
	descriptions <- sessionAge
	descriptions <- humanNeeded
	descriptions <- seatsByState
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(gathered chan<- prometheus.Metric) {
	gauge := func(description *prometheus.Desc, value float64, labels ...string) {
		gathered <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, value, labels...)
	}
	for key, found := range c.snapshots.all() {
		ready := 0.0
		if found.sessionReady {
			ready = 1
		}
		gauge(sessionReady, ready, key.Namespace, key.Name)
		if !found.sessionSaved.IsZero() {
			gauge(sessionAge, c.now().Sub(found.sessionSaved).Seconds(), key.Namespace, key.Name)
		}
		if found.needed != "" {
			gauge(humanNeeded, 1, found.needed, key.Namespace, key.Name)
		}
		if found.reading == nil {
			continue
		}
		for state, number := range map[string]int32{
			"Active": found.counts.Active, "Pending": found.counts.Pending, "Unmanaged": found.counts.Unmanaged,
		} {
			gauge(seatsByState, float64(number), state, key.Namespace, key.Name)
		}
	}
}
