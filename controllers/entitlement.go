package controllers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
	"github.com/seatwright/clay-operator/internal/rules"
	"github.com/seatwright/clay-operator/internal/seat"
)

// rulesAreLeft is what becomes of people while an access rule cannot be used.
const rulesAreLeft = "Until that is put right nobody whose role follows from the rules is invited or gets another role, and groups, budgets " +
	"and limits stay as they are. Seats that are to go still go."

// entitlement is what a ClayUser should have, by its own fields and by the workspace's access rules.
type entitlement struct {
	rules.Entitlement
	// unclear says in a sentence why it is not known; empty where it is. Then nobody is given anything, and nothing is changed.
	unclear string
	// ruled is true where the role follows from access rules: the ClayUser names none, and some rule grants one.
	ruled bool
}

// roleIn returns the role that the person should have. Where that is not known it is the one that Clay shows.
func (e *entitlement) roleIn(member seat.Member) seat.Role {
	switch {
	case e.Role != "":
		return e.Role
	case e.isRoleUnclear() && member.Role != "":
		return member.Role
	default:
		return seat.DefaultRole
	}
}

// isRoleUnclear says whether nobody can tell which role the person should have.
func (e *entitlement) isRoleUnclear() bool { return e.ruled && e.unclear != "" }

// ruleMemory keeps rules that were compiled, which takes some milliseconds.
type ruleMemory struct {
	digest string
	set    *rules.Set
	err    error
}

// compile returns the set of some rules, or why there is none.
func (m *ruleMemory) compile(digest string, list []rules.Rule) (*rules.Set, error) {
	if m.digest != digest {
		m.set, m.err = rules.Compile(list)
		m.digest = digest
	}
	return m.set, m.err
}

// rulesOf returns a workspace's access rules, and their digest.
func rulesOf(workspace *clayv1alpha1.ClayWorkspace) (list []rules.Rule, digest string, err error) {
	text, err := json.Marshal(workspace.Spec.AccessRules)
	if err != nil {
		return nil, "", fmt.Errorf("write the access rules: %w", err)
	}
	sum := sha256.Sum256(text)
	list = make([]rules.Rule, len(workspace.Spec.AccessRules))
	for i := range workspace.Spec.AccessRules {
		rule := &workspace.Spec.AccessRules[i]
		list[i] = rules.Rule{Name: rule.Name, Match: rule.Match, Grant: rules.Grant{
			Role: seat.Role(rule.Grant.Role), Groups: rule.Grant.Groups, Budgets: rule.Grant.Budgets, Limit: rule.Grant.MCPCreditLimit,
		}}
	}
	return list, hex.EncodeToString(sum[:]), nil
}

// entitle works out what each of the ClayUsers that were taken in should have.
func (p *pass) entitle(ctx context.Context) error {
	list, digest, err := rulesOf(p.workspace)
	if err != nil {
		return err
	}
	set, broken := p.memory.rules.compile(digest, list)
	p.rulesFault = ""
	if broken != nil {
		p.rulesFault = faultyRule(broken, "")
		// What people name by themselves counts whatever the rules say.
		set = &rules.Set{}
	}
	grantsRole := rules.GrantsRole(list)
	memberships := membershipsOf(p.groups)
	failed := failures{}
	p.entitlements = make([]entitlement, len(p.users))
	for i := range p.users {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("the access rules were not gone through: %w", err)
		}
		user := &p.users[i]
		result, err := set.Resolve(subjectOf(user, p.emails[i], memberships[user.Name]))
		p.entitlements[i] = entitlement{Entitlement: result, unclear: p.rulesFault, ruled: grantsRole && user.Spec.Role == ""}
		if err != nil {
			p.entitlements[i].unclear = faultyRule(err, "")
			failed.add(err, user.Name)
		}
	}
	if p.rulesFault == "" && failed.first != nil {
		p.rulesFault = faultyRule(failed.first, fmt.Sprintf(" for %s (%s)",
			count(len(failed.names), "ClayUser", "ClayUsers"), enumerate(failed.names)))
	}
	return nil
}

// subjectOf is a ClayUser as rules look at it.
func subjectOf(user *clayv1alpha1.ClayUser, email seat.Email, groups []string) rules.Subject {
	return rules.Subject{
		Email: email, Attributes: user.Spec.Attributes, Groups: append(slices.Clip(groups), user.Spec.Groups...),
		Own: rules.Grant{
			Role: seat.Role(user.Spec.Role), Groups: user.Spec.Groups, Budgets: user.Spec.Budgets, Limit: user.Spec.MCPCreditLimit,
		},
	}
}

// failures are those of one rule for some people: of the first rule that failed for anybody.
type failures struct {
	first *rules.MatchError
	names []string
}

func (f *failures) add(err error, name string) {
	var fault *rules.MatchError
	switch {
	case !errors.As(err, &fault):
	case f.first == nil || fault.Index < f.first.Index:
		f.first, f.names = fault, []string{name}
	case fault.Index == f.first.Index:
		f.names = append(f.names, name)
	}
}

// faultyRule says in a sentence what is wrong with a rule, and for whom.
func faultyRule(err error, whom string) string {
	var fault *rules.MatchError
	if !errors.As(err, &fault) {
		return sentence(err.Error())
	}
	if whom != "" {
		whom = " fails" + whom
	}
	return fmt.Sprintf("spec.accessRules[%d].match of the rule %q%s: %s.", fault.Index, fault.Name, whom, strings.TrimRight(fault.Words, ". "))
}

// reportRules tells of an access rule that cannot be used.
func (p *pass) reportRules(s *clayv1alpha1.ClayWorkspaceStatus) {
	if p.rulesFault != "" {
		status.Set(&s.Conditions, clayv1alpha1.ConditionAccessReady, metav1.ConditionFalse, p.workspace.Generation,
			clayv1alpha1.ReasonRulesInvalid, p.rulesMessage(), p.timing.now())
		return
	}
	known := meta.FindStatusCondition(s.Conditions, clayv1alpha1.ConditionAccessReady)
	if known != nil && known.Reason == clayv1alpha1.ReasonRulesInvalid {
		meta.RemoveStatusCondition(&s.Conditions, clayv1alpha1.ConditionAccessReady)
	}
}

// rulesMessage says what is wrong with a rule and what follows from that.
func (p *pass) rulesMessage() string { return p.rulesFault + " " + rulesAreLeft }
