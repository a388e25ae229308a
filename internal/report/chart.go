package report

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seatwright/clay-operator/internal/report/markup"
)

// colour is how a part of a chart is filled.
type colour string

// The colours, from a palette made to be told apart by everybody; invitations and what is unknown are hatched besides.
const (
	blue       colour = "#0072b2"
	orange     colour = "#d55e00"
	green      colour = "#009e73"
	purple     colour = "#a05195"
	grey       colour = "#9aa3af"
	pale       colour = "#e3e7ec"
	hatched    colour = "url(#hatched)"
	hatchedOff colour = "url(#hatched-off)"
)

// The measures of the charts, in units of their viewBox, which a page of A4 shows a little smaller.
const (
	chartWidth  = 820
	labelWidth  = 200
	valueWidth  = 170
	barHeight   = 20
	barStep     = 30
	columnsHigh = 160
	scaleWidth  = 44
	labelGap    = 8
	// textDrop puts the middle of a line of text onto a line.
	textDrop = 4
	// legendSize is the side of the square before a word of the legend.
	legendSize = 10
	// columnShare is the part of its place that a column fills, and maxColumn how wide it may be, where there are few.
	columnShare = 0.75
	maxColumn   = 60
	// labelRoom is what the longest label below a column takes.
	labelRoom = 55
	// labelRunes fit into labelWidth in wide letters.
	labelRunes = 23
)

// part is a part of a bar.
type part struct {
	size   int64
	fill   colour
	legend string
}

// bar is one line of a chart.
type bar struct {
	label, value string
	parts        []part
	// track is drawn behind the parts, as wide as this; zero draws none.
	track int64
}

// chart is a picture with a title, which the page shows above it, and a description for those who do not see it.
type chart struct {
	id, title, description string
	legend                 []part
}

// at makes an attribute.
func at(name markup.Name, value string) markup.Attribute {
	return markup.Attribute{Name: name, Value: value}
}

// of makes a list of attributes of names and values by turns. The names are constants.
func of(attributes ...markup.Attribute) []markup.Attribute { return attributes }

func coordinate(value float64) string { return strconv.FormatFloat(value, 'f', 1, 64) }

// figure writes a chart of the given height.
func (c *chart) figure(page *markup.Page, height int, draw func()) {
	page.Element("figure", nil, func() {
		page.Leaf("figcaption", c.title)
		c.writeLegend(page)
		box := fmt.Sprintf("0 0 %d %d", chartWidth, height)
		page.Element("svg", of(at("viewBox", box), at("role", "img"), at("aria-labelledby", c.id+"-title "+c.id+"-desc"), at("id", c.id)), func() {
			page.Leaf("title", c.title, at("id", c.id+"-title"))
			page.Leaf("desc", c.description, at("id", c.id+"-desc"))
			draw()
		})
	})
}

func (c *chart) writeLegend(page *markup.Page) {
	if len(c.legend) == 0 {
		return
	}
	page.Element("ul", of(at("class", "legend")), func() {
		for _, each := range c.legend {
			page.Element("li", nil, func() {
				page.Element("svg", of(at("viewBox", fmt.Sprintf("0 0 %d %d", legendSize, legendSize)), at("aria-hidden", "true")), func() {
					rectangle(page, 0, 0, legendSize, legendSize, each.fill, "")
				})
				page.Text(each.legend)
			})
		}
	})
}

// definitions writes the hatching that the charts of the page share.
func definitions(page *markup.Page) {
	page.Element("svg", of(at("width", "0"), at("height", "0"), at("aria-hidden", "true"), at("style", "position:absolute")), func() {
		page.Element("defs", nil, func() {
			for _, each := range []part{{fill: blue, legend: "hatched"}, {fill: grey, legend: "hatched-off"}} {
				page.Element("pattern", of(at("id", each.legend), at("width", "6"), at("height", "6"), at("patternUnits", "userSpaceOnUse"),
					at("patternTransform", "rotate(45)")), func() {
					page.Leaf("rect", "", at("width", "6"), at("height", "6"), at("fill", "#ffffff"))
					page.Leaf("rect", "", at("width", "3"), at("height", "6"), at("fill", string(each.fill)))
				})
			}
		})
	})
}

