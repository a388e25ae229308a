package gitops

import (
	"fmt"
	"strings"
	"testing"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
)

const (
	people = 30
	// budget is how many removals the hour allows.
	budget = 3
	// pruned is how many files one commit removes by mistake.
	pruned = 10
	// looks is how often Argo CD syncs again what has nothing left to do.
	looks = 5
)

// person is the name of the ClayUser and of the file of somebody.
func person(number int) string { return fmt.Sprintf("person-%02d", number) }

func file(name string) string { return "users/" + name + ".yaml" }

func email(name string) string { return name + "@example.com" }

// user is somebody's manifest.
func user(name string, lines ...string) string {
	return fmt.Sprintf(`apiVersion: clay.seatwright.dev/v1alpha1
kind: ClayUser
metadata:
  name: %s
spec:
  workspaceRef:
    name: %s
  email: %s
%s`, name, workspaceName, email(name), strings.Join(lines, ""))
}

// manifests are what the repository holds besides the people.
func manifests(appURL string) map[string]string {
	return map[string]string{
		"secret.yaml": fmt.Sprintf(`apiVersion: v1
kind: Secret
metadata:
  name: clay-login
  annotations:
    argocd.argoproj.io/sync-wave: "-1"
type: Opaque
stringData:
  email: %s
  password: %s
`, operatorEmail, operatorPassword),
		"workspace.yaml": fmt.Sprintf(`apiVersion: clay.seatwright.dev/v1alpha1
kind: ClayWorkspace
metadata:
  name: %s
spec:
  workspaceID: "%d"
  appURL: %s
  login:
    secretRef:
      name: clay-login
  removals:
    maxPerHour: %d
`, workspaceName, workspaceID, appURL, budget),
	}
}

// story is one Git repository of one workspace and its people, from the first commit on.
type story struct {
	*house
	*application
}

// A Git repository of a workspace and thirty people, as Argo CD keeps it: applied, changed, pruned, healed, and held where a commit
// removes too many.
func TestGitRepository(t *testing.T) {
	h := newHouse(t)
	collectGarbage(t, h.namespace)
	s := story{house: h, application: newApplication(t, plane.Config, h.namespace)}
	for _, chapter := range []struct {
		name string
		tell func(story, *testing.T)
	}{
		{"thirty people are invited", story.invite},
		{"they accept, and a click says so", story.accept},
		{"a change in Git becomes one in Clay", story.change},
		{"a file that is gone is a seat that is gone", story.leave},
		{"a change in the cluster does not last", story.heal},
		{"a mass prune is held", story.hold},
		{"a mass prune is taken back", story.takeBack},
	} {
		if !t.Run(chapter.name, func(t *testing.T) {
			s.house.t, s.application.t, s.repository.t = t, t, t
			chapter.tell(s, t)
		}) {
			break
		}
	}
	s.house.t, s.application.t, s.repository.t = t, t, t
}

func (s story) invite(t *testing.T) {
	t.Helper()
	files := manifests(s.simulator.AppURL())
	for number := range people {
		role := ""
		if number%10 == 0 {
			role = "  role: Viewer\n"
		}
		files[file(person(number))] = user(person(number), role)
	}
	s.repository.commit("Invite everybody", files)
	s.sync()
	found := s.until("everybody to be invited", func(found comparison) bool {
		waiting := 0
		for _, resource := range found.resources {
			if strings.HasPrefix(resource.health.Message, "Invited on ") {
				waiting++
			}
		}
		return waiting == people && found.resources["ClayWorkspace/"+workspaceName].health.Status == health.HealthStatusHealthy
	})
	if !found.isSynced() || found.health() != health.HealthStatusProgressing {
		t.Errorf("with everybody invited Argo CD says synced=%t, %s:\n%s", found.isSynced(), found.health(), found)
	}
	sent := s.invitations()
	for number := range people {
		if sent[email(person(number))] != 1 {
			t.Errorf("%s got %d invitations, want 1", person(number), sent[email(person(number))])
		}
	}
	s.quiet(t)
}

