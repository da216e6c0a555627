#!/usr/bin/env bash
# Turns counts/* (a line each: language files lines blank) into a JSON result, a Markdown summary and an artifact.

awk '
    { files += $2; lines += $3; blank += $4
      printf "%s\"%s\": {\"files\": %d, \"lines\": %d, \"blank\": %d}", (NR > 1 ? ", " : "{\"languages\": {"), $1, $2, $3, $4 }
    END { printf "}, \"total\": {\"files\": %d, \"lines\": %d, \"blank\": %d}}\n", files, lines, blank }
' counts/* | tee "$YM_ARTIFACTS/loc.json" "$YM_RESULT"

{
    printf '| Language | Files | Lines | Blank |\n|---|---:|---:|---:|\n'
    sort -k 3,3nr counts/* | awk '
        { files += $2; lines += $3; blank += $4; printf "| %s | %d | %d | %d |\n", $1, $2, $3, $4 }
        END { printf "| **total** | **%d** | **%d** | **%d** |\n", files, lines, blank }'
} >>"$YM_SUMMARY"
