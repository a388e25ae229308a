package e2e

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/audit"
)

// smallDisk makes the directory a disk of its own that is soon full.
func smallDisk(t *testing.T, directory string) {
	t.Helper()
	err := syscall.Mount("tmpfs", directory, "tmpfs", 0, "size=1m")
	if errors.Is(err, syscall.EPERM) {
		t.Skip("only root may mount a disk that is soon full")
	}
	if err != nil {
		t.Fatalf("mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(directory, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount the small disk: %v", err)
		}
	})
}

// fill takes what room a disk has left, and returns the file that took it.
func fill(t *testing.T, directory string) string {
	t.Helper()
	path := filepath.Join(directory, "filler")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if _, err := io.Copy(file, endless{}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	return path
}

// endless is read without an end.
type endless struct{}

func (endless) Read(buffer []byte) (int, error) { return len(buffer), nil }

// The disk of the audit store is full: Clay is read on, and nothing is written in Clay until there is room.
func TestAuditStoreFull(t *testing.T) {
	h := newHouse(t, enterprise(), nil)
	smallDisk(t, h.evidence)
	h.start()
	create(t, h.user("jo", clayv1alpha1.RoleEditor))
	h.untilUsers("the first invitation", allSettled)
	filler := fill(t, h.evidence)

	create(t, h.user("kim", clayv1alpha1.RoleEditor))
	h.untilWorkspace("a call for room", func(w *clayv1alpha1.ClayWorkspace) bool {
		needed := meta.FindStatusCondition(w.Status.Conditions, clayv1alpha1.ConditionHumanNeeded)
		return needed != nil && needed.Reason == audit.ReasonStoreFull
	})
	if sent := invitations(h.simulator.State()); len(sent) != 1 {
		t.Errorf("invited: %v, want one, because nothing can be recorded", sent)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	h.untilUsers("the second invitation", allSettled)
	h.checkSeats()
}
