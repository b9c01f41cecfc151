import { printDuration } from '../../../emulator/clock.js'
import type { Arrow, Sequence } from './sequence.js'

const SIGNS: Record<Arrow['kind'], string> = { sent: '->>', answer: '-->>', lost: '-x' }

/** A sequence as a diagram of Mermaid. */
export function printMermaid({ lifelines, arrows }: Sequence): string {
  const lines = lifelines.map(({ id, kind, label }) => {
    const symbol = kind === 'party' ? 'actor' : 'participant'
    return `${symbol} ${id} as ${escapeMermaid(label)}`
  })
  let last = -1
  for (const { from, to, label, kind, at } of arrows) {
    if (at !== undefined && at !== last) {
      lines.push(`Note over PBX: ${escapeMermaid(at === 0 ? 'placed' : `after ${printDuration(at)}`)}`)
      last = at
    }
    lines.push(`${from}${SIGNS[kind]}${to}: ${escapeMermaid(label)}`)
  }
  return ['sequenceDiagram', ...lines.map(line => `  ${line}`), ''].join('\n')
}

/**
 * A text that Mermaid shows as it is: everything but letters, digits and a few signs becomes an entity, and so does the
 * first letter of the words that its parser reads as commands.
 */
const escapeMermaid = (text: string): string =>
  text.replace(/[^\p{L}\p{N} ,./_*+-]|\b[ecs](?=nd\b|lassDef|tyle)/giu, sign => `#${sign.codePointAt(0) ?? 63};`) || '-'
