#!/usr/bin/env bash
# Follows every link between the pages.

passed=0
for page in dist/*.html; do
    links=$(grep -o 'href="[^"]*"' "$page" | cut -d '"' -f 2)
    for link in $links; do
        [[ -f dist/$link ]] || { echo "$page links to $link, which is not there" >&2; exit 1; }
        passed=$((passed + 1))
        echo "ok: ${page##*/} -> $link"
    done
done

[[ $fail_at != integration ]] || { echo 'failing because fail_at is integration' >&2; exit 1; }

echo "passed=$passed" >>"$YM_OUTPUT"
