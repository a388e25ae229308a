package chart

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
)

// TestWhatThePrometheusOperatorReads decodes its kinds into its own types, which know every field: a bare API server does not serve them.
func TestWhatThePrometheusOperatorReads(t *testing.T) {
	secure := render(t, valuesOf(t, "production"))
	monitor := as[monitoringv1.ServiceMonitor](t, secure.one(t, "ServiceMonitor", release))
	service := secure.one(t, "Service", release+"-metrics").GetLabels()
	for label, want := range monitor.Spec.Selector.MatchLabels {
		if service[label] != want {
			t.Errorf("the monitor wants a Service with %s=%s, and it has %q", label, want, service[label])
		}
	}
	endpoint := monitor.Spec.Endpoints[0]
	if endpoint.Scheme == nil || endpoint.Scheme.String() != "https" || !endpoint.HonorLabels || endpoint.Port != "metrics" {
		t.Errorf("this is not how the metrics are served: %+v", endpoint)
	}
	// The name that a certificate for the Service has.
	if want := release + "-metrics." + namespace + ".svc"; *endpoint.TLSConfig.ServerName != want {
		t.Errorf("the certificate is to be that of %s, want %s", *endpoint.TLSConfig.ServerName, want)
	}
	rules := as[monitoringv1.PrometheusRule](t, secure.one(t, "PrometheusRule", release))
	if len(rules.Spec.Groups) == 0 || len(rules.Spec.Groups[0].Rules) < 5 {
		t.Error("there are no alerts")
	}
	if difference := cmp.Diff("prometheus", rules.Labels["release"]); difference != "" {
		t.Error(difference)
	}

	plain := render(t, valuesOf(t, "namespaced"))
	pods := as[monitoringv1.PodMonitor](t, plain.one(t, "PodMonitor", release)).Spec.PodMetricsEndpoints[0]
	if pods.Scheme != nil || !pods.HonorLabels || *pods.Port != "metrics" {
		t.Errorf("this is not how the metrics are served: %+v", pods)
	}
}
