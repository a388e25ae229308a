package claysim

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/mail"
	"slices"
	"strings"
)

// The reasons for which an address is not invited. They are invented.
const (
	reasonMalformed = "is not a valid email address"
	reasonMember    = "is already a member"
	reasonInvited   = "has already been invited"
	reasonDomain    = "belongs to a blocked domain"

	sentenceRefusedNamed   = "Some people could not be invited"
	sentenceRefusedUnnamed = "Your invitations could not be sent. Please check the addresses and try again."
	sentenceSeatLimit      = "Your workspace has reached its seat limit"
	sentenceNoAddress      = "Enter at least one email address"
	sentenceLinkExpired    = "This invitation has expired"
	sentenceLinkUnknown    = "This invitation is no longer valid"
)

// inviteForm is what the dialog that invites sends.
type inviteForm struct {
	Emails []string `json:"emails"`
	RoleID int      `json:"roleId"`
	// GroupIDs and BudgetIDs are what everybody invited gets on joining.
	GroupIDs  []int `json:"groupIds"`
	BudgetIDs []int `json:"budgetIds"`
}

// invite sends invitations. It gives back the addresses that were invited and,
// with PartialRefusalOthers, those that were not.
func (w *world) invite(actor *account, workspaceID int, form inviteForm, manner PartialRefusal) ([]string, []refusedAddress, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	form.Emails = distinct(form.Emails)
	sent, rejected, refused := w.inviteLocked(actor, workspaceID, form, manner)
	role, _ := roleByID(form.RoleID)
	for _, email := range sent {
		w.recordLocked(Entry{Verb: VerbInvite, Workspace: workspaceID, Actor: actor.Email, Target: email, Role: role})
	}
	for _, email := range form.Emails {
		if slices.Contains(sent, email) {
			continue
		}
		entry := Entry{Verb: VerbInvite, Workspace: workspaceID, Actor: actor.Email, Target: email, Role: role}
		if at := slices.IndexFunc(rejected, func(r refusedAddress) bool { return r.Email == email }); at >= 0 {
			entry.Refused = rejected[at].Reason
		} else {
			entry.Refused = refused.Message
		}
		w.recordLocked(entry)
	}
	return sent, rejected, refused
}

func (w *world) inviteLocked(actor *account, workspaceID int, form inviteForm, manner PartialRefusal) ([]string, []refusedAddress, *refusal) {
	ws, refused := w.adminWorkspaceLocked(actor, workspaceID)
	if refused != nil {
		return nil, nil, refused
	}
	if len(form.Emails) == 0 {
		return nil, nil, badRequest(sentenceNoAddress)
	}
	role, refused := ws.offered(form.RoleID)
	if refused == nil {
		refused = ws.reasonAgainstAccess(form)
	}
	if refused != nil {
		return nil, nil, refused
	}
	_, duplicates := w.faults.take(FaultDuplicates, "")
	accepted, rejected := ws.sift(form.Emails, duplicates)
	if len(rejected) > 0 && manner != PartialRefusalOthers {
		return nil, rejected, rejection(rejected, manner)
	}
	if ws.SeatLimit > 0 && len(ws.members)+len(ws.invitations)+len(accepted) > ws.SeatLimit {
		return nil, rejected, forbidden(sentenceSeatLimit)
	}
	before := ws.view()
	for _, email := range accepted {
		w.sendInvitationLocked(ws, Invitation{Email: email, Role: role, SentAt: w.now(), groups: form.GroupIDs, budgets: form.BudgetIDs})
	}
	w.delayReadsLocked(ws, before)
	return accepted, rejected, nil
}

// sift parts the addresses that may be invited from those that may not.
func (ws *workspace) sift(emails []string, duplicates bool) (accepted []string, rejected []refusedAddress) {
	for _, email := range emails {
		if reason := ws.reasonAgainst(email, duplicates); reason != "" {
			rejected = append(rejected, refusedAddress{Email: email, Reason: reason})
			continue
		}
		accepted = append(accepted, email)
	}
	return accepted, rejected
}

// distinct leaves out addresses that were named before, in any case.
func distinct(emails []string) []string {
	var kept []string
	for _, email := range emails {
		if !slices.ContainsFunc(kept, func(known string) bool { return strings.EqualFold(known, email) }) {
			kept = append(kept, email)
		}
	}
	return kept
}

func (ws *workspace) reasonAgainst(email string, duplicates bool) string {
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email {
		return reasonMalformed
	}
	domain := email[strings.LastIndex(email, "@")+1:]
	blocked := slices.ContainsFunc(ws.BlockedDomains, func(d string) bool { return strings.EqualFold(d, domain) })
	switch {
	case blocked:
		return reasonDomain
	case duplicates:
		return ""
	case ws.memberByEmail(email) != nil:
		return reasonMember
	case ws.invitationByEmail(email) != nil:
		return reasonInvited
	}
	return ""
}

