#compdef wire
# zsh completion of wire: the tool itself knows what may come next. Files where it knows nothing.
_wire() {
    local -a candidates
    candidates=("${(@f)$("${words[1]}" complete "${(j: :)words[1,CURRENT]}" 2> /dev/null)}")
    candidates=("${(@)candidates:#}")
    if ((${#candidates})); then
        compadd -- "${(@)candidates}"
    else
        _files
    fi
}
if [[ ${funcstack[1]} = _wire ]]; then
    _wire "$@"
else
    compdef _wire wire
fi
