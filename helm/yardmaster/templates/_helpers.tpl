{{- define "yardmaster.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "yardmaster.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains (include "yardmaster.name" .) .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "yardmaster.name" .) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "yardmaster.selectorLabels" -}}
app.kubernetes.io/name: {{ include "yardmaster.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "yardmaster.labels" -}}
{{ include "yardmaster.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* What the chart itself has to say to the server, as application.yaml. */}}
{{- define "yardmaster.settings" -}}
server:
  port: 8080
  address: 0.0.0.0
yardmaster:
  data-dir: /var/lib/yardmaster
  {{- if .Values.blobs.volume }}
  blobs:
    dir: /var/lib/yardmaster-blobs
  {{- end }}
  {{- with .Values.blobs.s3 }}
  blobs:
    store: s3
    s3:
      bucket: {{ .bucket | quote }}
      {{- with .prefix }}
      prefix: {{ . | quote }}
      {{- end }}
      {{- with .region }}
      region: {{ . | quote }}
      {{- end }}
      {{- with .endpoint }}
      endpoint: {{ . | quote }}
      {{- end }}
      {{- if hasKey . "pathStyle" }}
      path-style: {{ .pathStyle }}
      {{- end }}
  {{- end }}
  policy:
    floor: {{ .Values.policy.floor }}
  security:
    issuers:
      {{- range $number, $issuer := .Values.issuers }}
      - issuer: {{ $issuer.issuer | quote }}
        audiences:
          {{- toYaml $issuer.audiences | nindent 10 }}
        {{- with $issuer.jwks }}
        jwks: {{ .url | default (printf "/etc/yardmaster/jwks/%d/jwks.json" $number) | quote }}
        {{- end }}
        {{- with $issuer.tenant }}
        tenant: {{ . | quote }}
        {{- end }}
        {{- with $issuer.tenantClaim }}
        tenant-claim: {{ . | quote }}
        {{- end }}
        {{- with $issuer.groupsClaim }}
        groups-claim: {{ . | quote }}
        {{- end }}
      {{- end }}
  {{- with .Values.sources }}
  sources:
    {{- range . }}
    - name: {{ .name }}
      type: fs
      path: /srv/jobs/{{ .name }}
      {{- with .tenants }}
      tenants:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    {{- end }}
  {{- end }}
{{- end -}}
