package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/seatwright/clay-operator/hack/internal/embedded"
)

// operator is the measured process.
type operator struct {
	*embedded.Operator
	started time.Time
	metrics string
	log     *os.File
}

// startOperator starts the operator against the cluster. Its log gets the given name.
func (b *bench) startOperator(ctx context.Context, c *cluster, log string, arguments ...string) (*operator, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	file, err := os.Create(filepath.Join(b.logs, log+".log"))
	if err != nil {
		return nil, fmt.Errorf("open the operator's log: %w", err)
	}
	started := time.Now()
	arguments = append([]string{"--metrics-bind-address=" + address, "--health-probe-bind-address=0"}, arguments...)
	child, err := embedded.StartOperator(ctx, b.binary, c.Kubeconfig, file, arguments...)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &operator{Operator: child, started: started, metrics: "http://" + address + "/metrics", log: file}, nil
}

// Stop ends the operator and closes its log.
func (o *operator) Stop() error { return errors.Join(o.Operator.Stop(), o.log.Close()) }

// scrape reads the operator's metrics.
func (o *operator) scrape(ctx context.Context) (metrics, error) {
	return scrape(ctx, http.DefaultClient, o.metrics)
}

// freeAddress is one that nobody listened on a moment ago: the operator does not tell which port it chose for itself.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return listener.Addr().String(), listener.Close()
}
