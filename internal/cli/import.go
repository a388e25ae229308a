package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/adopt"
	"github.com/seatwright/clay-operator/internal/manifest"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	// importLimit bounds an import: the slowest log-in, the members, and a minute for each of a dozen groups.
	importLimit = 20 * time.Minute
	// defaultSecret names the Secret with the account in manifests that are new.
	defaultSecret = "clay-login"
	// namePrefix begins the name of a ClayWorkspace that nobody has named.
	namePrefix = "clay-"
)

type importOptions struct {
	log     logFlags
	browser browserFlags
	account accountFlags

	directory string
	single    bool
	suggest   bool
	force     bool
	name      string
	secret    string
	mode      string

	// open starts the browser.
	open openBackend
}

func newImport(open openBackend) *cobra.Command {
	options := importOptions{open: open}
	command := &cobra.Command{
		Use:   "import --directory DIR",
		Short: "Write manifests for a workspace as it is in Clay now",
		Long: `import reads a workspace, with a browser of its own on this machine, and writes the manifests that ask for exactly what is there:
a ClayWorkspace, a ClayUser for everybody with a seat or an invitation, and a kustomization. Groups, budgets and limits are in them where
the plan of the workspace has them. It changes nothing, neither in Clay nor in the cluster. Applying what it wrote changes nothing in Clay
either: people, groups and budgets are adopted as they are, and nobody is invited again.

It needs no cluster: name the workspace and an account that is an admin of it. With --workspace it takes that from the ClayWorkspace of
that name in the cluster of your kubeconfig; what its ClayUsers say already stays as it is.

The operator's own account gets no ClayUser. What a manifest cannot say is left out, and told. No secret is written.

A second import into the same directory writes the same bytes where nothing has changed. It overwrites and removes only what an import
wrote and nobody has touched since, unless --force is given.

The exit code is 0 where everything was read, 2 where a part of the settings could not be read and is left out, and 1 for every error.`,
		Example: `  # The password is in a file:
  clay-operator import --workspace-id=12345 --email=clay-operator@example.com --password-file=password.txt --directory=clay

  # A workspace that the operator watches already, with rules suggested from what people have in common:
  clay-operator import --workspace=sales --namespace=clay --directory=clay --suggest-rules`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := options.validate(); err != nil {
				return err
			}
			return options.run(command.Context(), command.OutOrStdout(), command.ErrOrStderr(), changedFlags(command.Flags()))
		},
		Annotations: map[string]string{onlyFindings: ""},
	}
	flags := command.Flags()
	flags.SortFlags = false
	options.bind(flags)
	completeWorkspace(command, &options.account.kubeconfig, &options.account.namespace)
	return command
}

func (o *importOptions) bind(flags *pflag.FlagSet) {
	flags.StringVar(&o.directory, "directory", "", "`path` of the directory to write to, which is made where it is not there; required")
	o.account.bind(flags)
	flags.StringVarP(&o.account.namespace, "namespace", "n", "",
		"`name` of the namespace that the manifests name, where the ClayWorkspace is (default none; with --workspace that of the kubeconfig)")
	flags.StringVar(&o.account.kubeconfig, "kubeconfig", "", "`path` of the kubeconfig, with --workspace (default $KUBECONFIG, else ~/.kube/config)")
	flags.StringVar(&o.name, "name", "", "`name` of the new ClayWorkspace (default "+namePrefix+"NUMBER)")
	flags.StringVar(&o.secret, "secret", defaultSecret, "`name` of the Secret with the account, in the new ClayWorkspace")
	flags.StringVar(&o.mode, "mode", string(v1alpha1.ModeObserve), "`mode` of the new ClayWorkspace: Observe or Enforce")
	flags.BoolVar(&o.single, "single-file", false, "write all ClayUsers into one file")
	flags.BoolVar(&o.suggest, "suggest-rules", false, "write access rules that say what people have in common into the ClayWorkspace, as comments")
	flags.BoolVar(&o.force, "force", false, "overwrite and remove files that an import did not write, or that were changed since")
	o.browser.bindInstall(flags)
	o.log.bind(flags)
	o.log.level = "warn"
	flags.Lookup("log-level").DefValue = o.log.level
}

// validate returns a mistake in the flags.
func (o *importOptions) validate() error {
	if o.directory == "" {
		return usagef("--directory is needed: name the directory for the manifests")
	}
	if err := o.account.validate(); err != nil {
		return err
	}
	if o.account.workspace != "" && (o.name != "" || o.secret != defaultSecret || o.mode != string(v1alpha1.ModeObserve)) {
		return usagef("--workspace=%s is there already: leave out --name, --secret and --mode", o.account.workspace)
	}
	for flag, name := range map[string]string{"name": o.name, "secret": o.secret, "workspace": o.account.workspace} {
		if name != "" && len(validation.IsDNS1123Subdomain(name)) > 0 {
			return usagef("--%s=%s: a name consists of lower-case letters, digits, dashes and dots", flag, name)
		}
	}
	if o.account.namespace != "" && len(validation.IsDNS1123Label(o.account.namespace)) > 0 {
		return usagef("--namespace=%s: give the name of a namespace", o.account.namespace)
	}
	if o.mode != string(v1alpha1.ModeObserve) && o.mode != string(v1alpha1.ModeEnforce) {
		return usagef("--mode=%s: use %s or %s", o.mode, v1alpha1.ModeObserve, v1alpha1.ModeEnforce)
	}
	return o.browser.validateInstall()
}

