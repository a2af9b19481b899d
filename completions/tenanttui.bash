# Completion of tenanttui in bash. The program knows the candidates; this only asks it.

_tenanttui()
{
    local cur cword line word
    local -a words

    if declare -F _get_comp_words_by_ref >/dev/null; then
        _get_comp_words_by_ref -n := cur words cword
    else
        cur=${COMP_WORDS[COMP_CWORD]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
    fi
    COMPREPLY=()
    while IFS= read -r line; do
        # An empty candidate: the name of a file may stand here.
        if [[ $line == $'\t'* ]]; then
            compopt -o default 2>/dev/null
            continue
        fi
        printf -v word '%q' "${line%%$'\t'*}"
        COMPREPLY+=("$word")
    done < <("${words[0]/#\~/$HOME}" complete -- "${words[@]:1:cword}" 2>/dev/null)
    if declare -F __ltrim_colon_completions >/dev/null; then
        __ltrim_colon_completions "$cur"
    fi
}

complete -F _tenanttui tenanttui
