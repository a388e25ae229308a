package e2e

import (
	"context"
	"flag"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/hack/internal/embedded"
)

var faultsFile = flag.String("faults", "", "`path` of the table that TestChaos writes, from the root of the project; nothing is written without it")

const (
	// rowsAtATime is how many workspaces the operator works on at a time; with it the browser's own default is met.
	rowsAtATime = 4
	// ownAtATime are the operators beside it: many of their rows are about something that hangs, which takes minutes and no processor.
	ownAtATime = 3
	// firstRowID begins the numbers of the rows' workspaces.
	firstRowID = 20_001
)

// chaos is all rows together: one operator, with as many namespaces as there are rows that share it.
type chaos struct {
	evidence string

	mutex   sync.Mutex
	results map[string]result
	logs    []*lockedBuffer
	texts   [][]byte
	secrets []string
	codes   []string
}

// Whatever goes wrong, wherever it strikes: the operator says what it is, does no harm meanwhile, and makes things as asked
// once it is over. Nobody is removed who should stay, nobody gets two invitations, nobody who left keeps a seat, and no secret
// is told to anybody.
func TestChaos(t *testing.T) {
	c := &chaos{evidence: t.TempDir(), results: map[string]result{}}
	rows := chaosRows()
	checkNames(t, rows)
	if *faultsFile == "" {
		rows = slices.DeleteFunc(rows, func(r row) bool { return r.long })
	}
	namespaces := make([]string, len(rows))
	for i := range rows {
		if !rows[i].own {
			namespaces[i] = createNamespace(t, "chaos-")
		}
	}
	var lanes sync.WaitGroup
	lanes.Go(func() { c.playShared(t, rows, namespaces) })
	// What hangs is noticed after minutes, in which it needs no processor: the others go on beside it.
	lanes.Go(func() { c.playOwn(t, rows, false) })
	lanes.Wait()
	c.playOwn(t, rows, true)
	c.checkNoSecret(t, len(c.results) == len(rows))
	if *faultsFile != "" && !t.Failed() {
		c.write(t, rows)
	}
}

func checkNames(t *testing.T, rows []row) {
	t.Helper()
	names := map[string]bool{}
	for _, r := range rows {
		if names[r.name()] {
			t.Fatalf("two rows are named %q", r.name())
		}
		names[r.name()] = true
	}
}

// playShared plays the rows that share an operator, several at a time.
func (c *chaos) playShared(t *testing.T, rows []row, namespaces []string) {
	t.Helper()
	log := &lockedBuffer{}
	c.keep(log)
	watched := slices.DeleteFunc(slices.Clone(namespaces), func(namespace string) bool { return namespace == "" })
	if len(watched) == 0 {
		return
	}
	operator, err := embedded.StartOperator(context.Background(), binary, plane.Kubeconfig, log,
		"--namespace="+strings.Join(watched, ","), "--audit-store=file://"+filepath.Join(c.evidence, "shared"),
		"--metrics-bind-address=0", "--health-probe-bind-address=0", "--log-level=debug")
	if err != nil {
		t.Errorf("start the operator: %v", err)
		return
	}
	defer func() {
		if err := operator.Stop(); err != nil {
			t.Error(err)
		}
	}()
	inLanes(rowsAtATime, rows, func(r row) bool { return !r.own }, func(i int) {
		t.Run(rows[i].name(), func(t *testing.T) {
			s := newScene(t, rows[i], namespaces[i], firstRowID+i)
			s.evidence = filepath.Join(c.evidence, "shared")
			t.Cleanup(func() { c.leave(s, log) })
			c.note(s, s.play())
		})
	})
}

// inLanes plays the rows that are chosen, so many at a time, by their places.
func inLanes(lanes int, rows []row, chosen func(row) bool, play func(int)) {
	places := make(chan int)
	var players sync.WaitGroup
	for range lanes {
		players.Go(func() {
			for i := range places {
				play(i)
			}
		})
	}
	for i := range rows {
		if chosen(rows[i]) {
			places <- i
		}
	}
	close(places)
	players.Wait()
}

// playOwn plays the rows that need an operator of their own: those that want to be alone one after the other, or the rest.
func (c *chaos) playOwn(t *testing.T, rows []row, alone bool) {
	t.Helper()
	lanes := ownAtATime
	if alone {
		lanes = 1
	}
	inLanes(lanes, rows, func(r row) bool { return r.own && r.alone == alone }, func(i int) {
		t.Run(rows[i].name(), func(t *testing.T) {
			s := newScene(t, rows[i], createNamespace(t, "chaos-"), firstRowID+i)
			s.evidence = filepath.Join(c.evidence, s.namespace)
			t.Cleanup(func() { c.leave(s, s.log) })
			c.keep(s.log)
			s.start()
			c.note(s, s.play())
		})
	})
}

// keep has a log searched at the end.
func (c *chaos) keep(log *lockedBuffer) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.logs = append(c.logs, log)
}

// leave keeps what a row leaves behind, and has the operator leave its workspace alone.
func (c *chaos) leave(s *scene, log *lockedBuffer) {
	patch := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"suspend":true}}`))
	workspace := &clayv1alpha1.ClayWorkspace{}
	workspace.Namespace, workspace.Name = s.namespace, workspaceName
	if err := plane.Client.Patch(context.Background(), workspace, patch); err != nil {
		s.t.Errorf("suspend the workspace: %v", err)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.texts = append(append(c.texts, s.witness.told()...), s.receiver.told()...)
	c.secrets = append(c.secrets, s.secrets()...)
	c.codes = append(c.codes, s.simulator.Codes()...)
	if !s.t.Failed() {
		return
	}
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "DEBUG") {
			continue
		}
		if strings.Contains(line, s.namespace) || strings.Contains(line, "workspace="+s.id()) {
			s.t.Log(strings.TrimSpace(line))
		}
	}
}

func (c *chaos) note(s *scene, found result) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.results[found.row.name()] = found
	s.t.Logf("%d changes while it lasted, reasons %v", found.writes, found.reasons)
}

// write writes the table.
func (c *chaos) write(t *testing.T, rows []row) {
	t.Helper()
	if len(c.results) != len(rows) {
		t.Fatalf("%d of %d rows were played: the table is written by all of them", len(c.results), len(rows))
	}
	writePage(t, *faultsFile, table(rows, c.results))
}
