import Type from 'typebox'
import type { OptionRow } from '../../option-table.js'
import { type Command, EXIT, isArgument } from '../command.js'
import { readOptions } from '../options.js'

const OPTIONS = {
  shell: {
    argument: true,
    flag: 'shell',
    type: Type.Enum(['bash', 'zsh']),
    required: true,
    meaning: 'Shell to complete in.'
  }
} as const

/** Makes the command. @param commands returns all commands, this one among them */
export const completion = (commands: () => Command[]): Command => ({
  name: 'completion',
  summary: 'Print a completion script for bash or zsh',
  notes: ['In zsh, load it after compinit.'],
  examples: [
    'source <(uapi-emulator completion bash)',
    'uapi-emulator completion bash > ~/.local/share/bash-completion/completions/uapi-emulator',
    'source <(uapi-emulator completion zsh)'
  ],
  exits: { 0: 'success', 1: 'failure', 2: 'unsupported shell' },
  options: OPTIONS,

  async run(flags, context) {
    const render = readOptions(OPTIONS, flags, {}).shell === 'bash' ? renderBash : renderZsh
    context.out(render(commands()))
    return EXIT.ok
  }
})

/** The completion script for bash. */
export const renderBash = (commands: Command[]): string => `# bash completion of uapi-emulator
_uapi_emulator() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=${defaultName(commands)}
  if [[ $COMP_CWORD -gt 1 && \${COMP_WORDS[1]} != -* ]]; then command=\${COMP_WORDS[1]}; fi
  local words= files=
${renderCases(commands)}
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ -n $files ]]; then
    compopt -o filenames 2> /dev/null
    COMPREPLY+=($(compgen -f -- "$current"))
  fi
}
complete -F _uapi_emulator uapi-emulator
`

/** The completion script for zsh. */
export const renderZsh = (commands: Command[]): string => `#compdef uapi-emulator
_uapi_emulator() {
  local current=\${words[CURRENT]} before=\${words[CURRENT-1]} command=${defaultName(commands)}
  if [[ $CURRENT -gt 2 && \${words[2]} != -* ]]; then command=\${words[2]}; fi
  local COMP_CWORD=$((CURRENT - 1)) words= files=
${renderCases(commands)}
  compadd -- \${=words}
  if [[ -n $files ]]; then _files; fi
}
compdef _uapi_emulator uapi-emulator
`

const defaultName = (commands: Command[]): string => commands[0]?.name ?? ''

/** Sets the candidates at the cursor: the values of the option before it, else options, or arguments. */
const renderCases = (commands: Command[]): string => `  case "$command $before" in
${commands.flatMap(renderValues).join('\n')}
  *) case "$current" in
    -*) case "$command" in
${commands.map(renderOptions).join('\n')}
      esac ;;
    *) if [[ $COMP_CWORD -eq 1 ]]; then words="${commands.map(({ name }) => name).join(' ')}"
      else case "$command $COMP_CWORD" in
${commands.flatMap(renderArguments).join('\n')}
      esac; fi ;;
    esac ;;
  esac`

/** The candidates for the value of each option that takes one. */
const renderValues = ({ name, options }: Command): string[] =>
  Object.values(options).flatMap(row =>
    isArgument(row) || row.placeholder === undefined ? [] : [`  "${name} --${row.flag}") ${renderWords(row)} ;;`]
  )

const renderOptions = ({ name, options }: Command): string => {
  const flags = Object.values(options).flatMap(row => (isArgument(row) ? [] : [`--${row.flag}`]))
  return `      ${name}) words="${[...flags, '--help'].join(' ')}" ;;`
}

/** The candidates for each argument, by its position: the command is the first word. `*` is a repeatable one. */
const renderArguments = ({ name, options }: Command): string[] =>
  Object.values(options)
    .filter(isArgument)
    .map((row, index) => `      "${name} "${row.repeatable ? '*' : index + 2}) ${renderWords(row)} ;;`)

const renderWords = ({ type, placeholder, flag }: OptionRow): string => {
  const values: unknown = Reflect.get(type, 'enum')
  if (Array.isArray(values)) return `words="${values.join(' ')}"`
  return FILES.test(placeholder ?? flag) ? 'files=1' : ':'
}

/** Placeholders and argument names that stand for a path. */
const FILES = /^(?:file|folder)$/
