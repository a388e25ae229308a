{{- /* What a ServiceMonitor and a PodMonitor say alike about where the metrics are. Takes the chart's root and the values of one of them. */ -}}
{{- define "clay-operator.endpoint" -}}
{{- $root := index . 0 }}
{{- $monitor := index . 1 }}
port: metrics
path: /metrics
# The labels namespace and workspace name the ClayWorkspace; without this they would be those of the pod.
honorLabels: true
{{- with $monitor.interval }}
interval: {{ . }}
{{- end }}
{{- if $root.Values.metrics.secure }}
scheme: https
# The account of Prometheus needs the ClusterRole {{ include "clay-operator.fullname" $root }}-metrics-reader.
bearerTokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token
tlsConfig:
  {{- if $root.Values.metrics.certificateSecret }}
  ca:
    secret:
      name: {{ $root.Values.metrics.certificateSecret }}
      key: ca.crt
  serverName: {{ include "clay-operator.fullname" $root }}-metrics.{{ $root.Release.Namespace }}.svc
  {{- else }}
  # The manager makes a certificate for itself at its start, that nobody can check.
  insecureSkipVerify: true
  {{- end }}
{{- end }}
{{- end }}
