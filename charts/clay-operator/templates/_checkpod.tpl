{{- /* A pod that runs "clay-operator manager check". Takes the chart's root and the arguments. */ -}}
{{- define "clay-operator.checkPodSpec" -}}
{{- $root := index . 0 }}
serviceAccountName: {{ include "clay-operator.fullname" $root }}-check
automountServiceAccountToken: false
enableServiceLinks: false
restartPolicy: Never
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "clay-operator.podSecurityContext" $root | nindent 2 }}
{{- with $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: check
    image: {{ include "clay-operator.image" (list $root $root.Values.manager.image) }}
    imagePullPolicy: {{ $root.Values.manager.image.pullPolicy }}
    args:
      - manager
      - check
      {{- range index . 1 }}
      - {{ . }}
      {{- end }}
    resources:
      requests:
        cpu: 10m
        memory: 32Mi
      limits:
        memory: 128Mi
    securityContext:
      {{- include "clay-operator.securityContext" $root | nindent 6 }}
    volumeMounts:
      - {{- include "clay-operator.tokenMount" $root | nindent 8 }}
volumes:
  - {{- include "clay-operator.tokenVolume" $root | nindent 4 }}
{{- end }}
