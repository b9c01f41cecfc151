import { useComputed, useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { JournalEntry } from '../../../schema/journal.js'
import { requests } from '../../emulator/contents.js'
import { controlCurl } from '../../emulator/curl.js'
import { Button } from '../../parts/button.js'
import { Code } from '../../parts/code.js'
import { Part } from '../../parts/detail.js'
import { printTest, verificationOf } from './verification.js'

const FORMS = ['Test', 'JSON', 'curl'] as const

/** The verification that a request like this one came, to paste into a test. */
export function VerifyThis({ entry }: { entry: JournalEntry }): JSX.Element {
  const form = useSignal<(typeof FORMS)[number]>('Test')
  const verification = useComputed(() => verificationOf(entry, requests.all.value, requests.dropped.value === 0))
  const texts = {
    Test: () => printTest(verification.value),
    JSON: () => JSON.stringify(verification.value, null, 2),
    curl: () => controlCurl('POST', '/requests/verify', verification.value)
  }
  return (
    <Part title="Verify this">
      <div class="row">
        {FORMS.map(one => (
          <Button key={one} kind="quiet" isPressed={one === form.value} onClick={() => void (form.value = one)}>
            {one}
          </Button>
        ))}
      </div>
      <Code text={texts[form.value]()} what="the verification" />
    </Part>
  )
}
