package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers"
	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/clayweb"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	// defaultLoginTimeout is long enough to look for a telephone and a password.
	defaultLoginTimeout = 15 * time.Minute
	// leastLoginTimeout is what the quickest person needs, with a browser that starts.
	leastLoginTimeout = 30 * time.Second
	// mostLoginTimeout is as long as the browser waits for a person.
	mostLoginTimeout = 30 * time.Minute
)

// signIn lets a person sign in to a workspace in the window of a browser.
type signIn func(ctx context.Context, browserPath string, workspace sidecar.Workspace, progress func(string)) (sidecar.Observation, error)

type loginOptions struct {
	workspace  string
	namespace  string
	kubeconfig string
	browser    string
	timeout    time.Duration
	// byHand is what opens the browser.
	byHand signIn
}

func newLogin(byHand signIn) *cobra.Command {
	options := loginOptions{byHand: byHand}
	command := &cobra.Command{
		Use:   "login --workspace NAME",
		Short: "Sign in to Clay by hand, for the operator",
		Long: `login is for accounts that only a person can sign in to: with Google, a passkey, a telephone, a security check.

It opens a browser on this machine and waits until you have signed in as the account that the ClayWorkspace's Secret
names. Then it looks whether the account is an admin of the workspace, and puts the session into a Secret of the
operator's own, which goes on with it at once. It types the address of the account and nothing else, and stores neither
a password nor anything on this machine.

It needs a screen, Google Chrome or Chromium, Node.js and the Playwright driver (make setup), and in the cluster the rights
of config/rbac/clayworkspace_login_role.yaml. The exit code is 0 when the session was stored, 1 when it was not, and 130
when you interrupted it.`,
		Example: `  clay-operator login --workspace=sales --namespace=clay`,
		Args:    noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := options.validate(); err != nil {
				return err
			}
			err := options.run(command.Context(), command.OutOrStdout())
			if err != nil && command.Context().Err() != nil {
				return fmt.Errorf("%w: no session was stored", errInterrupted)
			}
			return err
		},
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.StringVar(&options.workspace, "workspace", "", "`name` of the ClayWorkspace; required")
	flags.StringVarP(&options.namespace, "namespace", "n", "", "`name` of its namespace (default that of the kubeconfig's context)")
	flags.StringVar(&options.kubeconfig, "kubeconfig", "", "`path` of the kubeconfig (default $KUBECONFIG, else ~/.kube/config)")
	flags.StringVar(&options.browser, "browser", "", "`path` of Google Chrome or Chromium (default looked for)")
	flags.DurationVar(&options.timeout, "timeout", defaultLoginTimeout, "how `long` you may take")
	completeWorkspace(command, &options.kubeconfig, &options.namespace)
	return command
}

// validate returns a mistake in the flags.
func (o *loginOptions) validate() error {
	if problems := validation.IsDNS1123Subdomain(o.workspace); len(problems) > 0 {
		return usagef("--workspace=%s: give the name of a ClayWorkspace, as \"kubectl get clayworkspaces\" shows it", o.workspace)
	}
	if o.namespace != "" && len(validation.IsDNS1123Label(o.namespace)) > 0 {
		return usagef("--namespace=%s: give the name of a namespace", o.namespace)
	}
	if o.timeout < leastLoginTimeout || o.timeout > mostLoginTimeout {
		return usagef("--timeout=%s: use a duration from %s to %s", o.timeout, leastLoginTimeout, mostLoginTimeout)
	}
	return nil
}

// run lets a person sign in and stores the session.
func (o *loginOptions) run(ctx context.Context, out io.Writer) error {
	// Where standard output is gone there is nobody to tell.
	say := func(text string) { _, _ = fmt.Fprintln(out, text) }
	cluster, workspace, err := o.find(ctx)
	if err != nil {
		return err
	}
	access, err := controllers.AccessTo(ctx, cluster, workspace, false)
	if err != nil {
		return err
	}
	// A person knows the rest.
	access.Login = sidecar.Login{Email: access.Login.Email}
	// What cannot be stored is better known before somebody signs in.
	if err := keepSession(ctx, client.NewDryRunClient(cluster), workspace, access.Login.Email, sidecar.Session("a try")); err != nil {
		return err
	}
	say(fmt.Sprintf("Signing in to workspace %s at %s for the ClayWorkspace %s/%s. A browser opens.",
		access.ID, access.AppURL, workspace.Namespace, workspace.Name))
	session, err := o.signIn(ctx, access, say)
	if err != nil {
		return err
	}
	if err := keepSession(ctx, cluster, workspace, access.Login.Email, session); err != nil {
		return err
	}
	say(fmt.Sprintf("The session of %s is in the Secret %s/%s, and the operator goes on with it. "+
		"Clay's sessions are said to live for 24 hours to 7 days; how long this one does is not known. "+
		"When it ends, the ClayWorkspace asks for you again, unless its Secret %s holds something to sign in with.",
		access.Login.Email, workspace.Namespace, controllers.SessionSecretName(workspace.Name), workspace.Spec.Login.SecretRef.Name))
	return nil
}

