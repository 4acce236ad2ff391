const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/**
 * What `curl -fsSL …/install/TOKEN | sh` runs on a machine: looks for Node 20 or newer, fetches the
 * runner, registers it with the token and installs it as a service, or says how to start it. The
 * whole of it is a function called in the last line, so that half a download does nothing.
 */
export const installScript = (publicUrl: string, token: string): string => `#!/bin/sh
# Installs a Slipway runner on this machine. SLIPWAY_HOME chooses the folder.
set -eu

install_runner() {
  server=${quote(publicUrl)}
  token=${quote(token)}
  if [ "$(id -u)" = 0 ]; then default=/opt/slipway-runner; else default="$HOME/.slipway-runner"; fi
  home="\${SLIPWAY_HOME:-$default}"

  node="$(command -v node || true)"
  if [ -z "$node" ]; then
    echo 'A runner needs Node 20 or newer; none was found on PATH. Install it, then run this again.' >&2
    exit 1
  fi
  major="$("$node" -p 'process.versions.node.split(".")[0]')"
  if [ "$major" -lt 20 ]; then
    echo "A runner needs Node 20 or newer; $node is $("$node" --version). Update it, then run this again." >&2
    exit 1
  fi

  mkdir -p "$home"
  chmod 700 "$home"
  echo "Downloading the runner to $home/runner.mjs"
  curl -fsSL "$server/runner.mjs" -o "$home/runner.mjs.new"
  mv "$home/runner.mjs.new" "$home/runner.mjs"
  "$node" "$home/runner.mjs" register --server="$server" --token="$token" --home="$home"

  if [ "$(id -u)" = 0 ] && command -v systemctl >/dev/null 2>&1 && [ -d /run/systemd/system ]; then
    "$node" "$home/runner.mjs" service install --home="$home"
  else
    echo 'Start the runner with:'
    echo "  $node $home/runner.mjs run --home $home"
  fi
}

install_runner
`
