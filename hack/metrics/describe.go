package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seatwright/clay-operator/internal/cli"
)

// family is one metric, as its descriptor tells.
type family struct {
	name, kind, unit, help string
	labels                 []string
}

// describeAll returns the metrics of a manager by their names.
func describeAll() ([]family, error) {
	var families []family
	for _, collector := range cli.MetricCollectors() {
		for _, description := range describe(collector) {
			next, err := parse(description.String())
			if err != nil {
				return nil, err
			}
			next.kind = kindOf(collector)
			families = append(families, next)
		}
	}
	slices.SortFunc(families, func(a, b family) int { return strings.Compare(a.name, b.name) })
	return families, nil
}

func describe(collector prometheus.Collector) []*prometheus.Desc {
	descriptions := make(chan *prometheus.Desc)
	go func() {
		defer close(descriptions)
		collector.Describe(descriptions)
	}()
	var all []*prometheus.Desc
	for description := range descriptions {
		all = append(all, description)
	}
	return all
}

// kindOf returns the type. What is no counter and no histogram is made when it is asked for, and all of those are gauges.
func kindOf(collector prometheus.Collector) string {
	switch collector.(type) {
	case prometheus.Counter, *prometheus.CounterVec:
		return "counter"
	case prometheus.Histogram, *prometheus.HistogramVec:
		return "histogram"
	default:
		return "gauge"
	}
}

// printed is how a descriptor prints itself; it tells what it holds in no other way.
var printed = regexp.MustCompile(`^Desc\{fqName: "([^"]+)", help: ("(?:[^"\\]|\\.)*"), .*constLabels: \{\}, variableLabels: \{([^}]*)\}`)

func parse(description string) (family, error) {
	found := printed.FindStringSubmatch(description)
	if found == nil {
		return family{}, fmt.Errorf("a descriptor prints itself in another way than is known: %s", description)
	}
	help, err := strconv.Unquote(found[2])
	if err != nil {
		return family{}, fmt.Errorf("%s: %w", description, err)
	}
	next := family{name: found[1], help: help, unit: unitOf(found[1])}
	if found[3] != "" {
		next.labels = strings.Split(found[3], ",")
	}
	return next, nil
}

// unitOf returns the unit, which by Prometheus' convention is a part of the name.
func unitOf(name string) string {
	for _, unit := range []string{"seconds", "bytes"} {
		if strings.HasSuffix(strings.TrimSuffix(name, "_total"), "_"+unit) {
			return unit
		}
	}
	return "1"
}

// The table in the document stands between these two lines.
const (
	tableBegin = "<!-- The table is made from the code by \"make generate\". -->\n"
	tableEnd   = "<!-- End of the table. -->\n"
)

func tableOf(families []family) string {
	var table strings.Builder
	table.WriteString("\n| metric | type | unit | labels | tells |\n|---|---|---|---|---|\n")
	for _, each := range families {
		labels := make([]string, len(each.labels))
		for i, label := range each.labels {
			labels[i] = "`" + label + "`"
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s | %s |\n", each.name, each.kind, each.unit, strings.Join(labels, ", "), each.help)
	}
	table.WriteString("\n")
	return table.String()
}

// replaceTable puts the table into the document.
func replaceTable(document []byte, table string) ([]byte, error) {
	before, rest, begins := strings.Cut(string(document), tableBegin)
	_, after, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		return nil, fmt.Errorf("the lines %q and %q are not there", tableBegin, tableEnd)
	}
	return []byte(before + tableBegin + table + tableEnd + after), nil
}
