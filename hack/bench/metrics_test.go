package main

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func TestQuantileIsNeverTooGoodAndNeverFarOff(t *testing.T) {
	const factor = 1.1
	histogram := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "reconcile_seconds", Help: "For this test.", Buckets: []float64{0.005, 0.01}, NativeHistogramBucketFactor: factor,
	}, []string{"controller"})
	registry := prometheus.NewRegistry()
	registry.MustRegister(histogram)
	random := rand.New(rand.NewPCG(1, 2))
	var values []float64
	for range 1000 {
		value := random.ExpFloat64() / 1000
		values = append(values, value)
		histogram.WithLabelValues("clayuser").Observe(value)
		histogram.WithLabelValues("other").Observe(1)
	}
	slices.Sort(values)
	server := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	t.Cleanup(server.Close)

	scraped, err := scrape(t.Context(), http.DefaultClient, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, share := range []float64{0.5, 0.99, 1} {
		got, observations, err := scraped.quantile("reconcile_seconds", labels{"controller": "clayuser"}, share)
		if err != nil {
			t.Fatal(err)
		}
		exact := values[int(share*1000)-1]
		if observations != 1000 || got < exact || got > exact*factor {
			t.Errorf("quantile %v: got %v of %d observations, want between %v and %v of 1000", share, got, observations, exact, exact*factor)
		}
	}
	if _, _, err := scraped.quantile("reconcile_seconds", labels{"controller": "nobody"}, 0.5); err == nil {
		t.Error("a controller without observations has a quantile")
	}
}

func TestSumAddsWhatHasTheLabels(t *testing.T) {
	writes := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "requests_total", Help: "For this test."}, []string{"resource", "verb"})
	registry := prometheus.NewRegistry()
	registry.MustRegister(writes)
	writes.WithLabelValues("clayusers", "PATCH").Add(3)
	writes.WithLabelValues("clayusers", "PUT").Add(4)
	writes.WithLabelValues("events", "PATCH").Add(5)
	server := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	t.Cleanup(server.Close)

	scraped, err := scrape(t.Context(), http.DefaultClient, server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if got := scraped.sum("requests_total", labels{"resource": "clayusers"}); got != 7 {
		t.Errorf("writes of users: got %v, want 7", got)
	}
}
