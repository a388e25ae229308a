package cli

import (
	"io"
	"os"

	"golang.org/x/term"
)

// color is how something is shown on a terminal.
type color string

// The colors, as the eight that every terminal has.
const (
	red    color = "\x1b[31m"
	green  color = "\x1b[32m"
	yellow color = "\x1b[33m"
	bold   color = "\x1b[1m"
	plain  color = "\x1b[0m"
)

// palette colors texts, or leaves them as they are.
type palette struct{ on bool }

// paletteOf colors for a terminal, unless the user wants none (https://no-color.org) or the terminal has none.
func paletteOf(out io.Writer) palette {
	file, isFile := out.(*os.File)
	return palette{on: isFile && term.IsTerminal(int(file.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

// paint returns the text in a color.
func (p palette) paint(text string, in color) string {
	if !p.on || text == "" {
		return text
	}
	return string(in) + text + string(plain)
}
