package mailbox

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// literal is a text of which a server promises some length.
type literal struct {
	io.Reader

	size int64
}

func (l literal) Size() int64 { return l.size }

func TestRead(t *testing.T) {
	large := strings.Repeat("x", maxMessage+1)
	for name, test := range map[string]struct {
		sent string
		size int64
		want string
		err  error
	}{
		"whole":              {"code 482913", 11, "code 482913", nil},
		"nothing":            {"", 0, "", nil},
		"broken off":         {"code 4829", 11, "", io.ErrUnexpectedEOF},
		"large":              {large, int64(len(large)), "", nil},
		"large, broken off":  {"code 482913", int64(len(large)), "", io.ErrUnexpectedEOF},
		"as large as may be": {large[1:], maxMessage, large[1:], nil},
		"broken off at once": {"", 11, "", io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			rest := strings.NewReader(test.sent)
			got, err := read(literal{rest, test.size})
			if string(got) != test.want || !errors.Is(err, test.err) {
				t.Errorf("%d bytes, %v; want %d, %v", len(got), err, len(test.want), test.err)
			}
			if rest.Len() > 0 {
				t.Error("something was left for the next answer")
			}
		})
	}
	if content, err := read(nil); content != nil || err != nil {
		t.Errorf("no text at all is %q, %v", content, err)
	}
}
