# bash completion for mtkrig(1)

_mtkrig_devices() {
  COMPREPLY=()
  local IFS=$'\n'
  # COMP_WORDBREAKS has the colon, so bash completes what follows the last one.
  local typed=$cur
  [[ $typed == ":" ]] && typed=
  if [[ $prev == "emulator" || $prev == ":" || $typed == *":"* ]]; then
    local names
    names=$(mtkrig emulators 2>/dev/null | sed -n 's/^emulator:\([^ ]*\) .*/\1/p')
    COMPREPLY=($(compgen -W "$names" -- "${typed##*:}"))
  else
    compopt -o nospace
    COMPREPLY=($(compgen -W "emulator: usb usbip: serial: replay:" -- "$typed"))
  fi
}

_mtkrig_partitions() {
  COMPREPLY=($(compgen -W "BOOTIMG RECOVERY LOGO SEC_RO ANDROID CACHE USRDATA NVRAM PRO_INFO UBOOT \
PRELOADER" -- "$cur"))
}

_mtkrig() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  local command= subcommand= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} == -* ]] && continue
    if [[ -z $command ]]; then
      command=${COMP_WORDS[i]}
    elif [[ -z $subcommand && ($command == scatter || $command == da || $command == emulate ||
      $command == trace) && \
      ${COMP_WORDS[i-1]} == "$command" ]]; then
      subcommand=${COMP_WORDS[i]}
    fi
  done

  local before=$prev
  # The words of "--device emulator:mt65" are "--device", "emulator", ":", "mt65".
  [[ $prev == ":" ]] && before=${COMP_WORDS[COMP_CWORD - 3]}
  [[ $cur == ":" ]] && before=${COMP_WORDS[COMP_CWORD - 2]}
  case $before in
    -d | --device) _mtkrig_devices; return ;;
    -s | --scatter | --da | --preloader | --trace | --svg) compopt -o default; return ;;
    -o | --output | --corpus) compopt -o dirnames; return ;;
    -p | --profile)
      compopt -o default
      COMPREPLY=($(compgen -W "$(mtkrig emulators 2>/dev/null |
        sed -n 's/^emulator:\([^ ]*\) .*/\1/p')" -- "$cur"))
      return ;;
    --mode) COMPREPLY=($(compgen -W "brom preloader" -- "$cur")); return ;;
    --digest) COMPREPLY=($(compgen -W "full sampled" -- "$cur")); return ;;
    --speed) COMPREPLY=($(compgen -W "full high" -- "$cur")); return ;;
    --control) compopt -o default; return ;;
    -f | --format)
      local formats="table json scatter"
      [[ $command == trace ]] &&
        formats="capture wire mtkclient mtk_dump spft-replay flash-tool strace"
      COMPREPLY=($(compgen -W "$formats" -- "$cur"))
      return ;;
    --ignore) COMPREPLY=($(compgen -W "identity content outcome" -- "$cur")); return ;;
    --usbip | --schedule | --lifetime | --snap | --wait | --from | --from-b | --name | --run | --source) return ;;
    --range)
      compopt -o nospace
      COMPREPLY=($(compgen -W "EMMC_USER: EMMC_BOOT_1: EMMC_BOOT_2: NAND: LINEAR:" -- "$cur"))
      return ;;
  esac

  local common="--json -q --quiet --no-progress -v --verbose -h --help"
  local device="-d --device --da --preloader --wait --trace --snap --digest"
  case "$command $subcommand" in
    " ")
      COMPREPLY=($(compgen -W "readback blockmap scatter identify da emulate emulators trace \
replay-host doctor completion --version $common" -- "$cur")) ;;
    "readback ")
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$common $device -s --scatter -o --output --range --all --resume \
--force" -- "$cur"))
      else
        _mtkrig_partitions
      fi ;;
    "blockmap ") COMPREPLY=($(compgen -W "$common $device -f --format" -- "$cur")) ;;
    "identify ") COMPREPLY=($(compgen -W "$common $device" -- "$cur")) ;;
    "scatter ") COMPREPLY=($(compgen -W "show check $common" -- "$cur")) ;;
    "scatter show")
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$common" -- "$cur"))
      else
        compopt -o default
      fi ;;
    "scatter check")
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$common $device" -- "$cur"))
      else
        compopt -o default
      fi ;;
    "da ") COMPREPLY=($(compgen -W "list $common" -- "$cur")) ;;
    "da list")
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$common" -- "$cur"))
      else
        compopt -o default
      fi ;;
    "emulate "*)
      if [[ $subcommand == ctl ]]; then
        COMPREPLY=($(compgen -W "unplug plug mode brom preloader status --control $common" -- "$cur"))
      else
        COMPREPLY=($(compgen -W "ctl -p --profile --usbip --control --schedule --mode --lifetime \
--lifetime-from --replug --speed --unplugged --reset-state --write-da --trace --snap --digest $common" -- "$cur"))
      fi ;;
    "trace ") COMPREPLY=($(compgen -W "show stats diff convert redact to-test $common" -- "$cur")) ;;
    "trace show")
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$common --from --format --jsonl" -- "$cur"))
      else
        compopt -o default
      fi ;;
    "trace stats")
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$common --from --format --svg --force" -- "$cur"))
      else
        compopt -o default
      fi ;;
    "trace diff")
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$common --from --from-b --format --ignore --all" -- "$cur"))
      else
        compopt -o default
      fi ;;
    "trace convert")
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$common --from --format --force" -- "$cur"))
      else
        compopt -o default
      fi ;;
    "trace redact")
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$common --from --force --keep-notes --keep-unknown \
--blank-agents" -- "$cur"))
      else
        compopt -o default
      fi ;;
    "trace to-test")
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$common -d --device --from --name --corpus --run --source \
--keep-unknown" -- "$cur"))
      else
        compopt -o default
      fi ;;
    "replay-host ")
      if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$common -d --device --from" -- "$cur"))
      else
        compopt -o default
      fi ;;
    "doctor ") COMPREPLY=($(compgen -W "$common --udev-rules" -- "$cur")) ;;
    "emulators ") COMPREPLY=($(compgen -W "$common" -- "$cur")) ;;
    "completion ") COMPREPLY=($(compgen -W "bash zsh fish $common" -- "$cur")) ;;
  esac
}

complete -F _mtkrig mtkrig
