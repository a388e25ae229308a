{{- /* checks ends the rendering, with what to do, where values contradict one another. The schema has looked at each by itself before. */ -}}
{{- define "clay-operator.checks" -}}
{{- $claims := and .Values.audit.volume.enabled (not .Values.audit.store) }}
{{- if and .Values.audit.store .Values.audit.volume.enabled }}
{{- fail "audit: choose one: a bucket (audit.store) or a volume (audit.volume.enabled)" }}
{{- end }}
{{- if and $claims (gt (int .Values.replicas) 1) (ne .Values.audit.volume.accessMode "ReadWriteMany") }}
{{- fail "replicas: several pods share one audit trail: set audit.volume.accessMode=ReadWriteMany, or name a bucket in audit.store" }}
{{- end }}
{{- if not (or .Values.browser.sandbox.enabled .Values.networkPolicy.enabled) }}
{{- fail "networkPolicy.enabled=false needs browser.sandbox.enabled=true: without its sandbox the browser is to be reached and to reach no more than it must" }}
{{- end }}
{{- if and .Values.metrics.certificateSecret (not .Values.metrics.secure) }}
{{- fail "metrics.certificateSecret needs metrics.secure=true" }}
{{- end }}
{{- range $kind := list "serviceMonitor" "podMonitor" }}
{{- if and (get $.Values.metrics $kind).enabled (not $.Values.metrics.enabled) }}
{{- fail (printf "metrics.%s.enabled needs metrics.enabled=true" $kind) }}
{{- end }}
{{- end }}
{{- if and .Values.metrics.serviceMonitor.enabled .Values.metrics.podMonitor.enabled }}
{{- fail "metrics: choose one of serviceMonitor and podMonitor, or everything is scraped twice" }}
{{- end }}
{{- end }}
