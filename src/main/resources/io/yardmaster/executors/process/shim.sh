#!/bin/sh
# Runs one attempt apart from the server that started it, so that it goes on when the server does not.
#
#   shim.sh ATTEMPT_FOLDER CGROUP_PROCS_FILE|- ATTEMPT_TOKEN CAT LEASE_FILE|- NODE PROGRAM [ARGUMENT…]
#
# It is the leader of its own session. In the attempt's folder it writes
#   started  its process id, then the ids of the two relays. Created exclusively, before anything else: who finds it
#            there does not start, and who wants the attempt never to start creates it first
#   out, err what the program printed
#   exit     the exit code
# A file counts once its line is complete. The token among the arguments tells the shim from a later process that was
# given its id. The output is complete when the shim and its relays are gone.
#
# The program prints into pipes, which two relays copy to the files: a program that opens /dev/stderr for writing would
# cut off a file. Its variables have names that no job uses, because a name found in the environment stays exported.

_ym_attempt=$1 _ym_cgroup=$2 _ym_token=$3 _ym_cat=$4 _ym_lease=$5 _ym_node=$6
_ym_until=0 _ym_holder= _ym_now= _ym_rest=
shift 6

# A server that was frozen on the way here may have lost the run meanwhile. Its lease says until when, in hundredths of a
# second since the machine's start, it may start what it has committed as which node.
if [ "$_ym_lease" != - ]; then
    { read -r _ym_until _ym_rest _ym_holder <"$_ym_lease" && read -r _ym_now _ym_rest </proc/uptime; } 2>/dev/null
    if [ "$_ym_holder" = "$_ym_node" ] && [ "${_ym_now%.*}${_ym_now#*.}" -lt "$_ym_until" ]; then
        :
    else
        set -C
        echo refused >"$_ym_attempt/started"
        exit 5
    fi
fi

set -C
echo "$$" >"$_ym_attempt/started" || exit 3
set +C

# The relays see to the end of the output, whatever signal is sent to the whole group.
trap '' HUP INT QUIT TERM
# Held open for both reading and writing, so that no open below can block.
exec 3<>"$_ym_attempt/out.pipe" 4<>"$_ym_attempt/err.pipe"
"$_ym_cat" <"$_ym_attempt/out.pipe" >>"$_ym_attempt/out" 3>&- 4>&- &
_ym_out=$!
"$_ym_cat" <"$_ym_attempt/err.pipe" >>"$_ym_attempt/err" 3>&- 4>&- &
_ym_err=$!
echo "$_ym_out $_ym_err" >>"$_ym_attempt/started"

# Caught here, and so back at their defaults in the program. The shell waits for its foreground program to the end.
trap : HUP INT QUIT TERM
(
    if [ "$_ym_cgroup" != - ]; then
        { echo 0 >"$_ym_cgroup"; } 2>/dev/null || : >"$_ym_attempt/uncaged"
    fi
    YM_ATTEMPT_TOKEN=$_ym_token
    export YM_ATTEMPT_TOKEN
    exec "$@"
) </dev/null >"$_ym_attempt/out.pipe" 2>"$_ym_attempt/err.pipe" 3>&- 4>&-
_ym_code=$?
trap '' HUP INT QUIT TERM
exec 3>&- 4>&-

# A full disk delays the exit code, it does not lose it.
until echo "$_ym_code" >"$_ym_attempt/exit"; do
    [ -d "$_ym_attempt" ] || exit 4
    sleep 1
done
wait "$_ym_out"
wait "$_ym_err"
