package seat

// keepAnAdmin blocks, from the end, the changes after which no admin would be left. Admins who are only to become so in
// the same plan do not count: their promotion may fail.
func (w *world) keepAnAdmin(differences []difference) {
	admins := w.certainAdmins()
	left := len(admins)
	for i := range differences {
		d := &differences[i]
		if d.reason != "" || !d.mayTouchAdmin() {
			continue
		}
		switch certain := admins[d.member.Email]; {
		case certain && left > 1:
			left--
		case certain || left == 0:
			d.reason = BlockedLastAdmin
		}
	}
}

// certainAdmins are the active members who are admins beyond doubt. One whose removal has an unknown outcome is not.
func (w *world) certainAdmins() map[Email]bool {
	admins := map[Email]bool{}
	for email, place := range w.addresses {
		if !place.valid || len(place.members) != 1 {
			continue
		}
		wish := place.wish()
		doubtful := wish != nil && wish.Wait == BlockedOutcomeUnknown
		member := place.members[0]
		if !doubtful && member.Presence == Active && member.Role == RoleAdmin {
			admins[email] = true
		}
	}
	return admins
}
