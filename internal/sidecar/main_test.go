package sidecar

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets the test binary play the processes of process_test.go too.
func TestMain(m *testing.M) {
	if play, ok := roleOfProcess[os.Getenv(roleVariable)]; ok {
		play()
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}
