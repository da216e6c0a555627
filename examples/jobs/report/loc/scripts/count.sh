#!/usr/bin/env bash
# Counts the files that match $PATTERNS beneath $path: how many, how many lines, how many of them blank.
# The step's own id is the name of the language, so the same script serves every language.

if [[ ! -d $path || ! -r $path ]]; then
    echo "there is no readable folder $path" >&2
    exit 1
fi

# The condition for find: -name p1 -o -name p2 …, outside the excluded folders.
set -f # the patterns are for find, not for this shell
wanted=(-false)
for pattern in $PATTERNS; do wanted+=(-o -name "$pattern"); done
unwanted=(-false)
for name in ${exclude[@]+"${exclude[@]}"}; do unwanted+=(-o -name "$name"); done
set +f

find_files() { find "$path/" -mindepth 1 -type d \( "${unwanted[@]}" \) -prune -o -type f \( "${wanted[@]}" \) "$@"; }

files=$(find_files -print0 | tr -dc '\0' | wc -c)
# awk may be called several times when there are many files: each call prints its share, the second awk adds them up.
counted=$(
    find_files -exec env LC_ALL=C awk '!NF { blank++ } END { print NR + 0, blank + 0 }' {} + |
        awk '{ lines += $1; blank += $2 } END { printf "%.0f %.0f", lines, blank }'
)
read -r lines blank <<<"$counted"

printf '%s: %d files, %d lines, %d of them blank\n' "$YM_STEP_ID" "$files" "$lines" "$blank"
printf '%s=%d\n' files "$files" lines "$lines" blank "$blank" >>"$YM_OUTPUT"

# The steps of a run share one workspace: this is for the step that merges.
mkdir -p counts
printf '%s %d %d %d\n' "$YM_STEP_ID" "$files" "$lines" "$blank" >"counts/$YM_STEP_ID"
