#!/usr/bin/env bash
# Packs the folder $target into backup.tar.gz in the run's workspace, with a line of progress now and then.

fail() {
    printf 'backup: %s\n' "$1" >&2
    exit 1
}

count_names() { tr -dc '\0' | wc -c | tr -d ' '; } # of a list whose names end with NUL

# Passes on what tar says; of the names it prints, only a line every now and then.
show_progress() {
    local total=$1 every=$(($1 / 10 + 1)) packed=0 line
    while IFS= read -r line; do
        case $line in
        . | ./* | 'a .' | 'a ./'*)
            packed=$((packed + 1))
            ((packed % every && packed != total)) || printf 'packed %d of %d entries\n' "$packed" "$total"
            ;;
        *) printf '%s\n' "$line" >&2 ;;
        esac
    done
}

[[ -e $target ]] || fail "there is no folder $target"
[[ -d $target ]] || fail "$target is not a folder"
[[ -r $target && -x $target ]] || fail "the folder $target cannot be read by $(id -un)"

# `cd -P` makes $PWD the real path, whatever links led there.
cd -P .
workspace=$PWD
cd -P -- "$target"
folder=$PWD
if [[ $workspace/ == "${folder%/}"/* ]]; then
    fail "$target contains this run's workspace, so the archive would contain itself; choose a folder beside it"
fi

# List first, then pack exactly what is on the list. Names end with NUL, so that any name will do.
names=$workspace/names.list
find . ! -type s -print0 >"$names" || fail "not everything beneath $target can be read; the lines above name what cannot"
entries=$(count_names <"$names")
files=$(find . ! -type s ! -type d -print0 | count_names)
bytes=$(find . -type f -exec ls -lnq {} + | awk '{ sum += $5 } END { printf "%.0f", sum }')
printf 'packing %d files (%d bytes) from %s\n' "$files" "$bytes" "$folder"

# With the archive on its standard output, tar names each entry on its standard error: that is what is counted.
{ tar --null --no-recursion -cvf - -T "$names" 2>&3 | gzip >"$workspace/backup.tar.gz"; } 3>&1 | show_progress "$entries" ||
    fail "the archive could not be written completely; the lines above say why"
rm -- "$names"

{
    echo "entries=$entries"
    echo "files=$files"
    echo "bytes=$bytes"
} >>"$YM_OUTPUT"
