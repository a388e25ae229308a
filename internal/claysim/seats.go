package claysim

import (
	"slices"
)

// The sentences of refused writes. They are invented.
const (
	sentenceNotAdmin    = "Only admins can manage the team"
	sentenceNoAccess    = "You don't have access to this workspace"
	sentenceLastAdmin   = "A workspace needs at least one admin"
	sentenceRolePlan    = "This role is not available on your plan"
	sentenceNoMember    = "This person is not a member of the workspace"
	sentenceNoInvite    = "This invitation no longer exists"
	sentenceUnknownRole = "Unknown role"
)

// memberWorkspaceLocked is the workspace if the actor belongs to it. A foreign
// workspace and one that does not exist look the same from outside.
func (w *world) memberWorkspaceLocked(actor *account, id int) (*workspace, Role, *refusal) {
	ws := w.workspaceLocked(id)
	if ws == nil {
		return nil, "", forbidden(sentenceNoAccess)
	}
	member := ws.memberByID(actor.id)
	if member == nil {
		return nil, "", forbidden(sentenceNoAccess)
	}
	return ws, member.Role, nil
}

// adminWorkspaceLocked is the workspace if the actor may manage its team.
func (w *world) adminWorkspaceLocked(actor *account, id int) (*workspace, *refusal) {
	ws, role, refused := w.memberWorkspaceLocked(actor, id)
	if refused != nil {
		return nil, refused
	}
	if role != RoleAdmin {
		return nil, forbidden(sentenceNotAdmin)
	}
	return ws, nil
}

// write runs one change of a workspace as an admin and keeps it in the journal, done or refused.
func (w *world) write(actor *account, workspaceID int, verb Verb, change func(*workspace, *Entry) *refusal) *refusal {
	return w.writeAll(actor, workspaceID, verb, func(ws *workspace, entry *Entry) ([]Entry, *refusal) { return nil, change(ws, entry) })
}

// writeAll runs one act that may change several things: the entries that the change gives back follow its own.
func (w *world) writeAll(actor *account, workspaceID int, verb Verb, change func(*workspace, *Entry) ([]Entry, *refusal)) *refusal {
	w.mu.Lock()
	defer w.mu.Unlock()
	entry := Entry{Verb: verb, Workspace: workspaceID, Actor: actor.Email}
	ws, refused := w.adminWorkspaceLocked(actor, workspaceID)
	var parts []Entry
	if refused == nil {
		before := ws.view()
		if parts, refused = change(ws, &entry); refused == nil {
			w.delayReadsLocked(ws, before)
		}
	}
	if refused != nil {
		entry.Refused, parts = refused.Message, nil
	}
	w.recordLocked(entry)
	for _, part := range parts {
		part.Workspace, part.Actor = entry.Workspace, entry.Actor
		w.recordLocked(part)
	}
	return refused
}

func (w *world) changeRole(actor *account, workspaceID, userID, roleID int) *refusal {
	return w.write(actor, workspaceID, VerbChangeRole, func(ws *workspace, entry *Entry) *refusal {
		member := ws.memberByID(userID)
		if member == nil {
			return notFound(sentenceNoMember)
		}
		entry.Target = member.Email
		role, refused := ws.offered(roleID)
		if refused != nil {
			return refused
		}
		entry.Role = role
		if role != RoleAdmin && ws.isLastAdmin(member) {
			return conflict(sentenceLastAdmin)
		}
		member.Role = role
		return nil
	})
}

func (w *world) removeMember(actor *account, workspaceID, userID int) *refusal {
	return w.write(actor, workspaceID, VerbRemove, func(ws *workspace, entry *Entry) *refusal {
		member := ws.memberByID(userID)
		if member == nil {
			return notFound(sentenceNoMember)
		}
		entry.Target, entry.Role = member.Email, member.Role
		if ws.isLastAdmin(member) {
			return conflict(sentenceLastAdmin)
		}
		ws.members = slices.DeleteFunc(ws.members, func(m Member) bool { return m.UserID == userID })
		ws.forget(userID)
		heir := ws.longestTenuredAdmin()
		entry.TransferredTo = heir.Email
		if ws.createdBy == userID {
			ws.createdBy = heir.UserID
		}
		return nil
	})
}

func (w *world) changeInvitationRole(actor *account, workspaceID, invitationID, roleID int) *refusal {
	return w.write(actor, workspaceID, VerbChangeInvitation, func(ws *workspace, entry *Entry) *refusal {
		invitation := ws.invitationByID(invitationID)
		if invitation == nil {
			return notFound(sentenceNoInvite)
		}
		entry.Target = invitation.Email
		role, refused := ws.offered(roleID)
		if refused != nil {
			return refused
		}
		entry.Role, invitation.Role = role, role
		return nil
	})
}

func (w *world) cancelInvitation(actor *account, workspaceID, invitationID int) *refusal {
	return w.write(actor, workspaceID, VerbCancelInvitation, func(ws *workspace, entry *Entry) *refusal {
		invitation := ws.invitationByID(invitationID)
		if invitation == nil {
			return notFound(sentenceNoInvite)
		}
		entry.Target, entry.Role = invitation.Email, invitation.Role
		ws.dropInvitation(invitationID)
		return nil
	})
}

func (w *world) resendInvitation(actor *account, workspaceID, invitationID int) *refusal {
	return w.write(actor, workspaceID, VerbResend, func(ws *workspace, entry *Entry) *refusal {
		invitation := ws.invitationByID(invitationID)
		if invitation == nil {
			return notFound(sentenceNoInvite)
		}
		entry.Target, entry.Role = invitation.Email, invitation.Role
		w.renewInvitationLocked(ws, invitation)
		return nil
	})
}

func (ws *workspace) dropInvitation(id int) {
	ws.invitations = slices.DeleteFunc(ws.invitations, func(i Invitation) bool { return i.ID == id })
}

// offered is the role of the number if the plan lets an admin give it.
func (ws *workspace) offered(roleID int) (Role, *refusal) {
	role, known := roleByID(roleID)
	if !known {
		return "", badRequest(sentenceUnknownRole)
	}
	if !slices.Contains(offeredRoles(ws.Plan, ws.SalesRepBeta), role) {
		return "", forbidden(sentenceRolePlan)
	}
	return role, nil
}

func (ws *workspace) isLastAdmin(member *Member) bool {
	if member.Role != RoleAdmin {
		return false
	}
	return !slices.ContainsFunc(ws.members, func(m Member) bool { return m.Role == RoleAdmin && m.UserID != member.UserID })
}

// longestTenuredAdmin gets what a leaver owned.
func (ws *workspace) longestTenuredAdmin() Member {
	var heir Member
	for _, member := range ws.members {
		if member.Role == RoleAdmin && (heir.UserID == 0 || member.JoinedAt.Before(heir.JoinedAt)) {
			heir = member
		}
	}
	return heir
}