func rejection(rejected []refusedAddress, manner PartialRefusal) *refusal {
	answer := &refusal{status: http.StatusUnprocessableEntity, Type: "InvitationsRefused", Message: sentenceRefusedNamed, Refused: rejected}
	if manner == PartialRefusalUnnamed {
		answer.Message, answer.Refused = sentenceRefusedUnnamed, nil
	}
	return answer
}

// sendInvitationLocked sends an e-mail. Where the address is pending already
// (FaultDuplicates) it renews that invitation; a member gets an e-mail for nothing.
func (w *world) sendInvitationLocked(ws *workspace, invitation Invitation) {
	if pending := ws.invitationByEmail(invitation.Email); pending != nil {
		pending.Role, pending.groups, pending.budgets = invitation.Role, invitation.groups, invitation.budgets
		w.renewInvitationLocked(ws, pending)
		return
	}
	w.lastInvite++
	invitation.ID, invitation.ExpiresAt, invitation.token = w.lastInvite, invitation.SentAt.Add(w.invitationLife), rand.Text()
	if ws.memberByEmail(invitation.Email) == nil {
		ws.invitations = append(ws.invitations, invitation)
	}
	w.mailInvitationLocked(ws, invitation)
}

// renewInvitationLocked gives an invitation a new link; the old one stops working.
func (w *world) renewInvitationLocked(ws *workspace, invitation *Invitation) {
	invitation.SentAt = w.now()
	invitation.ExpiresAt = invitation.SentAt.Add(w.invitationLife)
	invitation.token = rand.Text()
	w.mailInvitationLocked(ws, *invitation)
}

func (w *world) mailInvitationLocked(ws *workspace, invitation Invitation) {
	w.mailLocked(Mail{
		At: invitation.SentAt, Kind: MailInvitation, To: invitation.Email, Workspace: ws.ID, Role: invitation.Role,
		Link: w.appURL + "/invite/" + invitation.token,
	})
}

// invitationLocked finds the invitation of a link that still works.
func (w *world) invitationLocked(token string) (*workspace, Invitation, *refusal) {
	for _, ws := range w.workspaces {
		for _, invitation := range ws.invitations {
			if invitation.token != token {
				continue
			}
			if !w.now().Before(invitation.ExpiresAt) {
				return nil, Invitation{}, &refusal{status: http.StatusGone, Type: "InvitationExpired", Message: sentenceLinkExpired}
			}
			return ws, invitation, nil
		}
	}
	return nil, Invitation{}, notFound(sentenceLinkUnknown)
}

// acceptLink makes a member of the person who followed the link. Somebody new
// to Clay gets an account with the name and password given.
func (w *world) acceptLink(token, name, password string) (*account, int, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ws, invitation, refused := w.invitationLocked(token)
	if refused != nil {
		return nil, 0, refused
	}
	person := w.accountLocked(invitation.Email)
	if person == nil {
		person = w.addAccountLocked(Account{Email: invitation.Email, Name: name, Password: password})
	}
	before := ws.view()
	ws.dropInvitation(invitation.ID)
	ws.members = append(ws.members, Member{UserID: person.id, Email: person.Email, Name: person.Name, Role: invitation.Role, JoinedAt: w.now()})
	ws.join(person.id, invitation)
	w.delayReadsLocked(ws, before)
	w.recordLocked(Entry{Verb: VerbAccept, Workspace: ws.ID, Actor: person.Email, Target: person.Email, Role: invitation.Role})
	return person, ws.ID, nil
}

// acceptNewest accepts the newest invitation that is pending for the address.
func (w *world) acceptNewest(email string) error {
	token := w.newestToken(email)
	if token == "" {
		return fmt.Errorf("accept the invitation of %s: none is pending", email)
	}
	if _, _, refused := w.acceptLink(token, nameFromEmail(email), ""); refused != nil {
		return fmt.Errorf("accept the invitation of %s: %w", email, refused)
	}
	return nil
}

func (w *world) newestToken(email string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var newest Invitation
	for _, ws := range w.workspaces {
		if invitation := ws.invitationByEmail(email); invitation != nil && !invitation.SentAt.Before(newest.SentAt) {
			newest = *invitation
		}
	}
	return newest.token
}

// nameFromEmail makes "ada.smith@example.com" into "Ada Smith".
func nameFromEmail(email string) string {
	local, _, _ := strings.Cut(email, "@")
	words := strings.FieldsFunc(local, func(r rune) bool { return r == '.' || r == '_' || r == '-' })
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, " ")
}
