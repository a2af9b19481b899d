# Completion of tenanttui in fish. The program knows the candidates; this only asks it.

function __tenanttui_candidates
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l found ($words[1] complete -- $words[2..-1] "$current" 2>/dev/null)
    if set -q found[1]
        printf '%s\n' $found
    else
        # The program has nothing to offer: a file may be meant.
        __fish_complete_path "$current"
    end
end

complete -c tenanttui -f -k -a '(__tenanttui_candidates)'
