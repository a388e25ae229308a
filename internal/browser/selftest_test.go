package browser

import "testing"

func TestSelfTest(t *testing.T) {
	before := shared.Stats().Recycles[ReasonSelfTest]
	if err := shared.SelfTest(t.Context()); err != nil {
		t.Fatal(err)
	}
	// One session stores, another restores.
	if got := shared.Stats().Recycles[ReasonSelfTest] - before; got != 2 {
		t.Errorf("the self-test left %d sessions behind it, want 2", got)
	}
}