// find connects to the cluster and reads the ClayWorkspace.
func (o *loginOptions) find(ctx context.Context) (client.Client, *v1alpha1.ClayWorkspace, error) {
	config, namespace, err := clusterOf(o.kubeconfig, o.namespace)
	if err != nil {
		return nil, nil, err
	}
	if err := checkDefinitions(ctx, config); err != nil {
		return nil, nil, err
	}
	cluster, err := client.New(config, client.Options{Scheme: newScheme()})
	if err != nil {
		return nil, nil, fmt.Errorf("prepare to ask the cluster: %w", err)
	}
	workspace := &v1alpha1.ClayWorkspace{}
	err = cluster.Get(ctx, client.ObjectKey{Namespace: namespace, Name: o.workspace}, workspace)
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil, fmt.Errorf("there is no ClayWorkspace %q in the namespace %q: name another with --workspace or --namespace", o.workspace, namespace)
	case err != nil:
		return nil, nil, fmt.Errorf("read the ClayWorkspace: %w", err)
	}
	return cluster, workspace, nil
}

// signIn waits for the person, and returns the session if it is the one that was wanted.
func (o *loginOptions) signIn(ctx context.Context, access sidecar.Workspace, say func(string)) (sidecar.Session, error) {
	waiting, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	observation, err := o.byHand(waiting, o.browser, access, say)
	switch {
	case err != nil && waiting.Err() != nil && ctx.Err() == nil:
		return nil, fmt.Errorf("nobody signed in within %s: try again, with a longer --timeout if need be", o.timeout)
	case err != nil:
		if fault := (*sidecar.Fault)(nil); errors.As(err, &fault) {
			return nil, errors.New(fault.Message)
		}
		return nil, err
	case observation.Inventory.WorkspaceID != access.ID:
		return nil, fmt.Errorf("the browser showed another workspace than %s: check spec.workspaceID, and the account", access.ID)
	case len(observation.Session) == 0:
		return nil, errors.New("the browser gave no session: try again")
	}
	return observation.Session, checkAccount(observation.Inventory.Account, access.Login.Email)
}

// checkAccount refuses a session of somebody else: the operator would work in their name, and spare them in place of its own
// account. Where the page does not tell who it is, the person is believed.
func checkAccount(shown, wanted seat.Email) error {
	if shown == "" || shown == wanted {
		return nil
	}
	return fmt.Errorf("you signed in as %s, and the Secret names %s: sign in with that account, or change the Secret", shown, wanted)
}

// keepSession stores the session and asks for a pass. The operator notices the Secret by itself; the request shows who asked, and
// has it try again what Clay refused. It is not made by those who may not change the ClayWorkspace.
func keepSession(
	ctx context.Context, cluster client.Client, workspace *v1alpha1.ClayWorkspace, account seat.Email, session sidecar.Session,
) error {
	now := time.Now()
	if err := controllers.StoreSession(ctx, cluster, workspace, account, session, now); err != nil {
		if apierrors.IsForbidden(err) {
			return fmt.Errorf("%w: have somebody give you the rights in config/rbac/clayworkspace_login_role.yaml", err)
		}
		return err
	}
	asking := workspace.DeepCopy()
	metav1.SetMetaDataAnnotation(&asking.ObjectMeta, v1alpha1.AnnotationReconcileAt, now.UTC().Format(time.RFC3339))
	err := cluster.Patch(ctx, asking, client.MergeFrom(workspace))
	if err != nil && !apierrors.IsForbidden(err) {
		return fmt.Errorf("ask the operator to go on: %w", err)
	}
	return nil
}

// inWindow is signIn with a browser of its own.
func inWindow(ctx context.Context, path string, workspace sidecar.Workspace, progress func(string)) (sidecar.Observation, error) {
	chromium, err := browser.Start(ctx, browser.Options{Chromium: path, Headed: true})
	if err != nil {
		return sidecar.Observation{}, fmt.Errorf("open a browser: %w", err)
	}
	defer chromium.Close()
	backend, err := clayweb.New(chromium, slog.New(slog.DiscardHandler))
	if err != nil {
		return sidecar.Observation{}, err
	}
	return backend.SignInByHand(ctx, workspace, progress)
}
