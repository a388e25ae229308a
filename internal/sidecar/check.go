package sidecar

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/health/grpc_health_v1"
)

// Check asks the sidecar at an address once whether it serves, for probes of a pod. The error is nil if it does, and says otherwise
// what it says instead.
func Check(ctx context.Context, address string) (err error) {
	connection, err := dial(address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, connection.Close()) }()
	response, err := grpc_health_v1.NewHealthClient(connection).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
	if err != nil {
		return fmt.Errorf("the browser does not answer: %w", err)
	}
	return serving(response)
}

func serving(response *grpc_health_v1.HealthCheckResponse) error {
	if response.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		return fmt.Errorf("it reports %v", response.GetStatus())
	}
	return nil
}
