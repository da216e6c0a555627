#!/usr/bin/env bash
# Copies the build to where releases are kept and seals it with the token.
# Exit code 75 says: not now, but perhaps later. config.yaml lets exactly that be tried again.

if ((YM_ATTEMPT <= flaky_attempts)); then
    echo "attempt $YM_ATTEMPT: the store does not answer" >&2
    exit 75
fi
echo "attempt $YM_ATTEMPT: the store answers"

sha256() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1; }

# Made beside its final place and renamed, so that a release is there whole or not at all, however often this is tried.
rm -rf www/incoming
mkdir -p www/incoming www/releases
cp dist/* www/incoming/

# A secret is a file. It goes through a pipe: in a command's arguments, every user of the machine could read it.
{ cat "$YM_SECRETS_DIR/token"; echo "$CHECKSUM"; } | sha256 >www/incoming/SEAL

rm -rf "www/$RELEASE"
mv www/incoming "www/$RELEASE"
echo "uploaded $RELEASE, sealed"
