# bash completion of wire: the tool itself knows what may come next. Files where it knows nothing.
_wire() {
    local IFS=$'\n'
    COMPREPLY=($("${COMP_WORDS[0]}" complete "${COMP_LINE:0:COMP_POINT}" 2> /dev/null))
}
complete -o default -F _wire wire
