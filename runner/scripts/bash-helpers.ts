/** The functions a Bash script may call. `$__slipway_mark` is what messages need to be believed, if
 *  they need anything.
 *  @see https://octopus.com/docs/deployments/custom-scripts/using-variables-in-scripts */
export const BASH_HELPERS = String.raw`
get_octopusvariable() {
  __slipway_find "$1"
  printf '%s' "$__slipway_value"
}
encode_servicemessagevalue() {
  printf '%s' "$1" | base64 | tr -d '\n'
}
decode_servicemessagevalue() {
  printf '%s' "$1" | base64 -d
}
decrypt_variable() {
  decode_servicemessagevalue "$1"
}
set_octopusvariable() {
  local message="##octopus[setVariable"
  if [ -n "$1" ]; then message="$message name='$(encode_servicemessagevalue "$1")'"; fi
  if [ -n "$2" ]; then message="$message value='$(encode_servicemessagevalue "$2")'"; fi
  if [ "$3" = "-sensitive" ]; then message="$message sensitive='$(encode_servicemessagevalue "True")'"; fi
  echo "$message$__slipway_mark]"
}
new_octopusartifact() {
  echo "Collecting $1 as an artifact..."
  if [ ! -e "$1" ]; then
    echo "$(basename "$1"): No such file: $1" >&2
    return 2
  fi
  local name="$2" path length
  if [ -z "$name" ]; then name="$(basename "$1")"; fi
  path="$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
  length="$(wc -c < "$1" | tr -d ' ')"
  echo "##octopus[stdout-verbose$__slipway_mark]"
  echo "Artifact $name will be collected from $path after this step completes"
  echo "##octopus[stdout-default$__slipway_mark]"
  echo "##octopus[createArtifact path='$(encode_servicemessagevalue "$path")' name='$(encode_servicemessagevalue "$name")' length='$(encode_servicemessagevalue "$length")'$__slipway_mark]"
}
update_progress() {
  echo "##octopus[progress percentage='$(encode_servicemessagevalue "$1")' message='$(encode_servicemessagevalue "$2")'$__slipway_mark]"
}
fail_step() {
  if [ -n "$1" ]; then
    echo "##octopus[resultMessage message='$(encode_servicemessagevalue "$1")'$__slipway_mark]"
  fi
  exit 1
}
write_verbose() {
  echo "##octopus[stdout-verbose$__slipway_mark]"
  echo "$1"
  echo "##octopus[stdout-default$__slipway_mark]"
}
write_highlight() {
  echo "##octopus[stdout-highlight$__slipway_mark]"
  echo "$1"
  echo "##octopus[stdout-default$__slipway_mark]"
}
write_wait() {
  echo "##octopus[stdout-wait$__slipway_mark]"
  echo "$1"
  echo "##octopus[stdout-default$__slipway_mark]"
}
write_warning() {
  echo "##octopus[stdout-warning$__slipway_mark]"
  echo "$1"
  echo "##octopus[stdout-default$__slipway_mark]"
}
set_environmentstate() {
  local sensitive="" type="State" key="$1" value="$2"
  shift; shift
  while [ $# -gt 0 ]; do
    if [ "$1" = "-sensitive" ]; then sensitive=" sensitive='$(encode_servicemessagevalue "True")'"; else type="$1"; fi
    shift
  done
  echo "##octopus[set-environmentstate key='$(encode_servicemessagevalue "$key")' value='$(encode_servicemessagevalue "$value")'$sensitive type='$(encode_servicemessagevalue "$type")'$__slipway_mark]"
}
set_environmenturl() {
  set_environmentstate "$1" "$2" "Url"
}
remove-octopustarget() {
  echo "##octopus[delete-target machine='$(encode_servicemessagevalue "$1")'$__slipway_mark]"
}
new_octopustarget() {
  local parameters="" update=""
  while [ $# -gt 0 ]; do
    case "$1" in
      -n|--target-name) parameters="$parameters name='$(encode_servicemessagevalue "$2")'"; shift;;
      -t|--target-id) parameters="$parameters targetTypeId='$(encode_servicemessagevalue "$2")'"; shift;;
      --inputs) parameters="$parameters inputs='$(encode_servicemessagevalue "$2")'"; shift;;
      --roles) parameters="$parameters octopusRoles='$(encode_servicemessagevalue "$2")'"; shift;;
      --worker-pool) parameters="$parameters octopusDefaultWorkerPoolIdOrName='$(encode_servicemessagevalue "$2")'"; shift;;
      --update-if-existing) update=" updateIfExisting='$(encode_servicemessagevalue "true")'";;
      *) echo "Unknown option: $1" >&2; return 1;;
    esac
    shift
  done
  echo "##octopus[createStepPackageTarget$parameters$update$__slipway_mark]"
}
report_kubernetes_manifest() {
  local namespace="" document="" line
  if [ -n "$2" ]; then namespace=" ns='$(encode_servicemessagevalue "$2")'"; fi
  while IFS= read -r line || [ -n "$line" ]; do
    if [ "$line" = "---" ]; then
      __slipway_manifest "$document" "$namespace"
      document=""
    else
      document="$document$line
"
    fi
  done <<< "$1"
  __slipway_manifest "$document" "$namespace"
}
__slipway_manifest() {
  if [ -z "$(printf '%s' "$1" | tr -d '[:space:]')" ]; then return; fi
  echo "##octopus[k8s-manifest-applied manifest='$(encode_servicemessagevalue "$1")'$2$__slipway_mark]"
}
report_kubernetes_manifest_file() {
  report_kubernetes_manifest "$(cat "$1")" "$2"
}
log_environment_information() {
  if [ "$(get_octopusvariable "Octopus.Action.Script.SuppressEnvironmentLogging")" = "True" ]; then return; fi
  echo "##octopus[stdout-verbose$__slipway_mark]"
  echo "Bash Environment Information:"
  echo "  OperatingSystem: $(uname -a)"
  echo "  CurrentUser: $(whoami)"
  echo "  HostName: $(hostname)"
  echo "  CurrentDirectory: $(pwd)"
  echo "##octopus[stdout-default$__slipway_mark]"
}
`
