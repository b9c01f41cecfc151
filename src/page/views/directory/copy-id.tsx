import type { JSX } from 'preact'
import { CopyButton } from '../../parts/button.js'
import { Code } from '../../parts/code.js'
import { Text } from '../../parts/text.js'

/** An id that is copied by a click. */
export const CopyId = ({ id }: { id: string }): JSX.Element => (
  <span class="directory-id">
    <CopyButton text={id} what="it">
      <Text value={id} />
    </CopyButton>
  </span>
)

/** Something to copy, with its name above: a token, a header, a command. */
export const ToCopy = ({ name, text }: { name: string; text: string }): JSX.Element => (
  <div class="field">
    <span class="muted">{name}</span>
    <Code text={text} what={name} />
  </div>
)
