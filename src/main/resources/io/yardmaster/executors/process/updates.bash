# Read after the prelude of a Bash step that handles updates.
ym_update_id= ym_update_name= ym_update_payload= _ym_update=
declare -A ym_update_fields=()
# Open for both, so that neither end waits for the other. The bell only says when to look.
exec {_ym_bell}<>"$YM_UPDATES/bell"

# ym_update [SECONDS]: takes the next update. Waits until there is one, or SECONDS (a whole number) and fails then.
ym_update() {
    # Looked at first: what is computed with may be a program to Bash.
    if [[ ! ${1:-0} =~ ^[0-9]{1,9}$ ]]; then
        printf 'ym_update: %q is no whole number of seconds\n' "$1" >&2
        return 2
    fi
    local _ym_file _ym_until=$((SECONDS + 10#${1:-0})) _ym_at _ym_all=()
    local -
    # No program is started: that would take longer than all the rest.
    set +f -C
    while :; do
        for _ym_file in "$YM_UPDATES"/*.json; do
            _ym_file=${_ym_file%.json}
            if [[ -e $_ym_file.json && ! -e $_ym_file.taken ]] && { : >"$_ym_file.taken"; } 2>/dev/null; then
                _ym_update=$_ym_file
                mapfile -d '' -t _ym_all <"$_ym_update.fields"
                ym_update_id=${_ym_all[0]} ym_update_name=${_ym_all[1]} ym_update_payload=${_ym_all[2]}
                ym_update_fields=()
                for ((_ym_at = 3; _ym_at + 1 < ${#_ym_all[@]}; _ym_at += 2)); do
                    ym_update_fields[${_ym_all[_ym_at]}]=${_ym_all[_ym_at + 1]}
                done
                return 0
            fi
        done
        [[ -z ${1-} ]] || ((SECONDS < _ym_until)) || return 1
        read -r -t 1 -n 1 -u "$_ym_bell" _ym_file || :
    done
}

# ym_answer [JSON]: the update that was taken is done; what is said of it.
ym_answer() {
    _ym_reply "{\"result\": ${1:-null}}"
}

# ym_refuse TEXT: the update that was taken is not done, and why.
ym_refuse() {
    local _ym_text=${1:-}
    _ym_text=${_ym_text//\\/\\\\}
    _ym_text=${_ym_text//\"/\\\"}
    _ym_text=${_ym_text//$'\n'/\\n}
    _ym_reply "{\"refused\": \"${_ym_text//[[:cntrl:]]/ }\"}"
}

_ym_reply() {
    if [[ -z $_ym_update ]]; then
        echo 'There is no update to answer: ym_update takes one.' >&2
        return 1
    fi
    printf '%s\n' "$1" >|"$_ym_update.answer"
    _ym_update=
}
