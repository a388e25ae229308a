package e2e

import (
	"fmt"
	"strings"
)

// The measures of the chart, in its own units.
const (
	chartWidth, chartHeight         = 760.0, 320.0
	chartLeft, chartRight           = 56.0, 96.0
	chartTop, chartBottom           = 16.0, 40.0
	chartStep                       = 200.0 // mebibytes between two lines
	chartText                       = `font-family="sans-serif" font-size="12" fill="#57606a"`
	chartGrid, chartAxis, hourLabel = "#d8dee4", "#8c959f", 4
)

// drawMemory draws the memory of each process by the hour, as an SVG. There is at least one hour.
func drawMemory(hours []hour) string {
	lines := []struct {
		name, color string
		of          func(memory) float64
	}{
		{"Chromium", "#0969da", func(m memory) float64 { return m.chromium }},
		{"node", "#1a7f37", func(m memory) float64 { return m.node }},
		{"manager", "#bc4c00", func(m memory) float64 { return m.manager }},
		{"sidecar", "#8250df", func(m memory) float64 { return m.sidecar }},
	}
	most := chartStep
	for _, line := range lines {
		for _, played := range hours {
			for most <= line.of(played.memory) {
				most += chartStep
			}
		}
	}
	x := func(place int) float64 {
		return chartLeft + (chartWidth-chartLeft-chartRight)*float64(place)/float64(max(1, len(hours)-1))
	}
	y := func(mebibytes float64) float64 {
		return chartHeight - chartBottom - (chartHeight-chartTop-chartBottom)*mebibytes/most
	}
	var text strings.Builder
	fmt.Fprintf(&text, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" role="img" aria-label="Memory by the hour">`+"\n", chartWidth, chartHeight)
	fmt.Fprintf(&text, `<rect width="100%%" height="100%%" fill="#ffffff"/>`+"\n")
	for value := 0.0; value <= most; value += chartStep {
		color := chartGrid
		if value == 0 {
			color = chartAxis
		}
		fmt.Fprintf(&text, `<path d="M%.1f %.1fH%.1f" stroke="%s"/>`+"\n", chartLeft, y(value), chartWidth-chartRight, color)
		fmt.Fprintf(&text, `<text x="%.1f" y="%.1f" text-anchor="end" %s>%.0f</text>`+"\n", chartLeft-8, y(value)+4, chartText, value)
	}
	for place, played := range hours {
		if played.number == 1 || played.number%hourLabel == 0 {
			fmt.Fprintf(&text, `<text x="%.1f" y="%.1f" text-anchor="middle" %s>%d</text>`+"\n", x(place), chartHeight-chartBottom+18, chartText, played.number)
		}
	}
	fmt.Fprintf(&text, `<text x="%.1f" y="%.1f" %s>MiB of resident memory after each simulated hour</text>`+"\n", chartLeft, chartHeight-6, chartText)
	label := 0.0
	for _, line := range lines {
		var points []string
		for place, played := range hours {
			points = append(points, fmt.Sprintf("%.1f,%.1f", x(place), y(line.of(played.memory))))
		}
		fmt.Fprintf(&text, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(points, " "), line.color)
		// The names of lines that lie close must not cover each other.
		label = max(label+14, y(line.of(hours[len(hours)-1].memory))+4)
		fmt.Fprintf(&text, `<text x="%.1f" y="%.1f" font-family="sans-serif" font-size="12" fill="%s">%s</text>`+"\n",
			chartWidth-chartRight+8, label, line.color, line.name)
	}
	text.WriteString("</svg>\n")
	return text.String()
}
