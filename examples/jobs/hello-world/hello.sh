#!/usr/bin/env bash
# Arguments are ordinary variables here, and the runner has already set `set -euo pipefail`.
# Everything printed appears in the run's events at once.

printf 'Hello, %s!\n' "$name"
