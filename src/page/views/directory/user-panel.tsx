import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import type { User } from '../../../schema/directory.js'
import { BASE_URL } from '../../emulator/address.js'
import { client } from '../../emulator/client.js'
import { directory } from '../../emulator/contents.js'
import { printCommand, quoteWord } from '../../emulator/curl.js'
import { Failed, useAction } from '../../parts/action.js'
import { Button } from '../../parts/button.js'
import { Confirm } from '../../parts/confirm.js'
import { Facts, Part } from '../../parts/detail.js'
import { Go } from '../../parts/link.js'
import { Text } from '../../parts/text.js'
import { CopyId, ToCopy } from './copy-id.js'

/** A user, with credentials that are made by a click. */
export function UserPanel({ user: { id, name, role, organization } }: { user: User }): JSX.Element {
  const extensions = directory.value?.extensions.filter(({ owner }) => owner === id) ?? []
  return (
    <>
      <Facts
        rows={[
          ['Id', <CopyId id={id} />],
          ['Name', <Text value={name} long />],
          ['Role', role],
          [
            'Organization',
            organization && (
              <Go to="directory" parameters={{ organization }}>
                {organization}
              </Go>
            )
          ]
        ]}
      />
      <Access user={id} extension={extensions[0]?.number} />
      <Part title="Extensions">
        {extensions.length === 0 && <p class="muted">None.</p>}
        <p class="row">
          {extensions.slice(0, 50).map(({ number }) => (
            <Go key={number} to="directory" parameters={{ extension: number }}>
              {number}
            </Go>
          ))}
          {extensions.length > 50 && `and ${extensions.length - 50} more`}
        </p>
      </Part>
    </>
  )
}

/** Makes a token or a session of a user, shows it once, and revokes all of them. */
function Access({ user, extension }: { user: string; extension: string | undefined }): JSX.Element {
  const action = useAction()
  const made = useSignal<[name: string, text: string][]>([])
  const said = useSignal('')
  const url = `${BASE_URL}/uapi/extensions/@me/${extension ?? '0003*210'}/phoneCallEvents`
  const show = (secrets: [string, string][], headers: string[]) => {
    const curl = printCommand([`curl ${quoteWord(url)}`, ...headers.map(line => `-H ${quoteWord(line)}`)])
    made.value = [...secrets, ['curl', curl]]
    said.value = ''
  }
  const makeToken = async () => {
    const token = await action.run(() => client.tokens.issue({ user }))
    if (token === undefined) return
    const header = `Authorization: Bearer ${token.accessToken}`
    show(
      [
        ['Token', token.accessToken],
        ['Header', header]
      ],
      [header]
    )
  }
  const openSession = async () => {
    const session = await action.run(() => client.sessions.open({ user }))
    if (session === undefined) return
    const headers = [`Cookie: ${session.cookie}`, `x-xsrf-token: ${session.xsrfToken}`]
    show(
      headers.map((line, index) => [index === 0 ? 'Cookie' : 'Header of the session', line]),
      headers
    )
  }
  const revoke = async () => {
    const revoked = await action.run(() =>
      Promise.all([client.tokens.revoke({ user }), client.sessions.revoke({ user })])
    )
    if (revoked === undefined) return
    made.value = []
    said.value = `Revoked: ${revoked[0].revoked} tokens, ${revoked[1].revoked} sessions.`
  }
  return (
    <Part title="Access">
      <div class="row">
        <Button icon="plus" onClick={() => void makeToken()}>
          Token
        </Button>
        <Button icon="plus" onClick={() => void openSession()}>
          Session
        </Button>
        <Confirm
          label="Revoke all"
          kind="danger"
          question="End all tokens and sessions of this user?"
          confirm="Revoke"
          onConfirm={() => void revoke()}
        />
      </div>
      <p role="status" class="muted">
        {made.value.length > 0 ? 'Shown once: it is masked everywhere else.' : said.value}
      </p>
      {made.value.map(([name, text]) => (
        <ToCopy key={name} name={name} text={text} />
      ))}
      <Failed of={action} />
    </Part>
  )
}
