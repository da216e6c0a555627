#!/usr/bin/env bash
# Reads backup.tar.gz back from its first byte to its last and compares what is in it with what was packed.

sha256_of() {
    if command -v sha256sum >/dev/null; then sha256sum -- "$1"; else shasum -a 256 -- "$1"; fi | cut -d ' ' -f 1
}

echo 'checking the compression'
gzip -t backup.tar.gz

echo 'listing the archive'
entries=$(tar -tzf backup.tar.gz | wc -l | tr -d ' ') # tar escapes line breaks in names: one line, one entry
if [[ $entries != "$EXPECTED_ENTRIES" ]]; then
    echo "the archive holds $entries entries, but $EXPECTED_ENTRIES were packed" >&2
    exit 1
fi

sha256=$(sha256_of backup.tar.gz)
echo "sha256=$sha256" >>"$YM_OUTPUT"
echo "$entries entries, complete; SHA-256 $sha256"

cat >>"$YM_SUMMARY" <<END
| backup.tar.gz | |
|---|---|
| entries | $entries |
| SHA-256 | \`$sha256\` |
END
