/** The functions a PowerShell script may call.
 *  @see https://octopus.com/docs/deployments/custom-scripts/using-variables-in-scripts */
export const POWERSHELL_HELPERS = String.raw`$ErrorActionPreference = 'Stop'
$OctopusParameters = New-Object 'System.Collections.Generic.Dictionary[String,String]' (,[System.StringComparer]::OrdinalIgnoreCase)
foreach ($pair in (Get-Content -Raw -Encoding UTF8 "$PSScriptRoot/Variables.json" | ConvertFrom-Json)) {
  $name, $value = $pair | ForEach-Object { [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($_)) }
  $OctopusParameters[$name] = $value
  $plain = $name -replace '[^A-Za-z0-9_]', ''
  if ($plain -and -not (Test-Path "Variable:$plain")) { Set-Variable -Name $plain -Value $value -ErrorAction SilentlyContinue }
}
function Convert-ToServiceMessageParameter([string]$name, [string]$value) {
  "$name='" + [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($value)) + "'"
}
function Write-ServiceMessage([string]$name, $parameters) {
  $text = ($parameters | Where-Object { $null -ne $_ }) -join ' '
  if ($text) { Microsoft.PowerShell.Utility\Write-Host "##octopus[$name $text$SlipwayMark]" } else { Microsoft.PowerShell.Utility\Write-Host "##octopus[$name$SlipwayMark]" }
}
function Set-OctopusVariable([string]$name, [string]$value, [switch]$sensitive) {
  $parameters = @((Convert-ToServiceMessageParameter 'name' $name), (Convert-ToServiceMessageParameter 'value' $value))
  if ($sensitive) { $parameters += Convert-ToServiceMessageParameter 'sensitive' 'True' }
  Write-ServiceMessage 'setVariable' $parameters
  $OctopusParameters[$name] = $value
}
function New-OctopusArtifact([string]$path, [string]$name = '') {
  if (-not $name) { $name = [IO.Path]::GetFileName($path) }
  $full = (Resolve-Path $path).Path
  $length = (Get-Item $full).Length
  Write-Verbose "Artifact $name will be collected from $full after this step completes"
  Write-ServiceMessage 'createArtifact' @((Convert-ToServiceMessageParameter 'path' $full), (Convert-ToServiceMessageParameter 'name' $name), (Convert-ToServiceMessageParameter 'length' "$length"))
}
function Update-Progress([int]$percentage, [string]$message = '') {
  Write-ServiceMessage 'progress' @((Convert-ToServiceMessageParameter 'percentage' "$percentage"), (Convert-ToServiceMessageParameter 'message' $message))
}
function Fail-Step([string]$message = '') {
  if ($message) { Write-ServiceMessage 'resultMessage' @(Convert-ToServiceMessageParameter 'message' $message) }
  exit -1
}
function Write-AtLevel([string]$level, [string]$message) {
  Write-ServiceMessage $level @()
  Microsoft.PowerShell.Utility\Write-Host $message
  Write-ServiceMessage 'stdout-default' @()
}
function Write-Verbose([Parameter(Position = 0, ValueFromPipeline = $true)][string]$message) { process { Write-AtLevel 'stdout-verbose' $message } }
function Write-Highlight([Parameter(Position = 0, ValueFromPipeline = $true)][string]$message) { process { Write-AtLevel 'stdout-highlight' $message } }
function Write-Wait([Parameter(Position = 0, ValueFromPipeline = $true)][string]$message) { process { Write-AtLevel 'stdout-wait' $message } }
function Write-Warning([Parameter(Position = 0, ValueFromPipeline = $true)][string]$message) { process { Write-AtLevel 'stdout-warning' $message } }
function Execute-WithRetry([ScriptBlock]$command, [int]$maxFailures = 3, [int]$sleepBetweenFailures = 1) {
  for ($attempt = 1; ; $attempt++) {
    try { return & $command } catch {
      if ($attempt -ge $maxFailures) { throw }
      Write-Verbose "Try $attempt failed: $($_.Exception.Message)"
      Start-Sleep -Seconds $sleepBetweenFailures
    }
  }
}
function Set-EnvironmentState([string]$key, [string]$value, [switch]$sensitive, [string]$type = 'State') {
  $parameters = @((Convert-ToServiceMessageParameter 'key' $key), (Convert-ToServiceMessageParameter 'value' $value))
  if ($sensitive) { $parameters += Convert-ToServiceMessageParameter 'sensitive' 'True' }
  $parameters += Convert-ToServiceMessageParameter 'type' $type
  Write-ServiceMessage 'set-environmentstate' $parameters
}
function Set-EnvironmentUrl([string]$key, [string]$url) { Set-EnvironmentState $key $url -type 'Url' }
function New-OctopusTarget([string]$name, [string]$targetId, [string]$inputs, [string]$roles, [string]$workerPool, [switch]$updateIfExisting) {
  $parameters = @((Convert-ToServiceMessageParameter 'name' $name), (Convert-ToServiceMessageParameter 'targetTypeId' $targetId), (Convert-ToServiceMessageParameter 'inputs' $inputs), (Convert-ToServiceMessageParameter 'octopusRoles' $roles))
  if ($workerPool) { $parameters += Convert-ToServiceMessageParameter 'octopusDefaultWorkerPoolIdOrName' $workerPool }
  if ($updateIfExisting) { $parameters += Convert-ToServiceMessageParameter 'updateIfExisting' 'true' }
  Write-ServiceMessage 'createStepPackageTarget' $parameters
}
function Report-KubernetesManifest([string]$manifest, [string]$namespace = '') {
  foreach ($document in ($manifest -split '(?m)^---\s*$')) {
    if (-not $document.Trim()) { continue }
    $parameters = @(Convert-ToServiceMessageParameter 'manifest' $document)
    if ($namespace) { $parameters += Convert-ToServiceMessageParameter 'ns' $namespace }
    Write-ServiceMessage 'k8s-manifest-applied' $parameters
  }
}
function Report-KubernetesManifestFile([string]$path, [string]$namespace = '') {
  Report-KubernetesManifest (Get-Content -Raw -Encoding UTF8 $path) $namespace
}
function Remove-OctopusTarget([string]$targetIdOrName) {
  Write-ServiceMessage 'delete-target' @(Convert-ToServiceMessageParameter 'machine' $targetIdOrName)
}
`
