import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { connection, paused, setPaused } from './emulator/connection.js'
import { isLoaded } from './emulator/contents.js'
import { isStale, Notice } from './frame/connection-state.js'
import { Header } from './frame/header.js'
import { isHelpOpen, KeysHelp } from './frame/keys-help.js'
import { Refused } from './frame/refused.js'
import { Tabs } from './frame/tabs.js'
import { watchTitle } from './frame/title.js'
import { listenToKeys, useKeys } from './keys.js'
import { lazy } from './lazy.js'
import { currentView, openView, type View } from './route.js'
import { isDialOpen } from './views/calls/dial-pad.js'

const COMPONENTS: Record<View, (props: object) => JSX.Element> = {
  calls: lazy(() => import('./views/calls/calls.js').then(({ CallsView }) => CallsView)),
  webhooks: lazy(() => import('./views/webhooks/webhooks.js').then(({ WebhooksView }) => WebhooksView)),
  requests: lazy(() => import('./views/requests/requests.js').then(({ RequestsView }) => RequestsView)),
  directory: lazy(() => import('./views/directory/directory.js').then(({ DirectoryView }) => DirectoryView)),
  state: lazy(() => import('./views/state/state.js').then(({ StateView }) => StateView)),
  time: lazy(() => import('./views/time/time.js').then(({ TimeView }) => TimeView))
}

/** The page. */
export function App(): JSX.Element {
  useEffect(() => {
    const stop = [listenToKeys(), watchTitle()]
    return () => stop.forEach(end => void end())
  }, [])
  useKeys([
    { key: '?', meaning: 'Show the keys', act: () => void (isHelpOpen.value = true) },
    { key: 'p', meaning: 'Pause the view, or continue', act: () => setPaused(!paused.value) },
    {
      key: 'c',
      meaning: 'Place a call',
      act: () => {
        if (currentView() !== 'calls') openView('calls')
        isDialOpen.value = true
      }
    }
  ])
  const View = COMPONENTS[currentView()]
  const { status } = connection.value
  const isAsked = status.state === 'refused' && status.status === 401
  return (
    <>
      <Header />
      <Tabs />
      <Notice />
      <main class={isStale() ? 'stale' : ''}>
        <Refused />
        {isAsked ? null : isLoaded.value ? <View /> : <Loading />}
      </main>
      <KeysHelp />
    </>
  )
}

const Loading = (): JSX.Element => <p class="loading muted">Reading what is there …</p>
