package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
)

// What happens in a simulated hour. A company with some hundred seats sees about this much in a week: people come and go by the
// month, and a changed seat is an event of the day. Joiners and returners equal leavers and those who go away, so that the workspace
// keeps its size and its memory can be compared.
const (
	// crew are the people with seats when the day begins.
	crew     = 80
	joiners  = 3
	leavers  = 3
	movers   = 2
	awayers  = 1 // keep their manifest, without a seat
	backers  = 1 // of those, get a seat again
	handmade = 2 // seats that somebody changes in Clay, past the manifests
	// correctedEvery hour somebody was invited with a wrong role, and strangerEvery hour somebody is invited by hand who has
	// no manifest.
	correctedEvery = 2
	strangerEvery  = 8
	// acceptOf ten people who are invited accept before the next half of an hour; the others take their time.
	acceptOf = 7
)

// people is what is asked for, in the test's own books: what the operator says and does is compared with them.
type people struct {
	named int
	// manifests counts the ClayUsers.
	manifests int
	// seats are the roles that people shall have in Clay, by address; those without a manifest are in it, too.
	seats map[string]clayv1alpha1.Role
	// away are those with a manifest and without a seat.
	away []string
	// strangers have no manifest, and touched are those whose seat was changed by hand once.
	strangers, touched map[string]bool
	// invitations, removals and roles count how often each was asked for, or made necessary by hand, by address.
	invitations, removals, roles map[string]int
}

func newPeople() *people {
	return &people{
		seats:       map[string]clayv1alpha1.Role{adminEmail: clayv1alpha1.RoleAdmin, operatorEmail: clayv1alpha1.RoleAdmin},
		strangers:   map[string]bool{adminEmail: true, operatorEmail: true},
		touched:     map[string]bool{},
		invitations: map[string]int{}, removals: map[string]int{}, roles: map[string]int{},
	}
}

// next is a name that nobody had before.
func (p *people) next() string {
	p.named++
	return fmt.Sprintf("person-%04d", p.named)
}

// anyRole is Editor as often as not.
func (d *day) anyRole() clayv1alpha1.Role {
	roles := []clayv1alpha1.Role{
		clayv1alpha1.RoleEditor, clayv1alpha1.RoleEditor, clayv1alpha1.RoleEditor, clayv1alpha1.RoleViewer, clayv1alpha1.RoleSalesRep,
		clayv1alpha1.RoleAdmin,
	}
	return roles[d.random.IntN(len(roles))]
}

// otherRole is any but the one.
func (d *day) otherRole(than clayv1alpha1.Role) clayv1alpha1.Role {
	for {
		if role := d.anyRole(); role != than {
			return role
		}
	}
}

// someone picks an address of somebody with a manifest and a seat who fits; empty where nobody does.
func (d *day) someone(fits func(email string) bool) string {
	emails := slices.Sorted(maps.Keys(d.people.seats))
	emails = slices.DeleteFunc(emails, func(email string) bool { return d.people.strangers[email] || !fits(email) })
	if len(emails) == 0 {
		return ""
	}
	return emails[d.random.IntN(len(emails))]
}

// someMember picks one who has accepted.
func (d *day) someMember(fits func(email string) bool) string {
	workspace := d.simulator.Workspace(workspaceID)
	return d.someone(func(email string) bool {
		_, is := workspace.Member(email)
		return is && fits(email)
	})
}

func anybody(string) bool { return true }

// ask changes the manifests, in any order.
func (d *day) ask(played *hour, half int) {
	d.t.Helper()
	var asked []func()
	add := func(count int, what string, do func() bool) {
		for i := range count {
			if i%halves == half || count == 1 && half == 1 {
				asked = append(asked, func() {
					if do() {
						played.asked[what]++
					}
				})
			}
		}
	}
	add(joiners, "join", d.join)
	add(movers, "move", d.move)
	add(leavers, "leave", d.leave)
	if half == 1 {
		add(awayers, "away", d.goAway)
		add(backers, "back", d.comeBack)
		if played.number%correctedEvery == 0 {
			add(1, "corrected", d.correct)
		}
	}
	d.random.Shuffle(len(asked), func(i, j int) { asked[i], asked[j] = asked[j], asked[i] })
	for _, do := range asked {
		do()
	}
}

func (d *day) join() bool {
	email, role := d.people.next()+"@example.com", d.anyRole()
	d.enroll(email, role)
	d.people.seats[email] = role
	d.people.invitations[email]++
	return true
}

// move gives a member another role.
func (d *day) move() bool {
	email := d.someMember(anybody)
	if email == "" {
		return false
	}
	d.giveAnotherRole(email)
	return true
}

func (d *day) giveAnotherRole(email string) {
	role := d.otherRole(d.people.seats[email])
	d.patch(email, fmt.Sprintf(`{"spec":{"role":%q}}`, role))
	d.people.seats[email] = role
	d.people.roles[email]++
}

