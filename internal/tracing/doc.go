// Package tracing sends traces to an OpenTelemetry collector, where the environment asks for it, and does nothing otherwise. A trace is
// one pass over a workspace: the manager begins it, the browser goes on with it on the other side of the socket, and each step on a
// page is a span. What a span may say is said where it is made; no secret, no address of a person and no text of a page is in one.
//
// The rooms that make spans know OpenTelemetry's API alone. This one knows the SDK and the exporters, and Kubernetes and Clay not at all.
package tracing
