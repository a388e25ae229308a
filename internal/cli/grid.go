package cli

import (
	"strings"
	"unicode/utf8"
)

// grid is a table of texts. Unlike a tabwriter it can be painted: what colors a cell does not count for the width of it.
type grid [][]string

// write writes the table with columns as wide as they need to be.
func (g grid) write(text *strings.Builder, paint func(row, column int, cell string) string) {
	var widths []int
	for _, row := range g {
		for column, cell := range row {
			if column == len(widths) {
				widths = append(widths, 0)
			}
			widths[column] = max(widths[column], utf8.RuneCountInString(cell))
		}
	}
	for r, row := range g {
		for column, cell := range row {
			if column < len(row)-1 {
				cell += strings.Repeat(" ", widths[column]+columnGap-utf8.RuneCountInString(cell))
			}
			text.WriteString(paint(r, column, cell))
		}
		text.WriteString("\n")
	}
}
