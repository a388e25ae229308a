package cli

import (
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/seatwright/clay-operator/controllers"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// What --evidence may be.
const (
	evidenceFailure = "failure"
	evidenceAlways  = "always"
)

// off is how an address says that nothing listens.
const off = "0"

// inClusterVariable is set by the kubelet in every container.
const inClusterVariable = "KUBERNETES_SERVICE_HOST"

// defaultConcurrentWorkspaces fits the browser's own default, so that neither waits for the other.
const defaultConcurrentWorkspaces = sidecar.DefaultMaxCalls

// leastInvitationLifetime keeps a slip of the unit from mailing people all day.
const leastInvitationLifetime = time.Hour

// leastExpiryWarning is the least that gives anybody time to do something about it.
const leastExpiryWarning = time.Minute

type managerOptions struct {
	log     logFlags
	browser browserFlags
	audit   auditFlags

	browserSocket           string
	evidence                string
	namespaces              []string
	concurrentWorkspaces    int
	allowInsecureAppURL     bool
	invitationLifetime      time.Duration
	expiryWarning           time.Duration
	metricsAddress          string
	metricsSecure           bool
	metricsCertDir          string
	healthAddress           string
	pprofAddress            string
	leaderElect             bool
	leaderElectionNamespace string
}

func (o *managerOptions) bind(flags *pflag.FlagSet) {
	flags.StringSliceVar(&o.namespaces, "namespace", nil,
		"`name` of a namespace to watch; may be given several times (default all); no two operators may watch the same one")
	flags.IntVar(&o.concurrentWorkspaces, "concurrent-workspaces", defaultConcurrentWorkspaces,
		"`number` of workspaces that are worked on at a time")
	flags.BoolVar(&o.allowInsecureAppURL, "allow-insecure-app-url", false,
		"accept http, and not only https, in spec.appURL for hosts other than this machine: passwords travel in clear then")
	flags.DurationVar(&o.invitationLifetime, "invitation-lifetime", controllers.DefaultInvitationLifetime,
		"`age` at which an invitation that nobody accepted is withdrawn and sent anew; Clay does not say how long its links work")
	flags.DurationVar(&o.expiryWarning, "expiry-warning", controllers.DefaultExpiryWarning,
		"`time` before spec.expiresAt of a ClayUser at which it says that the seat is about to go")
	flags.StringVar(&o.evidence, "evidence", evidenceFailure,
		"`when` to keep a redacted picture of the page: failure, or always, that is after every writing too")
	o.audit.bind(flags)
	flags.BoolVar(&o.leaderElect, "leader-elect", inCluster(), "let one of several replicas work at a time (default true in a cluster)")
	flags.StringVar(&o.leaderElectionNamespace, "leader-election-namespace", "", "`name` of the namespace of the lease (default that of the pod)")
	flags.StringVar(&o.metricsAddress, "metrics-bind-address", ":8080", "where the metrics are, as `host:port`, in plain HTTP unless --metrics-secure; 0 for none")
	flags.BoolVar(&o.metricsSecure, "metrics-secure", false,
		"serve the metrics over HTTPS, to those alone who the API server says may get the non-resource URL /metrics")
	flags.StringVar(&o.metricsCertDir, "metrics-cert-dir", "",
		"`path` of a directory with tls.crt and tls.key for --metrics-secure, read anew when they change (default a certificate made at each start)")
	flags.StringVar(&o.healthAddress, "health-probe-bind-address", ":8081", "where /healthz and /readyz are, as `host:port`; 0 for none")
	flags.StringVar(&o.pprofAddress, "pprof-bind-address", off,
		"where /debug/pprof is, as `host:port` in plain HTTP for whoever can reach it, such as 127.0.0.1:6060; 0 for none")
	o.log.bind(flags)
	flags.StringVar(&o.browserSocket, "browser-socket", "",
		"`path` of the socket of a running browser; without it the manager starts one, with the flags below")
	o.browser.bind(flags)
}

// validate returns a mistake in the flags, and fills in the defaults that depend on the machine.
func (o *managerOptions) validate(command *cobra.Command) error {
	if err := o.browser.validate(); err != nil {
		return err
	}
	if err := o.validateBrowserSocket(command.Flags()); err != nil {
		return err
	}
	if o.evidence != evidenceFailure && o.evidence != evidenceAlways {
		return usagef("--evidence=%s: use %s or %s", o.evidence, evidenceFailure, evidenceAlways)
	}
	if o.concurrentWorkspaces < 1 || o.concurrentWorkspaces > mostSessions {
		return usagef("--concurrent-workspaces=%d: use a number from 1 to %d", o.concurrentWorkspaces, mostSessions)
	}
	if o.invitationLifetime < leastInvitationLifetime {
		return usagef("--invitation-lifetime=%s: use at least %s", o.invitationLifetime, leastInvitationLifetime)
	}
	if o.expiryWarning < leastExpiryWarning {
		return usagef("--expiry-warning=%s: use at least %s", o.expiryWarning, leastExpiryWarning)
	}
	if err := o.validateNamespaces(); err != nil {
		return err
	}
	for flag, address := range map[string]string{
		"metrics-bind-address": o.metricsAddress, "health-probe-bind-address": o.healthAddress,
		"pprof-bind-address": o.pprofAddress,
	} {
		if err := validateAddress(address); err != nil {
			return usagef("--%s=%s: use an address such as :8080 or 127.0.0.1:8080, or 0 for none (%w)", flag, address, err)
		}
	}
	if o.metricsCertDir != "" && !o.metricsSecure {
		return usagef("--metrics-cert-dir=%s is for --metrics-secure: give both, or neither", o.metricsCertDir)
	}
	return o.audit.validate()
}

func (o *managerOptions) validateBrowserSocket(flags *pflag.FlagSet) error {
	if o.browserSocket == "" {
		return nil
	}
	if _, err := sidecar.SocketPath(o.browserSocket); err != nil {
		return usagef("--browser-socket: %w", err)
	}
	if others := changedFlags(flags); len(others) > 0 {
		return usagef("%s is for a browser that the manager starts itself: give it to \"clay-operator browser\" instead, or leave out --browser-socket", others[0])
	}
	return nil
}

func (o *managerOptions) validateNamespaces() error {
	for _, namespace := range o.namespaces {
		if problems := validation.IsDNS1123Label(namespace); len(problems) > 0 {
			return usagef("--namespace=%s: %s", namespace, problems[0])
		}
	}
	if o.leaderElect && o.leaderElectionNamespace == "" && !inCluster() {
		return usagef("--leader-elect outside a cluster needs --leader-election-namespace, because there is no pod to take it from")
	}
	return nil
}

func validateAddress(address string) error {
	if address == off {
		return nil
	}
	_, err := net.ResolveTCPAddr("tcp", address)
	return err
}

func inCluster() bool { return os.Getenv(inClusterVariable) != "" }
