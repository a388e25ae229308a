package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// acceptProtobuf asks for the format that carries native histograms, whose buckets are 9 % wide. In the text format the
// first bucket of controller-runtime's histogram ends at 5 ms, and all that is quicker looks the same.
const acceptProtobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

// metrics are the metrics of a process at one moment, by name.
type metrics map[string]*dto.MetricFamily

// scrape reads the metrics at an address.
func scrape(ctx context.Context, client *http.Client, address string) (metrics, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	request.Header.Set("Accept", acceptProtobuf)
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // It was only read.
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("read metrics: the answer was %s", response.Status)
	}
	found := metrics{}
	decoder := expfmt.NewDecoder(response.Body, expfmt.ResponseFormat(response.Header))
	for {
		family := &dto.MetricFamily{}
		err := decoder.Decode(family)
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read metrics: %w", err)
		}
		found[family.GetName()] = family
	}
}

// labels are those that a metric must have; it may have others.
type labels map[string]string

func (m metrics) matching(name string, wanted labels) []*dto.Metric {
	var found []*dto.Metric
	for _, metric := range m[name].GetMetric() {
		matches := 0
		for _, label := range metric.GetLabel() {
			if value, asked := wanted[label.GetName()]; asked && value == label.GetValue() {
				matches++
			}
		}
		if matches == len(wanted) {
			found = append(found, metric)
		}
	}
	return found
}

// sum adds the counters and gauges of a name that have the labels.
func (m metrics) sum(name string, wanted labels) float64 {
	total := 0.0
	for _, metric := range m.matching(name, wanted) {
		total += metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
	}
	return total
}

// quantile is the value, in the metric's unit, that the given share of a native histogram's observations does not exceed:
// the upper end of the bucket in which it lies, so never too good. It returns the number of observations, too.
func (m metrics) quantile(name string, wanted labels, share float64) (value float64, observations uint64, err error) {
	found := m.matching(name, wanted)
	if len(found) != 1 || found[0].GetHistogram().Schema == nil {
		return 0, 0, fmt.Errorf("the operator has no native histogram %s with the labels %v", name, wanted)
	}
	histogram := found[0].GetHistogram()
	wantedCount := uint64(math.Ceil(share * float64(histogram.GetSampleCount())))
	seen := histogram.GetZeroCount()
	if seen >= wantedCount {
		return histogram.GetZeroThreshold(), histogram.GetSampleCount(), nil
	}
	for _, bucket := range positiveBuckets(histogram) {
		seen += bucket.count
		if seen >= wantedCount {
			return bucket.end, histogram.GetSampleCount(), nil
		}
	}
	return math.Inf(1), histogram.GetSampleCount(), nil
}

type bucket struct {
	end   float64
	count uint64
}

// positiveBuckets unpacks the buckets of a native histogram, smallest first. They are stored as runs of neighbours, each
// count as the difference to the one before; bucket i ends at 2^(i/2^schema).
func positiveBuckets(histogram *dto.Histogram) []bucket {
	var buckets []bucket
	width := math.Exp2(-float64(histogram.GetSchema()))
	deltas := slices.Clone(histogram.GetPositiveDelta())
	index, count := int32(0), int64(0)
	for _, span := range histogram.GetPositiveSpan() {
		index += span.GetOffset()
		for range span.GetLength() {
			count += deltas[0]
			deltas = deltas[1:]
			// A count is never below zero; only the differences are.
			buckets = append(buckets, bucket{end: math.Exp2(float64(index) * width), count: uint64(count)}) //nolint:gosec // See above.
			index++
		}
	}
	return buckets
}
