#!/usr/bin/env bash
# One instance of the matrix builds one service. It knows which from its own value.
service=$YM_MATRIX_SERVICE

mkdir -p "$service"
echo "$service $version" >"$service/index.txt"
checksum=$(sha256sum <"$service/index.txt" | cut -d ' ' -f 1)

echo "built $service $version"
echo "checksum=$checksum" >>"$YM_OUTPUT"
