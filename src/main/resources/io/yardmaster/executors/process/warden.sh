#!/bin/sh
# Ends the steps of this host before other hosts take it for gone and go on with its runs: when its server has not told
# the database for long that it lives, because it is dead, frozen or cut off. One for all steps, so that none pays for it.
#
#   warden.sh LEASE_FILE RUNS_FOLDER OWN_FILE SECONDS SLEEP GREP
#
# The second word of the lease says until when steps may live, in hundredths of a second since the machine's start. The
# warden whose process id is in OWN_FILE is the one; any other ends. So does one whose host has no lease any more.

lease=$1 runs=$2 own=$3 pause=$4 sleep=$5 grep=$6

echo "$$" >"$own" || exit 1
read -r boot </proc/sys/kernel/random/boot_id || boot=-

is_over() {
    until='' now=''
    { read -r _x until _x <"$lease" && read -r now _x </proc/uptime; } 2>/dev/null || return 1
    [ -n "$until" ] && [ "${now%.*}${now#*.}" -ge "$until" ]
}

# Remembers the marks of all attempts: their control groups, tokens and, while the shim lives and vouches for it, session.
# A shim goes first, so that it leaves no exit code of a program that was killed here.
remember_all() {
    for attempt in "$runs"/*/attempts/*/; do
        token='' group='' born='' shim=''
        [ -f "${attempt}marks" ] && { read -r token && read -r group && read -r born; } <"${attempt}marks"
        [ -n "$token" ] && [ "$born" = "$boot" ] || continue
        case $tokens in
            *"=$token"*) ;;
            '') tokens=YM_ATTEMPT_TOKEN=$token ;;
            *) tokens="$tokens
YM_ATTEMPT_TOKEN=$token" ;;
        esac
        [ -n "$group" ] && [ -d "$group" ] && groups="$groups$group
"
        { [ -f "${attempt}started" ] && read -r shim <"${attempt}started"; } || continue
        case $shim in '' | *[!0-9]*) continue ;; esac
        if "$grep" -qsF "$token" "/proc/$shim/cmdline"; then
            : >"${attempt}orphaned"
            sessions="$sessions $shim "
            kill -KILL "$shim" 2>/dev/null
        fi
    done
}

kill_group() {
    if [ -e "$1/cgroup.kill" ]; then
        echo 1 >"$1/cgroup.kill"
        return
    fi
    # Frozen, a group cannot fork faster than it is killed.
    [ -e "$1/freezer.state" ] && echo FROZEN >"$1/freezer.state"
    for procs in "$1"/cgroup.procs "$1"/*/cgroup.procs "$1"/*/*/cgroup.procs; do
        [ -e "$procs" ] || continue
        while read -r process; do
            [ "$process" -gt 1 ] && kill -KILL "$process"
        done <"$procs"
    done
    [ -e "$1/freezer.state" ] && echo THAWED >"$1/freezer.state"
}

# One round. Whether somebody was found.
kill_all() {
    found=''
    while read -r group; do
        [ -n "$group" ] || continue
        procs=''
        { read -r procs <"$group/cgroup.procs"; } 2>/dev/null
        if [ -n "$procs" ]; then
            found=yes
        fi
        kill_group "$group" 2>/dev/null
    done <<GROUPS
$groups
GROUPS
    for stat in /proc/[0-9]*/stat; do
        line=''
        { read -r line <"$stat"; } 2>/dev/null || continue
        process=${stat#/proc/}
        process=${process%/stat}
        # After the name: state, parent, group, session.
        set -- ${line##*) }
        [ "$1" != Z ] && [ "$1" != X ] && [ "$process" != $$ ] || continue
        case $sessions in
            *" $3 "* | *" $4 "*)
                found=yes
                kill -KILL "$process" 2>/dev/null
                ;;
        esac
    done
    if [ -n "$tokens" ]; then
        for environ in $("$grep" -lsF "$tokens" /proc/[0-9]*/environ); do
            process=${environ#/proc/}
            process=${process%/environ}
            found=yes
            kill -KILL "$process" 2>/dev/null
        done
    fi
    [ -n "$found" ]
}

rounds_left=10
while [ "$rounds_left" -gt 0 ]; do
    read -r warden <"$own" && [ "$warden" = $$ ] && [ -e "$lease" ] || exit 0
    if is_over; then
        groups='' tokens='' sessions=''
        remember_all
        tries=20
        while kill_all && [ "$tries" -gt 0 ]; do
            tries=$((tries - 1))
        done
        # Some more, for what was being born. After that nothing starts here without a lease, and a server that gets one
        # sees to a warden first.
        rounds_left=$((rounds_left - 1))
    else
        rounds_left=10
    fi
    "$sleep" "$pause"
done
