#!/usr/bin/env bash
# Looks at each page by itself: it has a title, and no placeholder was left in it.

passed=0
for page in dist/*.html; do
    grep -q '<title>..*</title>' "$page" || { echo "$page has no title" >&2; exit 1; }
    if grep -n '{{' "$page" >&2; then
        echo "$page still has placeholders" >&2
        exit 1
    fi
    grep -qF "Version $version, $environment" "$page" || { echo "$page does not say its version" >&2; exit 1; }
    passed=$((passed + 1))
    echo "ok: ${page##*/}"
done

[[ $fail_at != unit ]] || { echo 'failing because fail_at is unit' >&2; exit 1; }

echo "passed=$passed" >>"$YM_OUTPUT"
