# shellcheck shell=bash
# Completion of ovfboot's command line for bash: commands, their options, what these take.

_ovfboot() {
    local word=$2 before=$3 command=${COMP_WORDS[1]} options kind=file
    local readers='--conf --set --trust --policy --https-trust --proxy --allow-host --retries --stall'

    COMPREPLY=()
    case $command in
    inspect) options="--plan --machine --json $readers" ;;
    verify) options="--json --workers --progress $readers" ;;
    deploy) options="--to --disk --machine --workers --progress $readers" ;;
    sign) options='--key --cert --chain --progress --out' ;;
    pack) options='--name --ovf --out --workers --progress' ;;
    seal) options='--trust --policy --loader --out' ;;
    media) options='--ova --conf --trust --https-trust --machine --efi --logs --workers --progress --force --out' ;;
    log) options='--machine --number --json' ;;
    *) options='' ;;
    esac
    case $before in
    --number | --disk | --name | --proxy | --allow-host | --retries | --stall | --workers | --logs) kind=text ;;
    --policy) [ "$command" = seal ] || kind=policy ;;
    --machine) [ "$command" != log ] || kind=text ;;
    --progress) kind=progress ;;
    --set) kind=setting ;;
    esac
    [ "$COMP_CWORD" -gt 1 ] || kind=first

    case $kind:$word in
    first:*)
        mapfile -t COMPREPLY < <(compgen -W \
            'inspect verify deploy sign pack seal media log settings --help --version' -- "$word") ;;
    policy:*) mapfile -t COMPREPLY < <(compgen -W 'signature manifest none' -- "$word") ;;
    progress:*) mapfile -t COMPREPLY < <(compgen -W 'auto none json' -- "$word") ;;
    setting:*)
        compopt -o nospace 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -W \
            "$("${COMP_WORDS[0]}" settings 2>/dev/null | sed 's/ .*/=/; s/NAME=$//')" -- "$word") ;;
    file:-*) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word") ;;
    file:*)
        [ "$command" = settings ] || {
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
        } ;;
    esac
}
complete -F _ovfboot ovfboot
