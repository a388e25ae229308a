package e2e

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
)

// outage is how long the API server is gone: longer than a client's patience and than what a pass has to say before it forgets.
const outage = time.Minute

// door stands between an operator and the API server, and can be shut: whatever went through it breaks off, and nobody gets in.
type door struct {
	t        *testing.T
	target   string
	listener net.Listener
	// Kubeconfig is the path of a file that leads through the door.
	kubeconfig string

	mutex sync.Mutex
	shut  bool
	open  map[net.Conn]bool
	done  sync.WaitGroup
}

func newDoor(t *testing.T) *door {
	t.Helper()
	config, err := clientcmd.LoadFromFile(plane.Kubeconfig)
	if err != nil {
		t.Fatalf("read the kubeconfig: %v", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &door{t: t, listener: listener, open: map[net.Conn]bool{}, kubeconfig: filepath.Join(t.TempDir(), "kubeconfig")}
	for _, cluster := range config.Clusters {
		server, err := url.Parse(cluster.Server)
		if err != nil {
			t.Fatal(err)
		}
		d.target = server.Host
		cluster.Server = "https://" + listener.Addr().String()
		// The certificate is that of the address behind the door.
		cluster.TLSServerName = server.Hostname()
	}
	if err := clientcmd.WriteToFile(*config, d.kubeconfig); err != nil {
		t.Fatalf("write the kubeconfig: %v", err)
	}
	d.done.Go(d.serve)
	t.Cleanup(func() {
		_ = listener.Close()
		d.set(true)
		d.done.Wait()
	})
	return d
}

func (d *door) serve() {
	for {
		client, err := d.listener.Accept()
		if err != nil {
			return // the listener is closed
		}
		d.done.Go(func() { d.pass(client) })
	}
}

// pass lets one connection through.
func (d *door) pass(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", d.target)
	if err != nil || !d.keep(client, server) {
		return
	}
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		both.Go(func() {
			_, _ = io.Copy(way[0], way[1]) // it ends with the connection, which is what happens here
			_, _ = way[0].Close(), way[1].Close()
		})
	}
	both.Wait()
}

func (d *door) keep(ends ...net.Conn) bool {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	for _, end := range ends {
		if d.shut {
			_ = end.Close()
			continue
		}
		d.open[end] = true
	}
	return !d.shut
}

// set shuts the door or opens it.
func (d *door) set(shut bool) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.shut = shut
	if !shut {
		return
	}
	for end := range d.open {
		if err := end.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			d.t.Logf("close a connection: %v", err)
		}
	}
	clear(d.open)
}

// The API server is gone for a minute, from the moment in which the first of several changes is made in Clay: what was made is not made
// again, what was not is made, and everybody's status says so in the end.
func TestAPIServerGoneForAMinute(t *testing.T) {
	h := newHouse(t, enterprise(), nil)
	h.simulator.Inject(claysim.Fault{Kind: claysim.FaultDuplicates})
	h.simulator.Inject(claysim.Fault{Kind: claysim.FaultLatency, Delay: clayLatency})
	door := newDoor(t)
	h.kubeconfig = door.kubeconfig
	for _, name := range []string{"leaver", "mover"} {
		create(t, h.user(name, clayv1alpha1.RoleEditor))
	}
	h.start()
	h.untilUsers("the first invitations", allSettled)
	for _, name := range []string{"leaver", "mover"} {
		if err := h.simulator.AcceptInvitation(name + "@example.com"); err != nil {
			t.Fatal(err)
		}
	}
	before := len(h.simulator.Journal())
	leaver, mover := h.user("leaver", ""), h.user("mover", "")
	if err := plane.Client.Delete(t.Context(), leaver); err != nil {
		t.Fatalf("delete a user: %v", err)
	}
	if err := plane.Client.Patch(t.Context(), mover, client.RawPatch(types.MergePatchType, []byte(`{"spec":{"role":"Viewer"}}`))); err != nil {
		t.Fatalf("change a role: %v", err)
	}
	for _, name := range []string{"joiner-1", "joiner-2", "joiner-3"} {
		create(t, h.user(name, clayv1alpha1.RoleEditor))
	}
	if err := h.simulator.Wait(t.Context(), func(state claysim.State) bool { return len(state.Journal) > before }); err != nil {
		t.Fatalf("waiting for the first change in Clay: %v", err)
	}
	door.set(true)
	<-time.After(outage) // no event: the time is the point
	door.set(false)
	h.untilUsers("everything to be as asked", func(users []clayv1alpha1.ClayUser) bool { return len(users) == 4 && allSettled(users) })
	h.checkSeats()
	select {
	case <-h.operator.Done():
		t.Errorf("the operator ended: %v", h.operator.Err())
	default:
	}
}
