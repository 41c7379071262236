# fish completion for mtkrig(1)

function __mtkrig_devices
    mtkrig emulators 2>/dev/null | string match -r '^emulator:\S+'
    printf '%s\n' usb usbip: serial: replay:
end

function __mtkrig_wants_command
    not __fish_seen_subcommand_from readback blockmap scatter identify da emulate emulators trace replay-host doctor completion
end

function __mtkrig_talks_to_phone
    __fish_seen_subcommand_from readback blockmap identify check replay-host
end

complete -c mtkrig -f
complete -c mtkrig -s h -l help -d 'Print help'
complete -c mtkrig -n __mtkrig_wants_command -l version -d 'Print the version'
complete -c mtkrig -n __mtkrig_wants_command -a readback -d 'Read partitions or ranges into files'
complete -c mtkrig -n __mtkrig_wants_command -a blockmap -d 'List every partition of a phone'
complete -c mtkrig -n __mtkrig_wants_command -a scatter -d 'Look into scatter files'
complete -c mtkrig -n __mtkrig_wants_command -a identify -d 'Tell what a phone is'
complete -c mtkrig -n __mtkrig_wants_command -a da -d 'Look into download agent files'
complete -c mtkrig -n __mtkrig_wants_command -a emulate -d 'Serve phones in software over USB/IP'
complete -c mtkrig -n __mtkrig_wants_command -a trace -d 'Work with recordings of sessions'
complete -c mtkrig -n __mtkrig_wants_command -a replay-host -d 'Play a recorded host against a phone'
complete -c mtkrig -n __mtkrig_wants_command -a doctor -d 'Say what keeps a phone from being found'
complete -c mtkrig -n __mtkrig_wants_command -a emulators -d 'List the phones in software'
complete -c mtkrig -n __mtkrig_wants_command -a completion -d 'Print a completion script'

complete -c mtkrig -l json -d 'One JSON document on standard output'
complete -c mtkrig -s q -l quiet -d 'Warnings and errors only'
complete -c mtkrig -l no-progress -d 'No progress bar or lines'
complete -c mtkrig -s v -l verbose -d 'Log every transfer'

complete -c mtkrig -n __mtkrig_talks_to_phone -s d -l device -x -a '(__mtkrig_devices)' -d 'The phone'
complete -c mtkrig -n __mtkrig_talks_to_phone -l da -r -F -d 'Download agent file'
complete -c mtkrig -n __mtkrig_talks_to_phone -l preloader -r -F -d "The phone's own preloader"
complete -c mtkrig -n __mtkrig_talks_to_phone -l wait -x -d "How long to wait for the phone, in seconds"
complete -c mtkrig -n __mtkrig_talks_to_phone -l trace -r -F -d 'Record the session'
complete -c mtkrig -n __mtkrig_talks_to_phone -l snap -x -d 'Keep the first bytes of large payloads'
complete -c mtkrig -n __mtkrig_talks_to_phone -l digest -x -a 'full sampled' -d 'Of what is left out'

set -l readback '__fish_seen_subcommand_from readback'
complete -c mtkrig -n $readback -s s -l scatter -r -F -d 'Take the layout from a scatter file'
complete -c mtkrig -n $readback -s o -l output -x -a '(__fish_complete_directories)' -d 'Folder'
complete -c mtkrig -n $readback -l range -x -d 'REGION:START+LENGTH=FILE'
complete -c mtkrig -n $readback -l all -d 'Everything, boot areas included'
complete -c mtkrig -n $readback -l resume -d 'Continue an interrupted run'
complete -c mtkrig -n $readback -l force -d 'Overwrite existing files'
complete -c mtkrig -n $readback -a 'BOOTIMG RECOVERY LOGO SEC_RO ANDROID CACHE USRDATA NVRAM UBOOT'

complete -c mtkrig -n '__fish_seen_subcommand_from blockmap' -s f -l format -x -a 'table json scatter'
complete -c mtkrig -n '__fish_seen_subcommand_from scatter; and not __fish_seen_subcommand_from show check' -a show -d 'List what is in a scatter file'
complete -c mtkrig -n '__fish_seen_subcommand_from scatter; and not __fish_seen_subcommand_from show check' -a check -d 'Tell where file and phone disagree'
complete -c mtkrig -n '__fish_seen_subcommand_from da; and not __fish_seen_subcommand_from list' -a list -d 'List the chips that a file serves'