// run reads, writes and tells.
func (o *importOptions) run(ctx context.Context, stdout, stderr io.Writer, browserArguments []string) error {
	ctx, cancel := context.WithTimeout(ctx, importLimit)
	defer cancel()
	known, err := o.gather(ctx)
	if err != nil {
		return err
	}
	handler, err := o.log.handler(stderr)
	if err != nil {
		return err
	}
	progress := func(format string, arguments ...any) { _, _ = fmt.Fprintf(stderr, format+"\n", arguments...) }
	progress("A browser is started.")
	backend, stop, err := o.open(ctx, ownBrowser{log: o.log, browser: o.browser}, stderr, browserArguments)
	if err != nil {
		return err
	}
	defer func() {
		if err := stop(); err != nil {
			slog.New(handler).Error("the browser did not end well", "error", err)
		}
	}()
	reader := workspaceReader{backend: backend, access: known.access, progress: progress}
	found, faults, err := reader.read(ctx)
	if err != nil {
		return err
	}
	found.Users, found.Mirrored = known.users, known.mirrored
	result := adopt.Resources(known.workspace, found)
	result.Notes = append(result.Notes, faults...)
	files, err := adopt.Files(result, adopt.FileOptions{Single: o.single, Suggest: o.suggest, Adopting: o.account.workspace == ""})
	if err != nil {
		return fmt.Errorf("make the manifests: %w", err)
	}
	changes, err := manifest.Write(o.directory, files, o.force)
	if foreign := (*manifest.ForeignError)(nil); errors.As(err, &foreign) {
		return fmt.Errorf("nothing was written: %w. Move them elsewhere, name another --directory, or overwrite them with --force", foreign)
	} else if err != nil {
		return err
	}
	if _, err := fmt.Fprint(stdout, o.describe(result, changes)); err != nil {
		return err
	}
	if len(faults) > 0 {
		return &findingsError{errors.New("not everything could be read: what is left out is told above")}
	}
	return nil
}

// known is what an import starts from.
type known struct {
	access    sidecar.Workspace
	workspace *v1alpha1.ClayWorkspace
	users     []v1alpha1.ClayUser
	mirrored  []string
}

// gather finds out what there is, in the cluster or by the flags.
func (o *importOptions) gather(ctx context.Context) (found known, err error) {
	if o.account.workspace == "" {
		found.workspace = o.newWorkspace()
		found.access, err = o.account.accessFromFlags()
		return found, err
	}
	reader, workspace, err := o.account.inCluster(ctx)
	if err != nil {
		return known{}, err
	}
	if found.access, err = o.account.accessFromCluster(ctx, reader, workspace); err != nil {
		return known{}, err
	}
	found.workspace = &v1alpha1.ClayWorkspace{
		ObjectMeta: metav1.ObjectMeta{Name: workspace.Name, Namespace: workspace.Namespace}, Spec: workspace.Spec,
	}
	users := &v1alpha1.ClayUserList{}
	if err := reader.List(ctx, users, client.InNamespace(workspace.Namespace)); err != nil {
		return known{}, fmt.Errorf("list the ClayUsers: %w", err)
	}
	for _, user := range users.Items {
		if user.Spec.WorkspaceRef.Name == workspace.Name {
			found.users = append(found.users, user)
		}
	}
	groups := &v1alpha1.ClayGroupList{}
	if err := reader.List(ctx, groups, client.InNamespace(workspace.Namespace)); err != nil && !meta.IsNoMatchError(err) {
		return known{}, fmt.Errorf("list the ClayGroups: %w", err)
	}
	for i := range groups.Items {
		if group := &groups.Items[i]; group.Spec.Mirror && group.Spec.WorkspaceRef.Name == workspace.Name {
			found.mirrored = append(found.mirrored, group.GetDisplayName())
		}
	}
	return found, nil
}

// newWorkspace is the ClayWorkspace that the flags describe.
func (o *importOptions) newWorkspace() *v1alpha1.ClayWorkspace {
	workspace := &v1alpha1.ClayWorkspace{ObjectMeta: metav1.ObjectMeta{Name: o.name, Namespace: o.account.namespace}}
	if workspace.Name == "" {
		workspace.Name = namePrefix + o.account.workspaceID
	}
	workspace.Spec.WorkspaceID = o.account.workspaceID
	workspace.Spec.Login.SecretRef.Name = o.secret
	if o.account.appURL != v1alpha1.DefaultAppURL {
		workspace.Spec.AppURL = o.account.appURL
	}
	if o.mode != string(v1alpha1.ModeEnforce) {
		workspace.Spec.Mode = v1alpha1.Mode(o.mode)
	}
	return workspace
}
