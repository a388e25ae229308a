package browser

import (
	"errors"
	"testing"
)

func TestWedgedIsClosedByAWedgedCallOnly(t *testing.T) {
	b := &Browser{wedge: wedge{noted: make(chan struct{})}}
	wedged := func() bool {
		select {
		case <-b.Wedged():
			return true
		default:
			return false
		}
	}
	for _, err := range []error{nil, errors.New("other"), &Error{Kind: KindSessionLost}} {
		b.wedge.note(err)
	}
	if wedged() {
		t.Error("a call that came back wedged the process")
	}
	b.wedge.note(&Error{Kind: KindWedged})
	b.wedge.note(&Error{Kind: KindWedged})
	if !wedged() {
		t.Error("a call that did not come back was not noted")
	}
}