func (s story) accept(t *testing.T) {
	t.Helper()
	s.acceptAll()
	s.reconcileNow(s.application)
	s.untilWell("everybody to have a seat")
	if members := len(s.simulator.Workspace(workspaceID).Members); members != people+2 {
		t.Errorf("Clay has %d members, want %d", members, people+2)
	}
	s.quiet(t)
}

func (s story) change(t *testing.T) {
	t.Helper()
	s.repository.commit("Make somebody a viewer", map[string]string{file(person(1)): user(person(1), "  role: Viewer\n")})
	if s.compare().isSynced() {
		t.Fatal("Argo CD does not see the commit")
	}
	s.sync()
	s.untilWell("the change")
	if member, _ := s.simulator.Workspace(workspaceID).Member(email(person(1))); member.Role != claysim.RoleViewer {
		t.Errorf("Clay shows the role %s", member.Role)
	}
	s.quiet(t)
}

func (s story) leave(t *testing.T) {
	t.Helper()
	s.repository.commit("Let somebody go", map[string]string{file(person(2)): ""})
	s.sync()
	s.untilWell("the leaver to be gone")
	if _, found := s.simulator.Workspace(workspaceID).Member(email(person(2))); found {
		t.Error("the leaver has a seat")
	}
	s.quiet(t)
}

func (s story) heal(t *testing.T) {
	t.Helper()
	live := &clayv1alpha1.ClayUser{}
	live.Namespace, live.Name = s.house.namespace, person(1)
	if err := plane.Client.Patch(t.Context(), live, client.RawPatch(types.MergePatchType, []byte(`{"spec":{"role":"Admin"}}`))); err != nil {
		t.Fatal(err)
	}
	s.until("the change to be in Clay", func(found comparison) bool {
		return !found.isSynced() && strings.Contains(found.resources["ClayUser/"+person(1)].health.Message, "the role Admin")
	})
	s.sync()
	s.untilWell("the change to be undone")
	if member, _ := s.simulator.Workspace(workspaceID).Member(email(person(1))); member.Role != claysim.RoleViewer {
		t.Errorf("Clay shows the role %s", member.Role)
	}
	s.quiet(t)
}

// hold removes more files than the hour allows seats. One seat went already.
func (s story) hold(t *testing.T) {
	t.Helper()
	gone := map[string]string{}
	for number := range pruned {
		gone[file(person(people-1-number))] = ""
	}
	s.repository.commit("Remove a third by mistake", gone)
	s.sync()
	const held = pruned - (budget - 1)
	found := s.until("the rest to be held", func(found comparison) bool {
		waiting := 0
		for _, resource := range found.resources {
			if resource.pruned && resource.health.Message == "Pending deletion" {
				waiting++
			}
		}
		return waiting == held && strings.Contains(found.resources["ClayWorkspace/"+workspaceName].health.Message, fmt.Sprintf("%d removals are held back", held))
	})
	shown := found.resources["ClayWorkspace/"+workspaceName].health
	if shown.Status != health.HealthStatusProgressing || !strings.Contains(shown.Message, clayv1alpha1.AnnotationApproveRemovals+"=") {
		t.Errorf("the workspace is %+v, want it to say how the removals are approved", shown)
	}
	s.checkKept(t, held)
	s.quiet(t)
	s.checkKept(t, held)
}

// checkKept checks that the held have their seats.
func (s story) checkKept(t *testing.T, held int) {
	t.Helper()
	kept := 0
	for number := people - pruned; number < people; number++ {
		if _, found := s.simulator.Workspace(workspaceID).Member(email(person(number))); found {
			kept++
		}
	}
	if kept != held {
		t.Errorf("%d of those whom the commit removed have a seat, want %d", kept, held)
	}
}

