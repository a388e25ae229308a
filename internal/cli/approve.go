package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers"
	"github.com/seatwright/clay-operator/internal/seat"
)

type approveOptions struct {
	target targetFlags
	// name is the name of the held set that is approved without asking.
	name string
	// isTerminal says whether there is a person to ask.
	isTerminal func(io.Reader) bool
}

func newApprove() *cobra.Command {
	options := approveOptions{isTerminal: isTerminal}
	command := &cobra.Command{
		Use:   "approve",
		Short: "Let the removals go that are held back",
		Long: `approve shows whose seats the operator holds back because the hour's budget of removals is used up, and asks whether they are to go now.
Yes approves exactly this set, once: if it has changed by the time the answer is there, nothing is approved.

Where no person can be asked, --set names the set, as "status.heldRemovals" and "kubectl clay plan" have it.

It needs to read ClayWorkspaces and ClayUsers, and to patch the ClayWorkspace.`,
		Example: `  kubectl clay approve --workspace=sales
  kubectl clay approve --workspace=sales --namespace=clay --set=9f86d081884c7d65-mb3xk1zc`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := options.validate(); err != nil {
				return err
			}
			return options.run(command.Context(), command.InOrStdin(), command.OutOrStdout())
		},
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.StringVar(&options.target.workspace, "workspace", "", "`name` of the ClayWorkspace (default the one that holds removals, if it is one)")
	flags.StringVarP(&options.target.namespace, "namespace", "n", "", "`name` of its namespace (default that of the kubeconfig's context)")
	flags.StringVar(&options.name, "set", "", "`name` of the held set, to approve it without being asked")
	flags.StringVar(&options.target.kubeconfig, "kubeconfig", "", "`path` of the kubeconfig (default $KUBECONFIG, else ~/.kube/config)")
	completeWorkspace(command, &options.target.kubeconfig, &options.target.namespace)
	return command
}

// validate returns a mistake in the flags.
func (o *approveOptions) validate() error { return o.target.validate() }

func (o *approveOptions) run(ctx context.Context, in io.Reader, out io.Writer) error {
	cluster, err := o.target.connect(ctx)
	if err != nil {
		return err
	}
	workspace, err := o.holding(ctx, cluster)
	if err != nil {
		return err
	}
	held, err := heldIn(ctx, client.NewDryRunClient(cluster), workspace)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(out, describeHeld(workspace, held)); err != nil {
		return err
	}
	switch {
	case o.name != "" && o.name != workspace.Status.HeldRemovals:
		return fmt.Errorf("nothing is approved: the set that is held has the name %s, and --set=%s is another one", workspace.Status.HeldRemovals, o.name)
	case o.name == "" && !o.isTerminal(in):
		return usagef("there is nobody to ask: name the set with --set=%s to approve it", workspace.Status.HeldRemovals)
	case o.name == "":
		if err := confirm(in, out, workspace.Name); err != nil {
			return err
		}
	}
	if err := approve(ctx, cluster, workspace); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "Approved. The operator takes these seats away in its next pass.")
	return err
}

// holding returns the ClayWorkspace that is meant, which holds removals.
func (o *approveOptions) holding(ctx context.Context, cluster client.Reader) (*v1alpha1.ClayWorkspace, error) {
	workspaces, err := o.target.find(ctx, cluster)
	if err != nil {
		return nil, err
	}
	workspaces = slices.DeleteFunc(workspaces, func(workspace v1alpha1.ClayWorkspace) bool { return workspace.Status.HeldRemovals == "" })
	switch len(workspaces) {
	case 0:
		return nil, fmt.Errorf("no removals are held back in %s, and there is nothing to approve",
			cmp.Or(o.target.workspace, "the namespace "+o.target.namespace))
	case 1:
		return &workspaces[0], nil
	}
	var names []string
	for i := range workspaces {
		names = append(names, workspaces[i].Name)
	}
	return nil, usagef("several workspaces hold removals back: choose one with --workspace: %s", strings.Join(names, ", "))
}

// errChanged says that what was to be approved is not what is there any more.
var errChanged = errors.New("nothing is approved: the ClayWorkspace has changed meanwhile; look again")

// heldIn returns the removals that are held, by the statuses, if they are those that the operator has named.
func heldIn(ctx context.Context, reader client.Reader, workspace *v1alpha1.ClayWorkspace) ([]controllers.PreviewChange, error) {
	preview, err := controllers.NewPreview(ctx, workspace, controllers.PreviewOptions{Reader: reader})
	if err != nil {
		return nil, err
	}
	if preview.HeldRemovals == "" || preview.HeldRemovals != workspace.Status.HeldRemovals {
		return nil, fmt.Errorf("the manifests or the statuses say something else than what the operator holds: wait for its next pass and look again. "+
			"Where the statuses cannot hold them all, %q shows who they are, and how to approve them",
			pluginName+" plan --live --namespace="+workspace.Namespace+" --workspace="+workspace.Name)
	}
	var held []controllers.PreviewChange
	for _, change := range preview.Changes {
		if change.Reason == string(seat.BlockedRemovalsHeld) || change.Reason == string(seat.BlockedObserve) && isTaking(change) {
			held = append(held, change)
		}
	}
	return held, nil
}

// isTaking says whether a change takes somebody's seat or invitation for good.
func isTaking(change controllers.PreviewChange) bool {
	return !change.Resend && (change.Verb == string(seat.Remove) || change.Verb == string(seat.CancelInvitation))
}

func describeHeld(workspace *v1alpha1.ClayWorkspace, held []controllers.PreviewChange) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s/%s holds %d removals back, under the name %s:\n", workspace.Namespace, workspace.Name, len(held), workspace.Status.HeldRemovals)
	table := grid{{"CHANGE", "EMAIL", "ROLE", "ASKED BY"}}
	for _, change := range held {
		table = append(table, []string{nameChange(change), printable(change.Email), nameRoles(change), nameUser(change)})
	}
	table.write(&text, func(_, _ int, cell string) string { return cell })
	return text.String()
}

// confirm has the person type the name of the workspace.
func confirm(in io.Reader, out io.Writer, name string) error {
	if _, err := fmt.Fprintf(out, "These people lose their seats. Type the name of the workspace (%s) to let them go: ", name); err != nil {
		return err
	}
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the answer: %w", err)
	}
	if strings.TrimSpace(line) != name {
		return errors.New("nothing is approved")
	}
	return nil
}

// approve writes the approval, unless the workspace is not as it was shown any more.
func approve(ctx context.Context, cluster client.Client, workspace *v1alpha1.ClayWorkspace) error {
	base := workspace.DeepCopy()
	if workspace.Annotations == nil {
		workspace.Annotations = map[string]string{}
	}
	workspace.Annotations[v1alpha1.AnnotationApproveRemovals] = workspace.Status.HeldRemovals
	err := cluster.Patch(ctx, workspace, client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{}))
	if apierrors.IsConflict(err) {
		return errChanged
	}
	if err != nil {
		return fmt.Errorf("approve the removals: %w", err)
	}
	return nil
}

func isTerminal(in io.Reader) bool {
	file, isFile := in.(*os.File)
	return isFile && term.IsTerminal(int(file.Fd()))
}
