package cli

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/yaml"
)

// TestSecureMetrics serves the metrics as the account of the operator, with the rights of config/rbac alone, and reads them as several others.
func TestSecureMetrics(t *testing.T) {
	p := startPlane(t)
	admin := fileConfig(t, p.admin)
	apply(t, p, filepath.Join("..", "..", "config", "rbac", "metrics_auth_role.yaml"))
	apply(t, p, filepath.Join("..", "..", "config", "rbac", "metrics_auth_role_binding.yaml"))
	apply(t, p, filepath.Join("..", "..", "config", "rbac", "metrics_reader_role.yaml"))
	bind(t, p, "clay-operator-metrics-reader", "prometheus")
	operator := rest.AnonymousClientConfig(admin)
	operator.BearerToken = token(t, p, "clay-operator-system", "clay-operator")
	directory := t.TempDir()
	authority := writeCertificate(t, directory)

	for _, certificates := range []string{"", directory} {
		options, _ := parse(t, "--metrics-bind-address=127.0.0.1:0", "--metrics-secure", "--metrics-cert-dir="+certificates)
		trusted := &tls.Config{RootCAs: authority}
		if certificates == "" {
			trusted = &tls.Config{InsecureSkipVerify: true} // the certificate is made at the start, by and for the server
		}
		address := serveMetrics(t, options.metricsOptions(), operator)
		reader := &http.Client{Transport: &http.Transport{TLSClientConfig: trusted}}
		t.Cleanup(reader.CloseIdleConnections)
		for _, test := range []struct {
			who   string
			token string
			want  int
		}{
			{"nobody", "", http.StatusUnauthorized},
			// controller-runtime takes what the API server says of such a token for a failure of the question. Nothing is shown all the same.
			{"somebody whom the API server does not know", "nonsense", http.StatusInternalServerError},
			{"an account without rights", token(t, p, "default", "stranger"), http.StatusForbidden},
			{"an account with the role of a reader", token(t, p, "default", "prometheus"), http.StatusOK},
		} {
			status, body := read(t, reader, "https://"+address+"/metrics", test.token)
			if status != test.want {
				t.Errorf("certificates in %q: %s is answered %d, want %d: %s", certificates, test.who, status, test.want, body)
			}
			if told := strings.Contains(body, "go_goroutines"); told != (test.want == http.StatusOK) {
				t.Errorf("certificates in %q: whether %s sees metrics is %t", certificates, test.who, told)
			}
		}
	}
}

// TestProfilesAreOffByDefault looks at the options alone: an empty address is none to controller-runtime, and so is 0.
func TestProfilesAreOffByDefault(t *testing.T) {
	options, _ := parse(t)
	if got := options.controllerOptions().PprofBindAddress; got != off {
		t.Errorf("profiles are at %q", got)
	}
	options, _ = parse(t, "--pprof-bind-address=127.0.0.1:6060")
	if got := options.controllerOptions().PprofBindAddress; got != "127.0.0.1:6060" {
		t.Errorf("profiles are at %q", got)
	}
}

func TestBrowserRestartsAreRegisteredAnew(t *testing.T) {
	for range 2 {
		browser, err := dialBrowser(filepath.Join(t.TempDir(), "b.sock"))
		if err != nil {
			t.Fatal(err)
		}
		if err := browser.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := ctrlmetrics.Registry.Register(newBrowserRestarts()); err == nil {
		t.Error("the counter is not where the manager's metrics are")
	}
}

// serveMetrics serves until the test ends, and returns the address.
func serveMetrics(t *testing.T, options metricsserver.Options, config *rest.Config) string {
	t.Helper()
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	server, err := metricsserver.NewServer(options, config, httpClient)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Start(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	bound, knows := server.(interface{ GetBindAddr() string })
	if !knows {
		t.Fatal("the server does not tell where it listens")
	}
	listens := func(context.Context) (bool, error) { return bound.GetBindAddr() != "", nil }
	if err := wait.PollUntilContextTimeout(t.Context(), 10*time.Millisecond, planeTimeout, true, listens); err != nil {
		t.Fatalf("the metrics are not served: %v", err)
	}
	return bound.GetBindAddr()
}

func read(t *testing.T, reader *http.Client, address, bearer string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	response, err := reader.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(content)
}

func fileConfig(t *testing.T, kubeconfig string) *rest.Config {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// apply makes the one RBAC resource of a file.
func apply(t *testing.T, p *plane, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var kind metav1.TypeMeta
	if err := yaml.Unmarshal(content, &kind); err != nil {
		t.Fatal(err)
	}
	object := map[string]client.Object{"ClusterRole": &rbacv1.ClusterRole{}, "ClusterRoleBinding": &rbacv1.ClusterRoleBinding{}}[kind.Kind]
	if err := yaml.UnmarshalStrict(content, object); err != nil {
		t.Fatal(err)
	}
	if err := p.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

func bind(t *testing.T, p *plane, role, account string) {
	t.Helper()
	if err := p.Create(t.Context(), &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: account},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: "default", Name: account}},
	}); err != nil {
		t.Fatal(err)
	}
}

// token makes a service account, where it is not there, and a token of it.
func token(t *testing.T, p *plane, namespace, name string) string {
	t.Helper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	for _, object := range []client.Object{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, account.DeepCopy()} {
		if err := p.Create(t.Context(), object); client.IgnoreAlreadyExists(err) != nil {
			t.Fatal(err)
		}
	}
	request := &authenticationv1.TokenRequest{}
	if err := p.SubResource("token").Create(t.Context(), account, request); err != nil {
		t.Fatal(err)
	}
	return request.Status.Token
}

// writeCertificate puts a certificate for this machine into the directory, and returns what trusts it.
func writeCertificate(t *testing.T, directory string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "metrics"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	for name, content := range map[string][]byte{"tls.crt": public, "tls.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})} {
		if err := os.WriteFile(filepath.Join(directory, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(public) {
		t.Fatal("the certificate cannot be read")
	}
	return pool
}

// TestMetricCollectorsDescribeThemselves has each of them fit a registry beside the others.
func TestMetricCollectorsDescribeThemselves(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	for _, collector := range MetricCollectors() {
		if err := registry.Register(collector); err != nil {
			t.Error(err)
		}
	}
	if _, err := registry.Gather(); err != nil {
		t.Error(err)
	}
}
