#!/usr/bin/env bash
# Makes dist/ from the job's own files. $YM_JOB_DIR is read-only; the working directory is the run's workspace.

sha256() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1; }

mkdir -p dist
pages=0
for file in "$YM_JOB_DIR"/site/*; do
    name=${file##*/}
    # Safe to put into sed: argspec allows nothing but digits, dots and the listed environments.
    sed -e "s/{{version}}/$version/g" -e "s/{{environment}}/$environment/g" "$file" >"dist/$name"
    if [[ $name == *.html ]]; then pages=$((pages + 1)); fi
    echo "built $name"
done

checksum=$(cat dist/* | sha256)
printf '%s=%s\n' pages "$pages" checksum "$checksum" >>"$YM_OUTPUT"
