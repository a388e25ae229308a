package cli

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// passwordVariable may hold the password of the account, so that it stands in no list of processes.
const passwordVariable = "CLAY_PASSWORD"

// accountFlags say which workspace in Clay a command works in, and with which account: from the cluster, or without one.
type accountFlags struct {
	workspaceID  string
	appURL       string
	email        string
	passwordFile string
	sessionFile  string
	locatorsFile string

	workspace string
	namespace string
	// kubeconfig is the path of another than the usual one.
	kubeconfig string
}

func (f *accountFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.workspaceID, "workspace-id", "", "`number` of the workspace, as in https://app.clay.com/workspaces/12345")
	flags.StringVar(&f.email, "email", "", "`address` of an account that is an admin of the workspace")
	flags.StringVar(&f.appURL, "app-url", v1alpha1.DefaultAppURL, "`origin` of Clay's web app")
	flags.StringVar(&f.passwordFile, "password-file", "", "`path` of a file with the password (default $"+passwordVariable+")")
	flags.StringVar(&f.sessionFile, "session-file", "", "`path` of a file with a session, in place of or besides a password")
	flags.StringVar(&f.locatorsFile, "locators", "", "`path` of a file in the form of locators.yaml that overrides parts of it, to be tried")
	flags.StringVar(&f.workspace, "workspace", "", "`name` of a ClayWorkspace to take all that from")
}

// isDirect says whether a flag names the account, and not the cluster.
func (f *accountFlags) isDirect() bool {
	return f.workspaceID != "" || f.email != "" || f.passwordFile != "" || f.sessionFile != ""
}

// validate returns a mistake in the flags, but for those of the namespace.
func (f *accountFlags) validate() error {
	switch {
	case f.workspace != "" && f.isDirect():
		return usagef("--workspace=%s says it all: leave out --workspace-id, --email, --password-file and --session-file", f.workspace)
	case f.workspace == "" && (f.workspaceID == "" || f.email == ""):
		return usagef("--workspace-id and --email are needed, or --workspace")
	}
	return f.validateSecret()
}

// validateSecret returns a mistake where there is nothing to sign in with.
func (f *accountFlags) validateSecret() error {
	if f.workspace == "" && f.passwordFile == "" && f.sessionFile == "" && os.Getenv(passwordVariable) == "" {
		return usagef("--password-file, --session-file or the variable %s is needed", passwordVariable)
	}
	return nil
}

// access gathers what the browser needs: from the flags, or from the cluster.
func (f *accountFlags) access(ctx context.Context) (access sidecar.Workspace, err error) {
	if f.workspace == "" {
		return f.accessFromFlags()
	}
	reader, workspace, err := f.inCluster(ctx)
	if err != nil {
		return sidecar.Workspace{}, err
	}
	return f.accessFromCluster(ctx, reader, workspace)
}

// accessFromCluster takes what the browser needs from a ClayWorkspace and from what it refers to.
func (f *accountFlags) accessFromCluster(ctx context.Context, reader client.Reader, workspace *v1alpha1.ClayWorkspace) (sidecar.Workspace, error) {
	access, err := controllers.AccessTo(ctx, reader, workspace, false)
	if err != nil {
		return sidecar.Workspace{}, err
	}
	// With the operator's own session there is no log-in that a person may have to help with.
	if access.Session, err = controllers.SessionOf(ctx, reader, workspace, access.Login.Email); err != nil {
		return sidecar.Workspace{}, err
	}
	if access.Locators, err = controllers.LocatorsOf(ctx, reader, workspace); err != nil {
		return sidecar.Workspace{}, err
	}
	return access, f.takeLocators(&access)
}

func (f *accountFlags) accessFromFlags() (sidecar.Workspace, error) {
	origin, err := controllers.OriginOf(&v1alpha1.ClayWorkspace{Spec: v1alpha1.ClayWorkspaceSpec{AppURL: f.appURL}})
	if err != nil {
		return sidecar.Workspace{}, usagef("--app-url=%s: use an origin such as %s; http is for this machine alone", f.appURL, v1alpha1.DefaultAppURL)
	}
	access := sidecar.Workspace{ID: f.workspaceID, AppURL: origin}
	if access.Login, err = f.login(); err != nil {
		return sidecar.Workspace{}, err
	}
	if f.sessionFile != "" {
		if access.Session, err = os.ReadFile(f.sessionFile); err != nil {
			return sidecar.Workspace{}, fmt.Errorf("--session-file: %w", err)
		}
	}
	return access, f.takeLocators(&access)
}

// login is the account that the flags name.
func (f *accountFlags) login() (sidecar.Login, error) {
	email, err := seat.ParseEmail(f.email)
	if err != nil {
		return sidecar.Login{}, usagef("--email: %w", err)
	}
	login := sidecar.Login{Email: email, Password: sidecar.Password(os.Getenv(passwordVariable))}
	if f.passwordFile != "" {
		text, err := os.ReadFile(f.passwordFile)
		if err != nil {
			return sidecar.Login{}, fmt.Errorf("--password-file: %w", err)
		}
		login.Password = sidecar.Password(strings.TrimRight(string(text), "\r\n"))
	}
	return login, nil
}

func (f *accountFlags) takeLocators(access *sidecar.Workspace) error {
	if f.locatorsFile == "" {
		return nil
	}
	locators, err := os.ReadFile(f.locatorsFile)
	if err != nil {
		return fmt.Errorf("--locators: %w", err)
	}
	access.Locators = string(locators)
	return nil
}