set -l emulate '__fish_seen_subcommand_from emulate'
set -l serve '__fish_seen_subcommand_from emulate; and not __fish_seen_subcommand_from ctl'
complete -c mtkrig -n $emulate -l control -r -F -d 'Control socket'
complete -c mtkrig -n $serve -a ctl -d 'Pull or plug the cable of a phone'
complete -c mtkrig -n $serve -s p -l profile -r -F -a '(mtkrig emulators 2>/dev/null | string replace -rf "^emulator:(\S+).*" \$1)' -d 'A phone to serve'
complete -c mtkrig -n $serve -l usbip -d 'Where to listen'
complete -c mtkrig -n $serve -l schedule -x -d 'Plug and unplug at times'
complete -c mtkrig -n $serve -l mode -x -a 'brom preloader' -d 'Boot mode at first'
complete -c mtkrig -n $serve -l lifetime -x -d 'Seconds that a preloader waits'
complete -c mtkrig -n $serve -l lifetime-from -x -a 'host plug' -d 'What these seconds count from'
complete -c mtkrig -n $serve -l replug -x -d 'Plug a phone that has left in again'
complete -c mtkrig -n $serve -l trace -r -F -d 'Record what is said'
complete -c mtkrig -n $serve -l snap -x -d 'Keep the first bytes of large payloads'
complete -c mtkrig -n $serve -l digest -x -a 'full sampled' -d 'Of what is left out'
complete -c mtkrig -n $serve -l speed -x -a 'full high' -d 'USB speed'
complete -c mtkrig -n $serve -l unplugged -d 'Start with the cable out'
complete -c mtkrig -n $serve -l reset-state -d 'Forget at each plug what hosts wrote'
complete -c mtkrig -n $serve -l write-da -r -F -d 'Write the agents of phones in software'
complete -c mtkrig -n '__fish_seen_subcommand_from ctl' -a 'unplug plug mode brom preloader status'

set -l trace '__fish_seen_subcommand_from trace; and not __fish_seen_subcommand_from show stats diff convert redact to-test'
complete -c mtkrig -n $trace -a show -d 'Explain a recording, one line for each step'
complete -c mtkrig -n $trace -a stats -d 'Sizes, rates and latencies of a recording'
complete -c mtkrig -n $trace -a diff -d 'Find where two recordings differ'
complete -c mtkrig -n $trace -a convert -d 'Write a recording in another format'
complete -c mtkrig -n '__fish_seen_subcommand_from trace replay-host' -l from -x -d 'Device of a capture'
complete -c mtkrig -n '__fish_seen_subcommand_from trace; and __fish_seen_subcommand_from convert redact stats' -l force -d 'Replace a file that is there'
complete -c mtkrig -n '__fish_seen_subcommand_from trace' -l format -x \
    -a 'capture wire mtkclient mtk_dump spft-replay flash-tool strace' -d 'What the input is'
complete -c mtkrig -n '__fish_seen_subcommand_from trace; and __fish_seen_subcommand_from show' -l jsonl -d 'A JSON object on each line'
complete -c mtkrig -n '__fish_seen_subcommand_from stats' -l svg -r -F -d 'Draw the latencies'
complete -c mtkrig -n '__fish_seen_subcommand_from diff' -l ignore -x -a 'identity content outcome' -d 'A field that may differ'
complete -c mtkrig -n '__fish_seen_subcommand_from diff' -l from-b -x -d 'Device of the second capture'
complete -c mtkrig -n '__fish_seen_subcommand_from diff' -l all -d 'Go on after the first difference'

complete -c mtkrig -n $trace -a redact -d 'Take out what is of one phone'
complete -c mtkrig -n $trace -a to-test -d 'Make a regression test of a recording'
complete -c mtkrig -n '__fish_seen_subcommand_from redact to-test' -l keep-unknown -d 'Keep what was not understood'
complete -c mtkrig -n '__fish_seen_subcommand_from redact' -l keep-notes -d 'Keep comments and other notes'
complete -c mtkrig -n '__fish_seen_subcommand_from redact' -l blank-agents -d 'Take out the agents, too'
set -l totest '__fish_seen_subcommand_from to-test'
complete -c mtkrig -n $totest -s d -l device -x -a '(__mtkrig_devices)' -d 'Phone in software'
complete -c mtkrig -n $totest -l name -x -d 'Of the test'
complete -c mtkrig -n $totest -l corpus -x -a '(__fish_complete_directories)' -d 'Folder of the tests'
complete -c mtkrig -n $totest -l run -x -d 'The command'
complete -c mtkrig -n $totest -l source -x -d 'Where it came from'

complete -c mtkrig -n '__fish_seen_subcommand_from show check list stats diff convert redact to-test replay-host' -F
complete -c mtkrig -n '__fish_seen_subcommand_from doctor' -l udev-rules -d 'Print the rules that let users open phones'
complete -c mtkrig -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
