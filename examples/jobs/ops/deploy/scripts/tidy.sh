#!/usr/bin/env bash
# Removes what only the build needed, and says what visitors see now.

rm -rf dist
live=nothing
if [[ -L www/current ]]; then live=$(readlink www/current); fi
echo "live in the end: $live"
printf 'Live now: `%s`\n' "$live" >>"$YM_SUMMARY" # Markdown, shown on the run's page
