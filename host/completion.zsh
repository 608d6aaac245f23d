#compdef ovfboot
# Completion of ovfboot's command line for zsh: commands, their options, what these take.

_ovfboot() {
    local -a readers options
    local before=${words[CURRENT - 1]} command=${words[2]}

    if ((CURRENT == 2)); then
        compadd -- inspect verify deploy sign pack seal media log settings --help --version
        return
    fi
    readers=(--conf --set --trust --policy --https-trust --proxy --allow-host --retries --stall)
    case $command in
    inspect) options=(--plan --machine --json $readers) ;;
    verify) options=(--json --workers --progress $readers) ;;
    deploy) options=(--to --disk --machine --workers --progress $readers) ;;
    sign) options=(--key --cert --chain --progress --out) ;;
    pack) options=(--name --ovf --out --workers --progress) ;;
    seal) options=(--trust --policy --loader --out) ;;
    media) options=(--ova --conf --trust --https-trust --machine --efi --logs --workers --progress --force --out) ;;
    log) options=(--machine --number --json) ;;
    settings) return ;;
    esac
    case $command:$before in
    seal:--policy) _files ;;
    *:--policy) compadd -- signature manifest none ;;
    *:--progress) compadd -- auto none json ;;
    *:--set) compadd -S '' -- ${${${(f)"$(${words[1]} settings 2>/dev/null)"}/ */=}/NAME=/} ;;
    log:--machine | *:--number | *:--disk | *:--name | *:--proxy | *:--allow-host | *:--retries | *:--stall | *:--workers | *:--logs) ;;
    *)
        compadd -- $options
        _files
        ;;
    esac
}
_ovfboot "$@"
