# Completion of tenanttui in fish. The program knows the candidates; this only asks it.

function __tenanttui_candidates
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l found ($words[1] complete -- $words[2..-1] "$current" 2>/dev/null)
    for line in $found
        # An empty candidate: the name of a file may stand here.
        if string match -q -- \t'*' $line
            __fish_complete_path "$current"
        else
            printf '%s\n' $line
        end
    end
end

complete -c tenanttui -f -k -a '(__tenanttui_candidates)'
