package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// table is one set of results.
type table struct {
	title  string
	header []string
	rows   [][]string
}

// columnGap is the space between two columns on the terminal.
const columnGap = 3

// print shows the table on a terminal.
func (t table) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s\n", t.title)
	columns := tabwriter.NewWriter(out, 0, 0, columnGap, ' ', 0)
	fmt.Fprintln(columns, strings.Join(t.header, "\t"))
	for _, row := range t.rows {
		fmt.Fprintln(columns, strings.Join(row, "\t"))
	}
	_ = columns.Flush() // The terminal is gone, or it is not.
}

// Markdown is the table as docs/benchmarks.md shows it: numbers to the right.
func (t table) Markdown() string {
	var text strings.Builder
	fmt.Fprintf(&text, "**%s**\n\n| %s |\n|---%s|\n", t.title, strings.Join(t.header, " | "), strings.Repeat("|---:", len(t.header)-1))
	for _, row := range t.rows {
		fmt.Fprintf(&text, "| %s |\n", strings.Join(row, " | "))
	}
	return text.String()
}

func number(count int) string { return strconv.Itoa(count) }

// seconds and milliseconds are without their unit, which the table's header tells.
func seconds(took time.Duration) string { return fmt.Sprintf("%.1f", took.Seconds()) }

func milliseconds(took time.Duration) string {
	return fmt.Sprintf("%.2f", float64(took)/float64(time.Millisecond))
}

func mebibytes(size float64) string { return fmt.Sprintf("%.0f", size) }

// ratio says how many times as much the first is as the second.
func ratio[T int | time.Duration](first, second T) string {
	if second == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f×", float64(first)/float64(second))
}
