package cli

import (
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
	// outputMarkdown is for comments on pull requests.
	outputMarkdown = "markdown"
)

// planFormats are what --output of a plan may be.
var planFormats = []string{outputTable, outputJSON, outputYAML, outputMarkdown}

// browserStartLimit is how long a browser of one's own may take to start, on a slow and busy machine.
const browserStartLimit = 2 * time.Minute

// openBackend starts what reads Clay, and returns what ends it. Besides its flags the browser gets the arguments.
type openBackend func(ctx context.Context, flags ownBrowser, stderr io.Writer, arguments []string) (sidecar.Backend, func() error, error)

// ownBrowser are the flags of a browser of one's own.
type ownBrowser struct {
	log     logFlags
	browser browserFlags
}

type planOptions struct {
	log     logFlags
	browser browserFlags

	target              targetFlags
	files               []string
	prune               bool
	account             accountFlags
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
the statuses do not tell. It needs to read ClayWorkspaces, ClayUsers and ClayGroups, and nothing else.

With --live it reads Clay itself, with a browser of its own on this machine. It needs to read the Secrets that the ClayWorkspaces
name, too. It uses the session that the operator keeps, where there is one, and signs in otherwise.

With --filename it looks at the cluster as if the manifests there were applied, for checks before they are. They are checked as the API
server would, and a mistake is told with its file and line. Only the workspaces that the manifests speak of are looked at. It applies
nothing. A kustomization is rendered by kubectl: "kubectl kustomize DIR | clay-operator plan -f -". With --email and --live besides
no cluster is needed at all: everything is in the manifests.

The exit code is 0 where nothing differs, 2 where something does, held back or not, and 1 for every error.`,
		Example: `  # All workspaces of the namespace of your kubeconfig:
  clay-operator plan

  # One workspace, as Clay shows it now, for a program:
  clay-operator plan --workspace=sales --namespace=clay --live --output=json

  # What a pull request would change, with the ClayUsers whose files it removes:
  clay-operator plan --filename=clay/ --namespace=clay --prune`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := options.validate(); err != nil {
				return err
			}
			return options.run(command.Context(), command.InOrStdin(), command.OutOrStdout(), command.ErrOrStderr(), changedFlags(command.Flags()))
		},
		Annotations: map[string]string{onlyFindings: ""},
	}
	flags := command.Flags()
	flags.SortFlags = false
	options.bind(flags)
	completeWorkspace(command, &options.target.kubeconfig, &options.target.namespace)
	completeOutput(command, planFormats)
	return command
}

func (o *planOptions) bind(flags *pflag.FlagSet) {
	o.target.bind(flags)
	flags.StringArrayVarP(&o.files, "filename", "f", nil,
		"`path` of manifests that are not applied yet: a file, a directory with all below it, or - for standard input; may be given several times")
	flags.BoolVar(&o.prune, "prune", false, "take ClayUsers and ClayGroups that are in the cluster, and not in the manifests, for deleted; with --filename")
	flags.StringVarP(&o.output, "output", "o", outputTable, "`format` of the output: table, json, yaml or markdown")
	flags.BoolVar(&o.live, "live", false, "read Clay itself, with a browser of its own")
	o.bindAccount(flags)
	flags.DurationVar(&o.invitationLifetime, "invitation-lifetime", controllers.DefaultInvitationLifetime, "`age` of an invitation, as the operator has it")
	flags.BoolVar(&o.allowInsecureAppURL, "allow-insecure-app-url", false, "accept http in spec.appURL, as the operator has it; with --live")
	o.browser.bindInstall(flags)
	o.log.bind(flags)
	// Whoever waits for a table wants to read of what is amiss, and not of every step.
	o.log.level = "warn"
	flags.Lookup("log-level").DefValue = o.log.level
}

// bindAccount binds the flags of an account, for plans that need no cluster.
func (o *planOptions) bindAccount(flags *pflag.FlagSet) {
	flags.StringVar(&o.account.email, "email", "", "`address` of the account to sign in with, without any cluster; with --filename and --live")
	flags.StringVar(&o.account.passwordFile, "password-file", "", "`path` of a file with its password (default $"+passwordVariable+")")
	flags.StringVar(&o.account.sessionFile, "session-file", "", "`path` of a file with a session, in place of or besides a password")
}

// validate returns a mistake in the flags.
func (o *planOptions) validate() error {
	if !slices.Contains(planFormats, o.output) {
		return usagef("--output=%s: use %s, %s, %s or %s", o.output, outputTable, outputJSON, outputYAML, outputMarkdown)
	}
	if err := o.target.validate(); err != nil {
		return err
	}
	switch {
	case len(o.files) == 0 && o.prune:
		return usagef("--prune goes with --filename: it compares the cluster with manifests")
	case len(o.files) == 0 && o.account.isDirect():
		return usagef("--email, --password-file and --session-file go with --filename: without manifests the cluster says what to sign in with")
	case len(o.files) > 0 && o.target.allNamespaces:
		return usagef("--all-namespaces goes without --filename: the manifests say which namespaces are meant")
	case o.account.isDirect() && (o.account.email == "" || !o.live):
		return usagef("without a cluster --email and --live are needed: nothing else tells who has a seat")
	case o.account.isDirect() && o.prune:
		return usagef("--prune compares with a cluster: leave out --email, --password-file and --session-file")
	}
	if o.account.isDirect() {
		if err := o.account.validateSecret(); err != nil {
			return err
		}
	}
	return o.browser.validateInstall()
}

// run prints the plan. The error is of the kind findingsError where there is a difference and nothing went wrong.
func (o *planOptions) run(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer, browserArguments []string) error {
	handler, err := o.log.handler(stderr)
	if err != nil {
		return err
	}
	logf.SetLogger(logr.FromSlogHandler(handler))
	report, reader, workspaces, err := o.gather(ctx, stdin)
	if err != nil {
		return err
	}
	look := controllers.PreviewOptions{
		Reader: reader, AllowInsecureAppURL: o.allowInsecureAppURL, InvitationLifetime: o.invitationLifetime,
	}
	if o.live && len(workspaces) > 0 {
		backend, stop, err := o.open(ctx, ownBrowser{log: o.log, browser: o.browser}, stderr, browserArguments)
		if err != nil {
			return err
		}
		if look.Backend, err = o.signedIn(backend); err != nil {
			return errors.Join(err, stop())
		}
		defer func() {
			if err := stop(); err != nil {
				slog.New(handler).Error("the browser did not end well", "error", err)
			}
		}()
	}
	previewAll(ctx, workspaces, look, report)
	if err := report.print(stdout, o.output, time.Now()); err != nil {
		return err
	}
	return report.verdict()
}

// gather finds the ClayWorkspaces that are meant, and what tells of all that is asked for in them. The report has what is known before any of
// them is looked at.
func (o *planOptions) gather(ctx context.Context, stdin io.Reader) (*planReport, client.Reader, []v1alpha1.ClayWorkspace, error) {
	report := &planReport{Workspaces: []*controllers.Preview{}}
	if len(o.files) > 0 {
		reader, workspaces, err := o.gatherFiles(ctx, stdin, report)
		return report, reader, workspaces, err
	}
	cluster, err := o.target.connect(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	// What was found out is to be told, not to be written.
	cluster = client.NewDryRunClient(cluster)
	workspaces, err := o.target.find(ctx, cluster)
	if err != nil {
		return nil, nil, nil, err
	}
	return report, cluster, workspaces, o.addStrays(ctx, cluster, workspaces, report)
}

// previewAll looks at one workspace after the other. What goes wrong about one does not keep the others.
func previewAll(ctx context.Context, workspaces []v1alpha1.ClayWorkspace, look controllers.PreviewOptions, report *planReport) {
	for i := range workspaces {
		workspace := &workspaces[i]
		preview, err := controllers.NewPreview(ctx, workspace, look)
		if err != nil {
			report.Errors = append(report.Errors, planError{Namespace: workspace.Namespace, Name: workspace.Name, Message: err.Error()})
			continue
		}
		report.Workspaces = append(report.Workspaces, preview)
	}
}

// addStrays notes the ClayUsers that belong to no ClayWorkspace, where all of a namespace are looked at.
func (o *planOptions) addStrays(ctx context.Context, reader client.Reader, workspaces []v1alpha1.ClayWorkspace, report *planReport) error {
	if o.target.workspace != "" {
		return nil
	}
	users := &v1alpha1.ClayUserList{}
	if err := reader.List(ctx, users, client.InNamespace(o.target.namespace)); err != nil {
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
func inOwnBrowser(ctx context.Context, flags ownBrowser, stderr io.Writer, arguments []string) (sidecar.Backend, func() error, error) {
	handler, err := flags.log.handler(stderr)
	if err != nil {
		return nil, nil, err
	}
	manager := managerOptions{log: flags.log, browser: flags.browser}
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
