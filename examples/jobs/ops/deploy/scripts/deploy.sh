#!/usr/bin/env bash
# Switches visitors over to the release in one instant, and looks whether it worked.

# Renaming a new link over the old one is atomic; replacing it with `ln -sfn` is not: it deletes first.
ln -sfn "$RELEASE" www/next
mv -fT www/next www/current 2>/dev/null || mv -fh www/next www/current # GNU, then BSD and macOS

echo "live: $RELEASE"
[[ $fail_at != deploy ]] || { echo 'failing because fail_at is deploy' >&2; exit 1; }
grep -qF "Version $version, $environment" www/current/index.html
