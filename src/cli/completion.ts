import Type from 'typebox'
import type { Command } from './command.js'
import { renderBash, renderZsh } from './completion-script.js'
import { readOptions } from './read-settings.js'
import { EXIT } from './shell.js'

const OPTIONS = {
  shell: {
    argument: true,
    flag: 'shell',
    type: Type.Enum(['bash', 'zsh']),
    needed: true,
    meaning: 'The shell that it is for.'
  }
} as const

/** Makes the command. @param commands what is completed, itself among them */
export const completion = (commands: () => Command[]): Command => ({
  name: 'completion',
  summary: 'Print what makes a shell complete these commands.',
  usage: `
Examples:
  source <(uapi-emulator completion bash)
  uapi-emulator completion bash > ~/.local/share/bash-completion/completions/uapi-emulator
  source <(uapi-emulator completion zsh)

In zsh it goes behind compinit. Exit codes: 0, 1 failure, 2 another shell.`,
  options: OPTIONS,

  async run(flags, shell) {
    const render = readOptions(OPTIONS, flags, {}).shell === 'bash' ? renderBash : renderZsh
    shell.out(render(commands()))
    return EXIT.ok
  }
})