func rectangle(page *markup.Page, x, y, width, height float64, fill colour, title string) {
	page.Element("rect", of(at("x", coordinate(x)), at("y", coordinate(y)), at("width", coordinate(width)), at("height", coordinate(height)),
		at("fill", string(fill))), func() {
		if title != "" {
			page.Leaf("title", title)
		}
	})
}

func label(page *markup.Page, x, y float64, class, anchor, text string) {
	page.Element("text", of(at("x", coordinate(x)), at("y", coordinate(y)), at("class", class), at("text-anchor", anchor)), func() {
		short := shorten(text)
		page.Text(short)
		if short != text {
			page.Leaf("title", text)
		}
	})
}

// shorten cuts a label that is too long for its place: the domain of an address first, which many share. The table beside has all of it.
func shorten(text string) string {
	if utf8.RuneCountInString(text) > labelRunes {
		if local, _, isAddress := strings.Cut(text, "@"); isAddress && local != "" {
			text = local
		}
	}
	runes := []rune(text)
	if len(runes) <= labelRunes {
		return text
	}
	return string(runes[:labelRunes-1]) + "…"
}

// bars draws bars that lie, all to one scale.
func (c *chart) bars(page *markup.Page, bars []bar) {
	widest := int64(1)
	for _, each := range bars {
		total := int64(0)
		for _, part := range each.parts {
			total += part.size
		}
		widest = max(widest, total, each.track)
	}
	scale := float64(chartWidth-labelWidth-valueWidth) / float64(widest)
	c.figure(page, len(bars)*barStep, func() {
		for i, each := range bars {
			top := float64(i * barStep)
			middle := top + float64(barHeight)/2 + textDrop
			label(page, labelWidth-labelGap, middle, "label", "end", each.label)
			if each.track > 0 {
				rectangle(page, labelWidth, top, float64(each.track)*scale, barHeight, pale, "")
			}
			x := float64(labelWidth)
			for _, part := range each.parts {
				if part.size > 0 {
					rectangle(page, x, top, float64(part.size)*scale, barHeight, part.fill, part.legend+": "+grouped(part.size))
					x += float64(part.size) * scale
				}
			}
			label(page, max(x, labelWidth+float64(each.track)*scale)+labelGap, middle, "label", "start", each.value)
		}
	})
}

// columns draws columns that stand, with a scale at their left and a label below some of them.
func (c *chart) columns(page *markup.Page, columns []bar) {
	const below, above, gridLines, sparse = 26, 10, 4, 12
	top := int64(1)
	for _, each := range columns {
		total := int64(0)
		for _, part := range each.parts {
			total += part.size
		}
		top = max(top, total)
	}
	step := max(1, (top+gridLines-1)/gridLines)
	top = step * gridLines
	for top-step >= 1 && !reaches(columns, top-step) {
		top -= step
	}
	base := float64(above + columnsHigh)
	width := float64(chartWidth-scaleWidth) / float64(max(1, len(columns)))
	c.figure(page, above+columnsHigh+below, func() {
		for line := int64(0); line <= top; line += step {
			y := base - float64(line)/float64(top)*columnsHigh
			page.Leaf("line", "", at("x1", strconv.Itoa(scaleWidth)), at("x2", strconv.Itoa(chartWidth)), at("y1", coordinate(y)), at("y2", coordinate(y)),
				at("stroke", string(pale)))
			label(page, scaleWidth-labelGap, y+textDrop, "scale", "end", grouped(line))
		}
		every := (len(columns) + sparse - 1) / sparse
		for i, each := range columns {
			left, y := scaleWidth+(float64(i)+(1-columnShare)/2)*width, base
			for _, part := range each.parts {
				if part.size > 0 {
					height := float64(part.size) / float64(top) * columnsHigh
					y -= height
					rectangle(page, left, y, min(width*columnShare, maxColumn), height, part.fill, each.label+", "+part.legend+": "+grouped(part.size))
				}
			}
			if i%every == 0 && left < chartWidth-labelRoom {
				label(page, left, base+below-labelGap, "scale", "start", each.label)
			}
		}
	})
}

// reaches says whether any column is higher than a line.
func reaches(columns []bar, line int64) bool {
	for _, each := range columns {
		total := int64(0)
		for _, part := range each.parts {
			total += part.size
		}
		if total > line {
			return true
		}
	}
	return false
}
