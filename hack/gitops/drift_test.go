package gitops

import (
	"testing"

	appv1 "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/google/go-cmp/cmp"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
)

// What the operator and the button write is none of Argo CD's business, however it applies.
func TestWhatTheOperatorWritesStays(t *testing.T) {
	for name, serverSide := range map[string]bool{"client-side apply": false, "server-side apply": true} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.serverSide = serverSide
			o.begin()
			o.patch("joiner", guarded)
			o.patch("joiner", `{"metadata":{"annotations":{"`+clayv1alpha1.AnnotationReconcileAt+`":"now"}}}`)
			before := o.user("joiner")
			o.catchUp()
			if found := o.compare(); !found.isSynced() {
				t.Errorf("Argo CD sees a difference:\n%s", found)
			}
			o.sync()
			if difference := cmp.Diff(before, o.user("joiner")); difference != "" {
				t.Errorf("Argo CD put it back (-before +after):\n%s", difference)
			}
		})
	}
}

// A field that a manifest leaves out is nobody's: Argo CD does not see that somebody set it in the cluster. One that is there is kept.
func TestOnlyWhatIsInGitIsKept(t *testing.T) {
	o := newOffice(t)
	o.files[file("leaver")] = user("leaver", "  role: Editor\n")
	o.begin()
	for name, noticed := range map[string]bool{"joiner": false, "leaver": true} {
		o.patch(name, `{"spec":{"role":"Admin"}}`)
		o.catchUp()
		if status := o.compare().resources["ClayUser/"+name].status; (status == appv1.SyncStatusCodeOutOfSync) != noticed {
			t.Errorf("with another role %s is %s, want it to be noticed: %t", name, status, noticed)
		}
	}
	o.sync()
	if role := o.user("leaver").Spec.Role; role != clayv1alpha1.RoleEditor {
		t.Errorf("after a sync the role is %s, want the one in Git", role)
	}
}
