#compdef mtkrig

# zsh completion for mtkrig(1)

_mtkrig_device() {
  local -a emulators
  if compset -P 'emulator:'; then
    emulators=(${(f)"$(mtkrig emulators 2>/dev/null | sed -n 's/^emulator:\([^ ]*\) .*/\1/p')"})
    _alternative "emulators:phone in software:($emulators)" 'files:profile:_files -g "*.y(a|)ml"'
  elif compset -P 'serial:' || compset -P 'replay:'; then
    _files
  else
    compadd -S '' -- emulator: usbip: serial: replay:
    compadd -- usb
  fi
}

_mtkrig() {
  local context state state_descr line
  typeset -A opt_args
  local -a common device
  common=(
    '--json[one JSON document on standard output]'
    '(-q --quiet)'{-q,--quiet}'[warnings and errors only]'
    '--no-progress[no progress bar or lines]'
    '(-v --verbose)'{-v,--verbose}'[log every transfer with the phone]'
    '(-h --help)'{-h,--help}'[print help]'
  )
  device=(
    '(-d --device)'{-d,--device}'[the phone]:moniker:_mtkrig_device'
    '--da[download agent file]:file:_files'
    "--preloader[the phone's own preloader]:file:_files"
    '--wait[how long to wait for the phone]:seconds:'
    '--trace[record the session]:file:_files'
    '--snap[keep the first bytes of large payloads]:bytes:'
    '--digest[of what is left out]:kind:(full sampled)'
  )

  # Flags of every command may stand before it.
  _arguments -C $common \
    '--version[print the version]' \
    '1:command:->command' \
    '*::argument:->argument' && return

  case $state in
    command)
      local -a commands
      commands=(
        'readback:read partitions or ranges of a phone into files'
        'blockmap:list every partition of a phone with its place'
        'scatter:look into scatter files'
        'identify:tell what a phone is'
        'da:look into download agent files'
        'emulate:serve phones in software over USB/IP'
        'emulators:list the phones in software'
        'trace:work with recordings of sessions'
        'replay-host:play a recorded host against a phone'
        'doctor:say what keeps a phone from being found'
        'completion:print the completion script of a shell'
      )
      _describe command commands
      ;;
    argument)
      case $line[1] in
        readback)
          _arguments $common $device \
            '(-s --scatter)'{-s,--scatter}'[take the layout from a scatter file]:file:_files' \
            '(-o --output)'{-o,--output}'[folder for the images]:folder:_files -/' \
            '*--range[read a range of the flash]:REGION\:START+LENGTH=FILE:' \
            '--all[everything, boot areas included]' \
            '--resume[continue what an interrupted run left behind]' \
            '--force[overwrite existing files]' \
            '*:partition:(BOOTIMG RECOVERY LOGO SEC_RO ANDROID CACHE USRDATA NVRAM PRO_INFO UBOOT)'
          ;;
        blockmap)
          _arguments $common $device \
            '(-f --format)'{-f,--format}'[form of the list]:format:(table json scatter)'
          ;;
        identify) _arguments $common $device ;;
        scatter)
          case $words[2] in
            show) shift words; ((CURRENT--)); _arguments $common '1:scatter file:_files' ;;
            check) shift words; ((CURRENT--)); _arguments $common $device '1:scatter file:_files' ;;
            *) _values command 'show[list what is in a scatter file]' \
                 'check[tell where file and phone disagree]' ;;
          esac
          ;;
        da)
          case $words[2] in
            list) shift words; ((CURRENT--)); _arguments $common '1:agent file:_files' ;;
            *) _values command 'list[list the chips that a file serves]' ;;
          esac
          ;;
        trace)
          case $words[2] in
            show) shift words; ((CURRENT--)); _arguments $common \
                '--from[device of a capture]:device:' \
                '--format[what the input is]:format:(capture wire mtkclient mtk_dump spft-replay flash-tool strace)' \
                '--jsonl[a JSON object on each line]' \
                '1:recording:_files' ;;
            stats) shift words; ((CURRENT--)); _arguments $common \
                '--from[device of a capture]:device:' \
                '--format[what the input is]:format:(capture wire mtkclient mtk_dump spft-replay flash-tool strace)' '--svg[draw the latencies]:file:_files' \
                '--force[replace a file that is there]' '1:recording:_files' ;;
            diff) shift words; ((CURRENT--)); _arguments $common \
                '--from[device of the captures]:device:' '--from-b[device of the second]:device:' \
                '--format[what the input is]:format:(capture wire mtkclient mtk_dump spft-replay flash-tool strace)' \
                '*--ignore[a field that may differ]:field:(identity content outcome)' \
                '--all[go on after the first difference]' '1:recording:_files' \
                '2:another:_files' ;;
            convert) shift words; ((CURRENT--)); _arguments $common \
                '--from[device of a capture]:device:' '--force[replace a file that is there]' \
                '--format[what the input is]:format:(capture wire mtkclient mtk_dump spft-replay flash-tool strace)' \
                '1:recording:_files' '2:output:_files' ;;
            redact) shift words; ((CURRENT--)); _arguments $common \
                '--from[device of a capture]:device:' '--force[replace files that are there]' \
                '--keep-notes[keep comments and other notes]' \
                '--keep-unknown[keep what was not understood]' \
                '--blank-agents[take out the agents, too]' '1:recording:_files' '2:output:_files' ;;
            to-test) shift words; ((CURRENT--)); _arguments $common \
                '(-d --device)'{-d,--device}'[phone in software]:moniker:_mtkrig_device' \
                '--from[device of a capture]:device:' '--name[of the test]:name:' \
                '--corpus[folder of the tests]:folder:_files -/' '--run[the command]:command:' \
                '--source[where it came from]:text:' \
                '--keep-unknown[keep what was not understood]' '1:recording:_files' ;;
            *) _values command 'show[explain a recording, one line for each step]' \
                 'stats[sizes, rates and latencies of a recording]' \
                 'diff[find where two recordings differ]' \
                 'convert[write a recording in another format]' \
                 'redact[take out what is of one phone]' 'to-test[make a regression test]' ;;
          esac
          ;;
        replay-host)
          _arguments $common $device '--from[device of a capture]:device:' '1:recording:_files'
          ;;
        emulators) _arguments $common ;;
        doctor)
          _arguments $common '--udev-rules[print the rules that let users open phones]'
          ;;
        emulate)
          if [[ $words[2] == ctl ]]; then
            shift words
            ((CURRENT--))
            _arguments $common '--control[control socket of the server]:path:_files' \
              '*:word:(unplug plug mode brom preloader status)'
          else
            _arguments $common \
              '*'{-p,--profile}'[a phone to serve]:profile:_files' \
              '--usbip[where to listen]::address\:port:' \
              '--control[path of the control socket]:path:_files' \
              '--schedule[plug and unplug at times]:schedule:' \
              '--mode[boot mode at first]:mode:(brom preloader)' \
              '--lifetime[seconds that a preloader waits]:seconds:' \
              '--lifetime-from[what the seconds count from]:what:(host plug)' \
              '--replug[plug a phone that has left in again]:seconds:' \
              '--speed[USB speed]:speed:(full high)' \
              '--unplugged[start with the cable out]' \
              '--trace[record what is said]:file:_files' '--snap[keep the first bytes]:bytes:' \
              '--digest[of what is left out]:kind:(full sampled)' \
              '--reset-state[forget at each plug what hosts wrote]' \
              '--write-da[write the agents of phones in software]:file:_files' \
              '1:command:(ctl)'
          fi
          ;;
        completion) _arguments $common '1:shell:(bash zsh fish)' ;;
      esac
      ;;
  esac
}

if [[ $funcstack[1] == _mtkrig ]]; then
  _mtkrig "$@"
else
  compdef _mtkrig mtkrig
fi
