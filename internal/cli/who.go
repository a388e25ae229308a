package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seatwright/clay-operator/api/v1alpha1"
)

// whoReport is what "who" prints; docs/kubectl-clay.md describes it.
type whoReport struct {
	// Users are the ClayUsers of the person.
	Users []personReport `json:"users"`
	// Unmanaged are the workspaces in which the address is a member without a ClayUser.
	Unmanaged []unmanagedReport `json:"unmanaged,omitempty"`
}

// personReport is all that is known of a person in one workspace.
type personReport struct {
	Namespace  string                  `json:"namespace"`
	Name       string                  `json:"name"`
	Workspace  string                  `json:"workspace"`
	Email      string                  `json:"email"`
	Active     bool                    `json:"active"`
	ExpiresAt  *metav1.Time            `json:"expiresAt,omitempty"`
	Attributes map[string]string       `json:"attributes,omitempty"`
	Groups     []string                `json:"clayGroups,omitempty"`
	Status     v1alpha1.ClayUserStatus `json:"status"`
}

// unmanagedReport is a member without a ClayUser.
type unmanagedReport struct {
	Namespace string                   `json:"namespace"`
	Workspace string                   `json:"workspace"`
	Member    v1alpha1.UnmanagedMember `json:"member"`
}

type whoOptions struct {
	target targetFlags
	output outputFlag
}

func newWho() *cobra.Command {
	var options whoOptions
	command := &cobra.Command{
		Use:   "who ADDRESS|NAME",
		Short: "Show what a person has in Clay, since when, and who or which rule gave it",
		Long: `who prints what is known of a person, by e-mail address or by the name of the ClayUser: the seat, the role, groups, budgets and limits
with what grants them, what was done last, and what stands in the way. An address that is a member without a ClayUser is told of too.

It goes by the statuses that the operator wrote, and reads nothing else. Where nothing is known of the person the exit code is 1.`,
		Example: `  kubectl clay who casey@example.com
  kubectl clay who casey --namespace=clay --output=yaml`,
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 1 {
				return usagef("name one person, by e-mail address or by the name of the ClayUser")
			}
			return nil
		},
		RunE: func(command *cobra.Command, arguments []string) error {
			if err := cmp.Or(options.target.validate(), options.output.validate()); err != nil {
				return err
			}
			return options.run(command.Context(), command.OutOrStdout(), arguments[0])
		},
	}
	flags := command.Flags()
	flags.SortFlags = false
	options.target.bind(flags)
	options.output.bind(flags)
	completeWorkspace(command, &options.target.kubeconfig, &options.target.namespace)
	completeOutput(command, outputFormats)
	command.ValidArgsFunction = completePeople(&options.target)
	return command
}

func (o *whoOptions) run(ctx context.Context, out io.Writer, person string) error {
	cluster, err := o.target.connect(ctx)
	if err != nil {
		return err
	}
	workspaces, err := o.target.find(ctx, cluster)
	if err != nil {
		return err
	}
	users, groups := &v1alpha1.ClayUserList{}, &v1alpha1.ClayGroupList{}
	if err := cluster.List(ctx, users, client.InNamespace(o.target.namespace)); err != nil {
		return fmt.Errorf("list the ClayUsers: %w", err)
	}
	if err := cluster.List(ctx, groups, client.InNamespace(o.target.namespace)); err != nil {
		return fmt.Errorf("list the ClayGroups: %w", err)
	}
	report := newWhoReport(person, workspaces, users.Items, groups.Items)
	if len(report.Users)+len(report.Unmanaged) == 0 {
		where := "in any namespace"
		if o.target.namespace != "" {
			where = fmt.Sprintf("in the namespace %q", o.target.namespace)
		}
		return fmt.Errorf("nothing is known of %q %s: a member of Clay without a ClayUser is known once the operator has read the workspace; "+
			"look elsewhere with --namespace or --all-namespaces", person, where)
	}
	return o.output.write(out, report, func() string { return report.describe(paletteOf(out), time.Now()) })
}

// newWhoReport finds a person by address or by the name of a ClayUser.
func newWhoReport(person string, workspaces []v1alpha1.ClayWorkspace, users []v1alpha1.ClayUser, groups []v1alpha1.ClayGroup) *whoReport {
	report := &whoReport{Users: []personReport{}}
	for i := range workspaces {
		workspace := &workspaces[i]
		for j := range users {
			user := &users[j]
			if user.Namespace != workspace.Namespace || user.Spec.WorkspaceRef.Name != workspace.Name {
				continue
			}
			if strings.EqualFold(user.Spec.Email, person) || user.Name == person {
				report.Users = append(report.Users, personOf(user, groups))
			}
		}
		for _, member := range workspace.Status.UnmanagedMembers {
			if strings.EqualFold(member.Email, person) {
				report.Unmanaged = append(report.Unmanaged, unmanagedReport{Namespace: workspace.Namespace, Workspace: workspace.Name, Member: member})
			}
		}
	}
	return report
}

func personOf(user *v1alpha1.ClayUser, groups []v1alpha1.ClayGroup) personReport {
	report := personReport{
		Namespace: user.Namespace, Name: user.Name, Workspace: user.Spec.WorkspaceRef.Name, Email: user.Spec.Email, Active: user.IsActive(),
		ExpiresAt: user.Spec.ExpiresAt, Attributes: user.Spec.Attributes, Status: user.Status,
	}
	for i := range groups {
		group := &groups[i]
		named := slices.ContainsFunc(group.Spec.Members, func(member v1alpha1.GroupMember) bool { return member.Name == user.Name })
		if named && group.Namespace == user.Namespace && group.Spec.WorkspaceRef == user.Spec.WorkspaceRef {
			report.Groups = append(report.Groups, group.GetDisplayName())
		}
	}
	slices.Sort(report.Groups)
	return report
}
