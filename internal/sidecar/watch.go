package sidecar

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// watch follows the health of the sidecar at an address. It calls ready when the sidecar first serves, and returns when it serves no
// more, was not ready in time, froze, or ctx ends.
func watch(ctx context.Context, address string, ready func()) (err error) {
	connection, err := dial(address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, connection.Close()) }()

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	late := time.AfterFunc(startLimit, func() { cancel(fmt.Errorf("it was not ready within %v", startLimit)) })
	defer late.Stop()
	stream, err := grpc_health_v1.NewHealthClient(connection).
		Watch(ctx, &grpc_health_v1.HealthCheckRequest{}, grpc.WaitForReady(true))
	for err == nil {
		var response *grpc_health_v1.HealthCheckResponse
		if response, err = stream.Recv(); err != nil {
			break
		}
		if err := serving(response); err != nil {
			return err
		}
		late.Stop()
		ready()
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return fmt.Errorf("it does not answer any more: %w", err)
}