// takeBack reverts the commit, and has the operator leave the seats as they are while their ClayUsers are made anew.
func (s story) takeBack(t *testing.T) {
	t.Helper()
	s.repository.revert()
	kept := map[string]string{}
	for number := people - pruned; number < people; number++ {
		kept[file(person(number))] = user(person(number), "  deletionPolicy: Retain\n")
	}
	s.repository.commit("Keep their seats", kept)
	before := len(s.simulator.Workspace(workspaceID).Members)
	sent := s.invitations()
	for number := people - pruned; number < people; number++ {
		// Those whose removal was within the budget are invited anew; nobody else gets an e-mail.
		if _, found := s.simulator.Workspace(workspaceID).Member(email(person(number))); !found {
			sent[email(person(number))]++
		}
	}
	s.until("everybody to be made anew", func(found comparison) bool {
		// What is going while it is applied fails, and is made in the next sync.
		if !found.isSynced() {
			_ = s.attempt()
		}
		return found.isSynced() && !s.isOutdated(found)
	})
	if members := len(s.simulator.Workspace(workspaceID).Members); members != before {
		t.Errorf("Clay has %d members, want the %d that it had when the commit was taken back", members, before)
	}
	s.until("those who are gone to be invited", func(comparison) bool {
		return len(s.simulator.Workspace(workspaceID).Invitations) == budget-1
	})
	s.acceptAll()
	s.reconcileNow(s.application)
	s.untilWell("everybody to have a seat again")
	if difference := cmp.Diff(sent, s.invitations()); difference != "" {
		t.Errorf("invitations by address, and how often (-want +got):\n%s", difference)
	}
	s.quiet(t)
}

// isOutdated says whether the operator has something to look at yet.
func (s story) isOutdated(found comparison) bool {
	for _, object := range found.Live {
		if object == nil || object.GetKind() != "ClayUser" {
			continue
		}
		observed, _, _ := unstructured.NestedInt64(object.Object, "status", "observedGeneration")
		if observed != object.GetGeneration() {
			return true
		}
	}
	return false
}

func (s story) untilWell(what string) {
	s.application.t.Helper()
	s.until(what, func(found comparison) bool { return found.isSynced() && found.isHealthy() })
}

// quiet checks that Argo CD and the operator have come to rest: however often Argo CD syncs, neither of them writes, and the comparison
// says the same.
func (s story) quiet(t *testing.T) {
	t.Helper()
	before, shown := s.versions(t), s.compare().String()
	for range looks {
		s.sync()
	}
	if difference := cmp.Diff(before, s.versions(t)); difference != "" {
		t.Errorf("with nothing to do something was written (-before +after):\n%s", difference)
	}
	if after := s.compare().String(); after != shown {
		t.Errorf("with nothing to do Argo CD says something else:\nbefore\n%s\nafter\n%s", shown, after)
	}
}

// versions tells every write to a manifest's resource. Of the workspace it tells those to the manifest alone: its status says when Clay
// was read.
func (s story) versions(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	var users clayv1alpha1.ClayUserList
	if err := plane.Client.List(t.Context(), &users, client.InNamespace(s.house.namespace)); err != nil {
		t.Fatal(err)
	}
	for _, user := range users.Items {
		found["ClayUser/"+user.Name] = user.ResourceVersion
	}
	secret := &corev1.Secret{}
	if err := plane.Client.Get(t.Context(), client.ObjectKey{Namespace: s.house.namespace, Name: "clay-login"}, secret); err != nil {
		t.Fatal(err)
	}
	found["Secret/"+secret.Name] = secret.ResourceVersion
	workspace := &clayv1alpha1.ClayWorkspace{}
	if err := plane.Client.Get(t.Context(), client.ObjectKey{Namespace: s.house.namespace, Name: workspaceName}, workspace); err != nil {
		t.Fatal(err)
	}
	found["ClayWorkspace/"+workspace.Name] = fmt.Sprint(workspace.Generation, workspace.Annotations, workspace.Labels, workspace.Finalizers)
	return found
}

// invitations counts the invitations e-mailed, by address.
func (s story) invitations() map[string]int {
	sent := map[string]int{}
	for _, mail := range s.simulator.Outbox() {
		if mail.Kind == claysim.MailInvitation {
			sent[mail.To]++
		}
	}
	return sent
}