// correct gives somebody who is invited another role: the invitation may have to be withdrawn for it.
func (d *day) correct() bool {
	workspace := d.simulator.Workspace(workspaceID)
	email := d.someone(func(email string) bool {
		_, is := workspace.Invitation(email)
		return is
	})
	if email == "" {
		return false
	}
	d.giveAnotherRole(email)
	d.people.removals[email]++
	d.people.invitations[email]++
	return true
}

// leave deletes somebody's manifest.
func (d *day) leave() bool {
	email := d.someone(anybody)
	if email == "" {
		return false
	}
	if err := plane.Client.Delete(d.t.Context(), d.userOf(email, "")); err != nil {
		d.t.Fatalf("delete a user: %v", err)
	}
	d.people.manifests--
	delete(d.people.seats, email)
	d.people.removals[email]++
	return true
}

func (d *day) goAway() bool {
	email := d.someone(anybody)
	if email == "" {
		return false
	}
	d.patch(email, `{"spec":{"active":false}}`)
	delete(d.people.seats, email)
	d.people.away = append(d.people.away, email)
	d.people.removals[email]++
	return true
}

// comeBack gives the one who has been away longest a seat again.
func (d *day) comeBack() bool {
	if len(d.people.away) <= 1 { // the one who just went stays away for a while
		return false
	}
	email, role := d.people.away[0], clayv1alpha1.RoleEditor
	d.people.away = d.people.away[1:]
	d.patch(email, fmt.Sprintf(`{"spec":{"active":true,"role":%q}}`, role))
	d.people.seats[email] = role
	d.people.invitations[email]++
	return true
}

// workByHand lets people accept, and an admin change seats past the manifests. It is done while all is calm.
func (d *day) workByHand(played *hour, half int) {
	d.t.Helper()
	for _, invitation := range d.simulator.Workspace(workspaceID).Invitations {
		if d.random.IntN(10) >= acceptOf {
			continue
		}
		if err := d.simulator.AcceptInvitation(invitation.Email); err != nil {
			d.t.Fatal(err)
		}
		played.asked["accept"]++
	}
	untouched := func(email string) bool { return !d.people.touched[email] }
	for range handmade / halves {
		email := d.someMember(untouched)
		if email == "" {
			continue
		}
		d.people.touched[email] = true
		if d.random.IntN(2) == 0 {
			d.admin.changeRole(email, d.otherRole(d.people.seats[email]))
			d.people.roles[email]++
		} else {
			d.admin.remove(email)
			d.confirmGone(email)
			d.people.invitations[email]++
		}
		played.asked["by hand"]++
	}
	if half == 0 && played.number%strangerEvery == 0 {
		email := strings.Replace(d.people.next(), "person", "stranger", 1) + "@example.com"
		d.admin.invite(email, clayv1alpha1.RoleViewer)
		d.people.strangers[email] = true
		d.people.seats[email] = clayv1alpha1.RoleViewer
		d.people.invitations[email]++
		played.asked["by hand"]++
	}
}

// confirmGone says for a person whose seat was taken away by hand that this is so, once the operator doubts it: it would believe it after
// ten minutes, of which the simulated day has none.
func (d *day) confirmGone(email string) {
	d.t.Helper()
	doubted := func() bool {
		user := d.userOf(email, "")
		if err := plane.Client.Get(d.t.Context(), client.ObjectKeyFromObject(user), user); err != nil {
			d.t.Fatalf("get the user %s: %v", email, err)
		}
		ready := meta.FindStatusCondition(user.Status.Conditions, clayv1alpha1.ConditionReady)
		return ready != nil && ready.Reason == "AbsenceUnconfirmed"
	}
	request := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, clayv1alpha1.AnnotationReconcileAt, time.Now().Format(time.RFC3339Nano))
	if err := plane.Client.Patch(d.t.Context(), d.workspace(), client.RawPatch(types.MergePatchType, []byte(request))); err != nil {
		d.t.Fatalf("ask for a reading: %v", err)
	}
	d.until("the operator to doubt that "+email+" is gone", doubted)
	d.patch(email, request)
}

// enroll makes somebody's manifest.
func (d *day) enroll(email string, role clayv1alpha1.Role) {
	d.t.Helper()
	create(d.t, d.userOf(email, role))
	d.people.manifests++
}

// userOf makes the ClayUser of an address.
func (d *day) userOf(email string, role clayv1alpha1.Role) *clayv1alpha1.ClayUser {
	name, _, _ := strings.Cut(email, "@")
	return d.user(name, role)
}

func (d *day) patch(email, change string) {
	d.t.Helper()
	if err := plane.Client.Patch(d.t.Context(), d.userOf(email, ""), client.RawPatch(types.MergePatchType, []byte(change))); err != nil {
		d.t.Fatalf("change the user %s: %v", email, err)
	}
}

// simulatorRole translates the operator's name of a role into the simulator's.
func simulatorRole(role clayv1alpha1.Role) claysim.Role {
	if role == clayv1alpha1.RoleSalesRep {
		return claysim.RoleSalesRep
	}
	return claysim.Role(role)
}
