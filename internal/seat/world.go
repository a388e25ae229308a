package seat

import (
	"cmp"
	"slices"
)

// world is the input of one plan, joined by address.
type world struct {
	policy    Policy
	protected map[Email]bool
	// account is the address that the operator signed in with; empty where it is none.
	account Email
	// accountShown is true where Clay's list has an active admin with that address. Elsewhere the list may know the account by
	// another address, so that it may be any admin's.
	accountShown bool
	addresses    map[Email]*address
	// unreadableMember is true where some line of Clay's list has no legible address: it may be anybody's.
	unreadableMember bool
	// unreadableManifest is true where some manifest has no legible address: it may mean any member.
	unreadableManifest bool
}

// address is all that is wanted and seen of one e-mail address.
type address struct {
	email Email
	valid bool
	// manifests name this address; the first of them has it, the others are duplicates.
	manifests []Desired
	// members are the lines of Clay's list with this address: one, or the list is ambiguous.
	members []Member
}

func newWorld(desired []Desired, observed Inventory, policy Policy) *world {
	w := &world{
		policy:    policy,
		protected: make(map[Email]bool, len(policy.Protected)),
		addresses: make(map[Email]*address, len(observed.Members)+len(desired)),
	}
	if account, valid := canonical(observed.Account); valid {
		w.account = account
	}
	for email, protect := range policy.Protected {
		if key, _ := canonical(email); protect {
			w.protected[key] = true
		}
	}
	for _, member := range observed.Members {
		w.addMember(member)
	}
	for _, manifest := range desired {
		w.addManifest(manifest)
	}
	for _, place := range w.addresses {
		place.settle()
	}
	return w
}

func (w *world) at(email Email) *address {
	key, valid := canonical(email)
	place, known := w.addresses[key]
	if !known {
		place = &address{email: key, valid: valid}
		w.addresses[key] = place
	}
	return place
}

func (w *world) addMember(member Member) {
	place := w.at(member.Email)
	member.Email = place.email
	if !isKnown(member.Role) {
		member.Role = ""
	}
	if member.Presence != Pending && member.Presence != Active {
		// Something is shown, so the address is not simply absent, whatever else the line says.
		member.Presence = unclear
	}
	place.members = append(place.members, member)
	own := place.valid && place.email == w.account
	w.accountShown = w.accountShown || own && member.Presence == Active && member.Role == RoleAdmin
	w.unreadableMember = w.unreadableMember || !place.valid
}

func (w *world) addManifest(manifest Desired) {
	place := w.at(manifest.Email)
	manifest.Email = place.email
	if manifest.Role == "" {
		manifest.Role = DefaultRole
	}
	place.manifests = append(place.manifests, manifest)
	w.unreadableManifest = w.unreadableManifest || !place.valid
}

// settle decides which manifest has the address, and what the others leave to it.
func (a *address) settle() {
	slices.SortFunc(a.manifests, comparePrecedence)
	// Whether an attempt worked is a question about the address. It stays open when another manifest takes over.
	doubtful := slices.ContainsFunc(a.manifests, func(manifest Desired) bool { return manifest.Wait == BlockedOutcomeUnknown })
	if doubtful {
		a.manifests[0].Wait = BlockedOutcomeUnknown
	}
}

// wish returns the manifest that has the address, or nil where there is none.
func (a *address) wish() *Desired {
	if len(a.manifests) == 0 {
		return nil
	}
	return &a.manifests[0]
}

// comparePrecedence orders manifests of one address: those that stay before those that go, then the older, then by name.
func comparePrecedence(a, b Desired) int {
	if a.Deleting != b.Deleting {
		if b.Deleting {
			return -1
		}
		return 1
	}
	return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Owner, b.Owner))
}

func compareMembers(a, b Member) int {
	return cmp.Or(
		cmp.Compare(a.Email, b.Email),
		cmp.Compare(a.Presence, b.Presence),
		cmp.Compare(a.Role, b.Role),
		cmp.Compare(a.ID, b.ID),
		cmp.Compare(a.Name, b.Name),
	)
}

func (w *world) duplicates() map[string]string {
	var duplicates map[string]string
	for _, place := range w.addresses {
		for index, manifest := range place.manifests {
			if index == 0 {
				continue
			}
			if duplicates == nil {
				duplicates = map[string]string{}
			}
			duplicates[manifest.Owner] = place.manifests[0].Owner
		}
	}
	return duplicates
}

// isUnmanaged is true for members whom neither a ClayUser nor the workspace's own manifest names.
func (w *world) isUnmanaged(place *address) bool {
	own := place.email == w.account && w.account != ""
	return len(place.manifests) == 0 && !own && !w.protected[place.email]
}

func (w *world) unmanaged() []Member {
	var members []Member
	for _, place := range w.addresses {
		if w.isUnmanaged(place) {
			members = append(members, place.members...)
		}
	}
	slices.SortFunc(members, compareMembers)
	return members
}

func isKnown(role Role) bool { return slices.Contains(Roles(), role) }
