package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// What --output may be.
const (
	outputTable = "table"
	outputJSON  = "json"
	outputYAML  = "yaml"
)

// browserStartLimit is how long a browser of one's own may take to start, on a slow and busy machine.
const browserStartLimit = 2 * time.Minute

// openBackend starts what reads Clay, and returns what ends it.
type openBackend func(ctx context.Context, o *planOptions, stderr io.Writer, arguments []string) (sidecar.Backend, func() error, error)

type planOptions struct {
	log     logFlags
	browser browserFlags

	workspace           string
	namespace           string
	allNamespaces       bool
	kubeconfig          string
	output              string
	live                bool
	allowInsecureAppURL bool
	invitationLifetime  time.Duration

	// open starts the browser.
	open openBackend
}

func newPlan(open openBackend) *cobra.Command {
	options := planOptions{open: open}
	command := &cobra.Command{
		Use:   "plan",
		Short: "Print what the operator would change in Clay now",
		Long: `plan prints the differences between the ClayUsers and Clay: those that the operator would change now, in its order, and those
that a rule, the budget of removals or the mode holds back, with the reason. It changes nothing, neither in Clay nor in the cluster.

Without --live it goes by what the operator wrote down of its last reading, in the statuses, and says how old that is, and what
the statuses do not tell. It needs to read ClayWorkspaces and ClayUsers, and nothing else.

With --live it reads Clay itself, with a browser of its own on this machine. It needs to read the Secrets that the ClayWorkspaces
name, too. It uses the session that the operator keeps, where there is one, and signs in otherwise.

The exit code is 0 where nothing differs, 2 where something does, held back or not, and 1 for every error.`,
		Example: `  # All workspaces of the namespace of your kubeconfig:
  clay-operator plan

  # One workspace, as Clay shows it now, for a program:
  clay-operator plan --workspace=sales --namespace=clay --live --output=json`,
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
	return command
}

func (o *planOptions) bind(flags *pflag.FlagSet) {
	flags.StringVar(&o.workspace, "workspace", "", "`name` of a ClayWorkspace (default all)")
	flags.StringVarP(&o.namespace, "namespace", "n", "", "`name` of a namespace (default that of the kubeconfig's context)")
	flags.BoolVarP(&o.allNamespaces, "all-namespaces", "A", false, "look at all namespaces")
	flags.StringVarP(&o.output, "output", "o", outputTable, "`format` of the output: table, json or yaml")
	flags.BoolVar(&o.live, "live", false, "read Clay itself, with a browser of its own")
	flags.StringVar(&o.kubeconfig, "kubeconfig", "", "`path` of the kubeconfig (default $KUBECONFIG, else ~/.kube/config)")
	flags.DurationVar(&o.invitationLifetime, "invitation-lifetime", controllers.DefaultInvitationLifetime, "`age` of an invitation, as the operator has it")
	flags.BoolVar(&o.allowInsecureAppURL, "allow-insecure-app-url", false, "accept http in spec.appURL, as the operator has it; with --live")
	o.browser.bindInstall(flags)
	o.log.bind(flags)
	// Whoever waits for a table wants to read of what is amiss, and not of every step.
	o.log.level = "warn"
	flags.Lookup("log-level").DefValue = o.log.level
}

// validate returns a mistake in the flags.
func (o *planOptions) validate() error {
	if o.output != outputTable && o.output != outputJSON && o.output != outputYAML {
		return usagef("--output=%s: use %s, %s or %s", o.output, outputTable, outputJSON, outputYAML)
	}
	if o.workspace != "" && len(validation.IsDNS1123Subdomain(o.workspace)) > 0 {
		return usagef("--workspace=%s: give the name of a ClayWorkspace, as \"kubectl get clayworkspaces\" shows it", o.workspace)
	}
	if o.namespace != "" && len(validation.IsDNS1123Label(o.namespace)) > 0 {
		return usagef("--namespace=%s: give the name of a namespace", o.namespace)
	}
	if o.allNamespaces && (o.namespace != "" || o.workspace != "") {
		return usagef("--all-namespaces looks at everything: leave out --namespace and --workspace")
	}
	return o.browser.validateInstall()
}

// run prints the plan. The error is of the kind findingsError where there is a difference and nothing went wrong.
func (o *planOptions) run(ctx context.Context, stdout, stderr io.Writer, browserArguments []string) error {
	handler, err := o.log.handler(stderr)
	if err != nil {
		return err
	}
	logf.SetLogger(logr.FromSlogHandler(handler))
	cluster, workspaces, err := o.find(ctx)
	if err != nil {
		return err
	}
	look := controllers.PreviewOptions{
		Reader: cluster, AllowInsecureAppURL: o.allowInsecureAppURL, InvitationLifetime: o.invitationLifetime,
	}
	if o.live {
		backend, stop, err := o.open(ctx, o, stderr, browserArguments)
		if err != nil {
			return err
		}
		look.Backend = backend
		defer func() {
			if err := stop(); err != nil {
				slog.New(handler).Error("the browser did not end well", "error", err)
			}
		}()
	}
	report := previewAll(ctx, workspaces, look)
	if err := o.addStrays(ctx, cluster, workspaces, &report); err != nil {
		return err
	}
	if err := report.print(stdout, o.output, time.Now()); err != nil {
		return err
	}
	return report.verdict()
}

// find connects to the cluster and reads the ClayWorkspaces that are meant.
func (o *planOptions) find(ctx context.Context) (client.Client, []v1alpha1.ClayWorkspace, error) {
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
	// What was found out is to be told, not to be written.
	cluster = client.NewDryRunClient(cluster)
	o.namespace = namespace
	if o.allNamespaces {
		o.namespace = ""
	}
	if o.workspace != "" {
		workspace := &v1alpha1.ClayWorkspace{}
		err := cluster.Get(ctx, client.ObjectKey{Namespace: namespace, Name: o.workspace}, workspace)
		if apierrors.IsNotFound(err) {
			return nil, nil, fmt.Errorf("there is no ClayWorkspace %q in the namespace %q: name another with --workspace or --namespace", o.workspace, namespace)
		} else if err != nil {
			return nil, nil, fmt.Errorf("read the ClayWorkspace: %w", err)
		}
		return cluster, []v1alpha1.ClayWorkspace{*workspace}, nil
	}
	list := &v1alpha1.ClayWorkspaceList{}
	if err := cluster.List(ctx, list, client.InNamespace(o.namespace)); err != nil {
		return nil, nil, fmt.Errorf("list the ClayWorkspaces: %w", err)
	}
	if len(list.Items) == 0 {
		return nil, nil, fmt.Errorf("there is no ClayWorkspace in %s: name a namespace with --namespace, or look at all with --all-namespaces",
			cmp.Or(o.namespace, "any namespace"))
	}
	return cluster, list.Items, nil
}

// previewAll looks at one workspace after the other. What goes wrong about one does not keep the others.
func previewAll(ctx context.Context, workspaces []v1alpha1.ClayWorkspace, look controllers.PreviewOptions) planReport {
	report := planReport{Workspaces: []*controllers.Preview{}}
	for i := range workspaces {
		workspace := &workspaces[i]
		preview, err := controllers.NewPreview(ctx, workspace, look)
		if err != nil {
			report.Errors = append(report.Errors, planError{Namespace: workspace.Namespace, Name: workspace.Name, Message: err.Error()})
			continue
		}
		report.Workspaces = append(report.Workspaces, preview)
	}
	return report
}

// addStrays notes the ClayUsers that belong to no ClayWorkspace, where all of a namespace are looked at.
func (o *planOptions) addStrays(ctx context.Context, reader client.Reader, workspaces []v1alpha1.ClayWorkspace, report *planReport) error {
	if o.workspace != "" {
		return nil
	}
	users := &v1alpha1.ClayUserList{}
	if err := reader.List(ctx, users, client.InNamespace(o.namespace)); err != nil {
		return fmt.Errorf("list the ClayUsers: %w", err)
	}
	for i := range users.Items {
		user := &users.Items[i]
		known := slices.ContainsFunc(workspaces, func(workspace v1alpha1.ClayWorkspace) bool {
			return workspace.Namespace == user.Namespace && workspace.Name == user.Spec.WorkspaceRef.Name
		})
		if !known {
			report.Notes = append(report.Notes, fmt.Sprintf("ClayUser %s/%s is left out: there is no ClayWorkspace %q in its namespace.",
				user.Namespace, user.Name, user.Spec.WorkspaceRef.Name))
		}
	}
	return nil
}

// inOwnBrowser starts a browser as a process of its own, as a manager does: whatever becomes of it, this one ends with an exit code
// that means what it says.
func inOwnBrowser(ctx context.Context, o *planOptions, stderr io.Writer, arguments []string) (sidecar.Backend, func() error, error) {
	handler, err := o.log.handler(stderr)
	if err != nil {
		return nil, nil, err
	}
	manager := managerOptions{log: o.log, browser: o.browser}
	address, stopBrowser, err := manager.startBrowser(slog.New(handler), stderr, arguments)
	if err != nil {
		return nil, nil, err
	}
	browser, err := sidecar.Dial(address)
	if err != nil {
		return nil, nil, errors.Join(err, stopBrowser())
	}
	stop := func() error { return errors.Join(browser.Close(), stopBrowser()) }
	waiting, cancel := context.WithTimeout(ctx, browserStartLimit)
	defer cancel()
	if err := browser.AwaitReady(waiting); err != nil {
		return nil, nil, errors.Join(err, stop())
	}
	return browser, stop, nil
}
