package cli

import (
	"context"
	"errors"
	"io"
	"testing"
)

func TestABrowserEndsWithItsParent(t *testing.T) {
	parent, child := io.Pipe()
	ctx := followParent(t.Context(), parent)
	if ctx.Err() != nil {
		t.Fatal("it ended before its parent did")
	}
	if err := child.Close(); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	if cause := context.Cause(ctx); !errors.Is(cause, errOrphaned) {
		t.Errorf("it ended because of %v", cause)
	}
}

func TestAWedgedBrowserEndsTheProcess(t *testing.T) {
	wedged := make(chan struct{})
	ctx, cancel := endWhen(t.Context(), wedged, errWedged)
	t.Cleanup(func() { cancel(nil) })
	if ctx.Err() != nil {
		t.Fatal("it ended before anything was wedged")
	}
	close(wedged)
	<-ctx.Done()
	if cause := context.Cause(ctx); !errors.Is(cause, errWedged) {
		t.Errorf("it ended because of %v", cause)
	}
}
